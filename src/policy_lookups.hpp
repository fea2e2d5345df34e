// The `lookups` of a policy: what each source needs, and what it has no use for.
#pragma once

#include <string>
#include <vector>

#include "certguard/policy.hpp"
#include "policy_fields.hpp"

namespace certguard {

/// The lookups in FIELD, as far as they could be read. DIRECTORY: of relative file names.
std::vector<LookupEntry> read_lookups(const Field& field, const std::string& directory,
                                      Findings& findings);

/// Reports the guards that name a lookup which is not there, or whose source can't tell what the
/// guard needs to know.
void check_lookup_names(const PolicySettings& policy, Findings& findings);

}  // namespace certguard
