#include "certificate_checks.hpp"

#include <algorithm>

#include "printable.hpp"

namespace certguard {
namespace {

/// LISTED is in lower case already. ASCII only, as DNS has it.
bool is_same_name(std::string_view listed, std::string_view name) {
    return std::equal(listed.begin(), listed.end(), name.begin(), name.end(), [](char l, char n) {
        return l == (n >= 'A' && n <= 'Z' ? static_cast<char>(n - 'A' + 'a') : n);
    });
}

std::string host_text(const ClientCertificate& certificate) {
    return "host " + certificate.host_uuid().value_or("without a name");
}

}  // namespace

Decision refusal(Reason reason, int status, std::string message) {
    Decision decision;
    decision.reason = reason;
    decision.status = status;
    decision.message = std::move(message);
    return decision;
}

Decision unavailable(Reason reason, std::string message) {
    Decision decision = refusal(reason, 503, std::move(message));
    decision.verdict = Verdict::unavailable;
    return decision;
}

std::optional<Decision> check_trust(const Guard& guard, ClientCertificate& certificate,
                                    std::int64_t now) {
    const TrustStore* const store = guard.trust->current().get();
    if (store == nullptr) {
        return unavailable(Reason::internal_error, "the guard's CAs are not loaded");
    }
    const TrustVerdict& trust = certificate.trust(*store, now);
    if (trust.reason != Reason::ok) {
        Decision decision = refusal(trust.reason, 403, trust.message);
        decision.since = trust.since;
        return decision;
    }
    return std::nullopt;
}

std::optional<Decision> check_name_is_listed(const GuardSettings& guard,
                                             const ClientCertificate& certificate) {
    const std::string& name = certificate.certificate().common_name();
    const bool is_listed =
        std::any_of(guard.names.begin(), guard.names.end(),
                    [&](const std::string& listed) { return is_same_name(listed, name); });
    if (guard.names.empty() || (is_listed && !name.empty())) {
        return std::nullopt;
    }
    const std::string purpose =
        "guard " + quoted(guard.name) + " is for certificates with a CN of its list \"names\" only";
    return refusal(Reason::name_not_listed, 403,
                   name.empty() ? "the certificate has no single CN, and the " + purpose
                                : "the certificate's CN is " + quoted(name) + ", and the " +
                                      purpose + "; add it there if it belongs to them");
}

std::optional<Decision> check_names_a_host(const ClientCertificate& certificate) {
    if (certificate.host_uuid()) {
        return std::nullopt;
    }
    const std::string& name = certificate.certificate().common_name();
    return refusal(
        Reason::not_a_host, 403,
        (name.empty() ? std::string("the certificate has no single CN")
                      : "the certificate's CN " + quoted(name) + " is no consumer UUID") +
            "; the host must show its identity or SCA certificate");
}

std::optional<Decision> check_header_size(const GuardSettings& guard,
                                          ClientCertificate& certificate) {
    if (guard.forward_header.empty()) {
        return std::nullopt;
    }
    const std::size_t length = certificate.urlencoded_pem().size();
    if (length <= guard.max_header) {
        return std::nullopt;
    }
    return refusal(Reason::certificate_too_large, 403,
                   "the urlencoded certificate has " + std::to_string(length) +
                       " bytes, more than the guard's max_header " +
                       std::to_string(guard.max_header) +
                       "; raise it if the backend takes such headers, or set "
                       "forward_header: none");
}

std::optional<Decision> check_host(const ClientCertificate& certificate, const HostReply& reply) {
    switch (reply.outcome) {
        case LookupOutcome::known: break;
        case LookupOutcome::unknown_host:
            return refusal(Reason::unknown_host, 403,
                           host_text(certificate) + " is not known; register it again");
        case LookupOutcome::misconfigured:
            return refusal(Reason::lookup_failed, 403,
                           host_text(certificate) + ": " + reply.message);
        case LookupOutcome::unavailable: {
            Decision decision =
                unavailable(Reason::lookup_failed,
                            "no answer about " + host_text(certificate) + ": " + reply.message);
            decision.retry_after = reply.retry_after;
            return decision;
        }
    }
    const std::string& organization = certificate.certificate().organization();
    if (!reply.profile || (!reply.profile->organization.empty() && !organization.empty() &&
                           reply.profile->organization != organization)) {
        return refusal(Reason::organization_mismatch, 403,
                       host_text(certificate) + " has a certificate of organization " +
                           quoted(organization) + ", but belongs to " +
                           quoted(reply.profile ? reply.profile->organization : "") +
                           "; register it again");
    }
    return std::nullopt;
}

}  // namespace certguard
