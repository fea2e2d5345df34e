// What a registry's client is told in words: why it is refused. One line, and nothing that it does
// not know already: its own certificate, its own host, the name that it asked for.
#pragma once

#include <string>

#include "certguard/registry_decision.hpp"

namespace certguard {

/// Why the certificate of QUESTION does not count: REASON, and since when or until when.
std::string rejected_certificate_message(const RegistryQuestion& question, Reason reason);

/// The same words whether or not there is such a repository.
std::string no_access_message(const RegistryQuestion& question);

inline constexpr char kLoginMessage[] =
    "authentication required: log in, or use the certificate of a registered host";
inline constexpr char kUploadMessage[] =
    "authentication required: a client certificate may only read, log in to change something";
inline constexpr char kNoUsersMessage[] = "logins are not accepted here";
inline constexpr char kUnavailableMessage[] =
    "Katello gives no answer - host authorization not possible now, try again later";

}  // namespace certguard
