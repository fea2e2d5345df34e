#include "certguard/reason.hpp"

namespace certguard {

std::string_view reason_word(Reason reason) noexcept {
    switch (reason) {
        case Reason::ok: return "ok";
        case Reason::no_certificate: return "no_certificate";
        case Reason::bad_certificate: return "bad_certificate";
        case Reason::certificate_too_large: return "certificate_too_large";
        case Reason::not_yet_valid: return "not_yet_valid";
        case Reason::expired: return "expired";
        case Reason::untrusted_issuer: return "untrusted_issuer";
        case Reason::wrong_purpose: return "wrong_purpose";
        case Reason::revoked: return "revoked";
        case Reason::crl_expired: return "crl_expired";
        case Reason::crl_missing: return "crl_missing";
        case Reason::name_not_listed: return "name_not_listed";
        case Reason::not_a_host: return "not_a_host";
        case Reason::unknown_host: return "unknown_host";
        case Reason::organization_mismatch: return "organization_mismatch";
        case Reason::not_entitled: return "not_entitled";
        case Reason::refused_by_server: return "refused_by_server";
        case Reason::not_in_environment: return "not_in_environment";
        case Reason::bad_request_path: return "bad_request_path";
        case Reason::upload: return "upload";
        case Reason::user_credentials: return "user_credentials";
        case Reason::trusted_proxy: return "trusted_proxy";
        case Reason::lookup_failed: return "lookup_failed";
        case Reason::internal_error: return "internal_error";
        case Reason::off: return "off";
    }
    return "internal_error";
}

}  // namespace certguard
