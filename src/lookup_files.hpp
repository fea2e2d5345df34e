// The files that a lookup names, read at configuration time with the rights of the process that
// reads the policy (nginx's master): CAs, password, certificate, key, hosts file.
#pragma once

#include <vector>

#include "certguard/diagnostic.hpp"
#include "certguard/policy.hpp"

namespace certguard {

/// ENTRY's settings with what its files hold. What is wrong with a file is added to DIAGNOSTICS at
/// the place that names it, what is wrong in a hosts file to IN_HOSTS_FILES at its own places. No
/// message quotes a password or a key.
LookupSettings load_lookup(const LookupEntry& entry, std::vector<Diagnostic>& diagnostics,
                           std::vector<Diagnostic>& in_hosts_files);

}  // namespace certguard
