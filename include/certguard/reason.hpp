// Why a request was decided as it was: one closed list, shared by the nginx variable
// $certguard_reason, the log lines, the command's output and the tests.
// The words are part of the contract with admins: never change one, only add.
#pragma once

#include <cstddef>
#include <string_view>

namespace certguard {

enum class Reason {
    ok,                     // the certificate grants the request
    no_certificate,         // the client showed none
    bad_certificate,        // unreadable, or its RHSM payload breaks the format
    certificate_too_large,  // the backend could not take it as a header (max_header)
    not_yet_valid,          // its first day has not come
    expired,                // the leaf or a CA above it is past its last day
    untrusted_issuer,       // no chain to one of the guard's CAs
    wrong_purpose,          // its key usages exclude TLS clients
    revoked,                // listed in a CRL
    crl_expired,            // the CRL that covers it is past its next update
    crl_missing,            // CRLs are configured, but none covers its issuer
    name_not_listed,        // good, but its CN is none of the guard's names
    not_a_host,             // good, but its CN is no consumer UUID
    unknown_host,           // its host is not registered, or no more
    organization_mismatch,  // its O is not the organization of its host
    not_entitled,           // good, but no path in it covers the request
    refused_by_server,      // nginx refused it before any location; an error page can't grant it
    not_in_environment,     // none of the host's content view environments has this
    bad_request_path,       // the path could mean something else to the backend
    upload,                 // a change, which no certificate may make
    user_credentials,       // a user's login came with the request, and the user decides
    trusted_proxy,          // a proxy's request for one of its own clients, and Katello decides
    lookup_failed,          // nobody could tell what the host may have
    internal_error,         // certguard itself failed; never a grant
    off,                    // no guard has looked at this request
};

inline constexpr std::size_t kReasons = static_cast<std::size_t>(Reason::off) + 1;

/// The reason's word, as documented in the README. Static storage.
std::string_view reason_word(Reason reason) noexcept;

}  // namespace certguard
