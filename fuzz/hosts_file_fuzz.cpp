// A hosts file is refused with a reason, or everything in it has the form that it must have.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "certguard/hosts_file.hpp"
#include "certguard/limits.hpp"
#include "certguard/names.hpp"

namespace {

using namespace certguard;

void require(bool good) {
    if (!good) {
        std::abort();
    }
}

void require_names(const NameList& names) {
    for (std::size_t i = 0; i < names.size(); ++i) {
        require(is_repository_name(names[i]) && (i == 0 || names[i - 1] < names[i]));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ParsedHosts parsed =
        parse_hosts({reinterpret_cast<const char*>(data), size}, "hosts.yaml");
    require((parsed.hosts != nullptr) != has_errors(parsed.diagnostics));
    for (const Diagnostic& diagnostic : parsed.diagnostics) {
        require(to_string(diagnostic).find('\n') == std::string::npos);
    }
    if (!parsed.hosts) {
        return 0;
    }
    for (const auto& [uuid, host] : parsed.hosts->hosts) {
        require(is_host_uuid(uuid) && is_label(host.organization));
        require(host.environments.size() <= limits::kHostEnvironments);
        for (const std::string& label : host.environments) {
            require(parsed.hosts->environments.count(host.organization + '/' + label) == 1);
        }
    }
    for (const auto& [key, names] : parsed.hosts->environments) {
        require_names(names);
    }
    require_names(parsed.hosts->public_names);
    return 0;
}
