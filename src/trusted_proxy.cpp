#include "certguard/trusted_proxy.hpp"

#include "certificate_checks.hpp"

namespace certguard {

std::optional<Decision> check_trusted_proxy(const Guard& proxies, ClientCertificate& certificate,
                                            std::int64_t now) {
    // Nearly every certificate is a host's: its name is all that has to be looked at.
    if (auto problem = check_name_is_listed(proxies.settings, certificate)) {
        return problem;
    }
    return check_trust(proxies, certificate, now);
}

bool is_trusted_proxy(const Guard& guard, ClientCertificate& certificate, std::int64_t now) {
    return guard.trusted_proxies != nullptr &&
           !check_trusted_proxy(*guard.trusted_proxies, certificate, now);
}

}  // namespace certguard
