// Whom an Authorization header speaks for: nobody, the client certificate, or a user.
//
// A registry client that found a challenge at /v2/ asks for a token before anything else. When it
// has no credentials, certguard gives it the marker: a token that is no secret and no user, the
// same for everybody. As `Authorization: Bearer <marker>` it says "use my certificate". Everything
// else is a user's, malformed ones too: it is the backend's to judge, and never opens anything by
// a certificate.
#pragma once

#include <string_view>
#include <vector>

namespace certguard {

/// The dot keeps it apart from every token of Katello's: personal access tokens are base64url,
/// anonymous ones are the words "unauthenticated" and "unauthorized".
inline constexpr std::string_view kMarkerToken = "certguard.use-the-client-certificate";

enum class Authorization {
    none,    // there is no such header
    marker,  // one header, and it is the marker
    user,    // anything else
};

/// VALUES are the values of all Authorization headers of a request, in their order. Of several,
/// backends pick different ones, so several are a user's, also when the marker is among them: the
/// request is passed as it came and no certificate counts.
Authorization classify_authorization(const std::vector<std::string_view>& values) noexcept;

/// The same for the usual case of one header.
Authorization classify_authorization(std::string_view value) noexcept;

}  // namespace certguard
