// The hosts file of a lookup with `source: file`: which host is in which content view environments,
// and which container repositories these have. YAML as in the policy file (policy.hpp):
//
//     version: 1
//     organizations:
//       ACME:                               # the organization's label
//         hosts:                            # consumer UUIDs, the host's environments; [] is none
//           0d1c3f2e-8a55-4d3b-9a4e-5f6071829304: [Dev/web, Library]
//         environments:                     # labels as in Katello, the repositories; [] is none
//           Dev/web: [acme/dev/web/prod/nginx, acme/dev/web/prod/redis]
//           Library: acme/prod/busybox
//     public: [acme/prod/busybox]           # may be pulled without a login; optional
//
// Every environment of a host must be among those of its organization, no host may be in two
// organizations, and all names must have the forms of names.hpp (UUIDs in either case). All
// problems are reported at once, as those of a policy.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "certguard/diagnostic.hpp"
#include "certguard/lookup_source.hpp"

namespace certguard {

struct HostsFile {
    struct Host {
        std::string organization;
        std::vector<std::string> environments;  // labels
    };
    std::unordered_map<std::string, Host> hosts;   // by UUID in lower case
    std::map<std::string, NameList> environments;  // by "ACME/Dev/web"
    NameList public_names;
    std::string digest;  // of the text, for lookup_fingerprint()
};

struct ParsedHosts {
    std::shared_ptr<const HostsFile> hosts;  // null when there is an error
    std::vector<Diagnostic> diagnostics;     // in file order
};

/// FILE names the text in messages. At most limits::kHostsFileBytes.
ParsedHosts parse_hosts(std::string_view text, const std::string& file);

}  // namespace certguard
