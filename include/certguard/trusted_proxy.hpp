// Who may speak for others: proxies with certificates that the guard of the policy's
// `trusted_proxies` grants. They bring the identity of their own clients in request headers
// (identity_headers.hpp); nobody else can.
#pragma once

#include <cstdint>
#include <optional>

#include "certguard/client_certificate.hpp"
#include "certguard/decision.hpp"
#include "certguard/policy.hpp"

namespace certguard {

/// Why CERTIFICATE is no trusted proxy's to PROXIES, the guard of `trusted_proxies`: its name, its
/// CA, its dates at NOW (seconds since the epoch), its revocation. Nothing when it is one's.
std::optional<Decision> check_trusted_proxy(const Guard& proxies, ClientCertificate& certificate,
                                            std::int64_t now);

/// The same about the proxies of GUARD's policy: false when that has none.
bool is_trusted_proxy(const Guard& guard, ClientCertificate& certificate, std::int64_t now);

}  // namespace certguard
