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

/// Reports POLICY's trusted_proxies, which must be there, when it is no guard that can tell proxies
/// from others. ARE_GUARDS_GOOD: the guards have no errors of their own, which would explain it.
void check_trusted_proxies(const PolicySettings& policy, bool are_guards_good, Findings& findings);

}  // namespace certguard
