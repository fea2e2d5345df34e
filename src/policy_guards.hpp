// The `guards` of a policy: what each type needs, and what it has no use for.
#pragma once

#include <string>
#include <vector>

#include "certguard/policy.hpp"
#include "policy_fields.hpp"

namespace certguard {

/// The guards in FIELD, as far as they could be read. DIRECTORY: of relative file names.
std::vector<GuardSettings> read_guards(const Field& field, const std::string& directory,
                                       Findings& findings);

}  // namespace certguard
