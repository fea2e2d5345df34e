#include "registry_message.hpp"

#include <ctime>

namespace certguard {
namespace {

/// "2031-12-31 23:59:59 UTC"
std::string utc(std::int64_t seconds) {
    const auto time = static_cast<std::time_t>(seconds);
    std::tm parts{};
    char text[64];
    if (gmtime_r(&time, &parts) == nullptr ||
        std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts) == 0) {
        return "a date out of range";
    }
    return text;
}

std::string expired(const RegistryQuestion& question) {
    const RegistryCertificate& certificate = question.certificate;
    // OpenSSL 3.0 refuses a certificate in its last second already.
    if (question.now > certificate.not_after || certificate.since == certificate.not_after) {
        return "it expired on " + utc(certificate.not_after);
    }
    return certificate.since ? "a CA that it depends on expired on " + utc(*certificate.since)
                             : "a CA that it depends on has expired";
}

std::string what_is_wrong(const RegistryQuestion& question, Reason reason) {
    const RegistryCertificate& certificate = question.certificate;
    switch (reason) {
        case Reason::expired: return expired(question);
        case Reason::not_yet_valid:
            return question.now < certificate.not_before
                       ? "it is not valid before " + utc(certificate.not_before)
                       : "a CA that it depends on is not valid yet";
        case Reason::untrusted_issuer: return "it is not from a CA that is accepted here";
        case Reason::wrong_purpose: return "it is not for TLS clients";
        case Reason::revoked:
            return certificate.since ? "it has been revoked since " + utc(*certificate.since)
                                     : "it is revoked";
        case Reason::crl_expired:
        case Reason::crl_missing:
            return "it can't be checked for revocation" +
                   (certificate.since ? " since " + utc(*certificate.since) : "");
        case Reason::certificate_too_large: return "it is too large";
        case Reason::not_a_host: return "it is not a host's, its CN is no consumer UUID";
        case Reason::refused_by_server: return "the server could not take it as it was sent";
        case Reason::unknown_host:
            return "host " + std::string(certificate.uuid) + " is not registered";
        case Reason::organization_mismatch:
            return "host " + std::string(certificate.uuid) + " belongs to another organization";
        case Reason::lookup_failed:
            return "host " + std::string(certificate.uuid) + " can't be told from others";
        default: return "it can't be read";
    }
}

}  // namespace

std::string rejected_certificate_message(const RegistryQuestion& question, Reason reason) {
    return "client certificate rejected: " + what_is_wrong(question, reason);
}

std::string no_access_message(const RegistryQuestion& question) {
    return "host " + std::string(question.certificate.uuid) + " has no access to " +
           std::string(question.request.repository);
}

}  // namespace certguard
