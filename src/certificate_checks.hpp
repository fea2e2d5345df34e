// The questions that every kind of guard asks about a certificate and its host, each answered in
// one place: nothing when all is well, else why not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "certguard/client_certificate.hpp"
#include "certguard/decision.hpp"
#include "certguard/host_reply.hpp"
#include "certguard/policy.hpp"

namespace certguard {

/// A denial with REASON; STATUS is HTTP's.
Decision refusal(Reason reason, int status, std::string message);
/// It can't be decided now: 503.
Decision unavailable(Reason reason, std::string message);

/// Does the certificate chain to one of the guard's CAs, within its dates, not revoked?
std::optional<Decision> check_trust(const Guard& guard, ClientCertificate& certificate,
                                    std::int64_t now);
/// Is its CN one of the guard's names, if that has any?
std::optional<Decision> check_name_is_listed(const GuardSettings& guard,
                                             const ClientCertificate& certificate);
/// Is its CN shaped like a consumer UUID?
std::optional<Decision> check_names_a_host(const ClientCertificate& certificate);
/// Can the backend take it as a header?
std::optional<Decision> check_header_size(const GuardSettings& guard,
                                          ClientCertificate& certificate);
/// Does the lookup know its host, in the organization that it names?
std::optional<Decision> check_host(const ClientCertificate& certificate, const HostReply& reply);

}  // namespace certguard
