// What certguard itself answers to a registry's clients: status, headers and body, ready to send.
//
// Formats: the OCI distribution specification, Katello's own answers (reference/katello.md 1.5)
// and what podman and flatpak make of them (reference/clients.md 3 and 4). Text that came from the
// client is encoded for where it stands; no argument can add a header or break out of a string.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "certguard/name_set.hpp"
#include "certguard/result.hpp"

namespace certguard {

struct RegistryAnswer {
    int status = 500;
    std::string reason_phrase;  // for the status line; empty: the usual one
    /// Content-Type among them, Content-Length not.
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;  // not to be sent for HEAD
};

/// The codes in the body of an error. Old podman retries on codes that it does not know.
enum class OciError {
    denied,
    name_invalid,
    unauthorized,
    unsupported,
    unavailable,  // the Distribution project's, only with 503; nobody reads the body of a 503
};

/// `Bearer realm="https://HOST/v2/token",service="HOST without port",scope="SCOPE"`. HOST is the
/// request's Host header: a DNS name, an IPv4 address or an IPv6 address in brackets, and perhaps a
/// port. Nothing when it is anything else, or SCOPE holds what can't be quoted.
std::optional<std::string> bearer_challenge(std::string_view host, std::string_view scope);

/// {"errors":[{"code":...,"message":MESSAGE}]}
RegistryAnswer error_answer(int status, OciError code, std::string_view message);
/// 401, with CHALLENGE when there is one.
RegistryAnswer unauthorized_answer(std::string_view message,
                                   const std::optional<std::string>& challenge);
/// 503 with Retry-After. MESSAGE, printable ASCII, is also the reason phrase and a Warning, which
/// is all that podman shows.
RegistryAnswer unavailable_answer(std::string_view message, std::uint32_t retry_after_seconds);

/// 200 {} with CHALLENGE, so that a client with a user's password can still use it.
RegistryAnswer ping_answer(const std::optional<std::string>& challenge);
/// 200 with the marker token (authorization_header.hpp). No issued_at: podman counts from it.
RegistryAnswer marker_token_answer();
RegistryAnswer v1_ping_answer();

/// The repositories that are to be listed. A client may ask for lists as often as it likes, so no
/// list is made of more of them than it gets to see.
class ListedNames {
  public:
    virtual ~ListedNames() = default;
    /// Gives TAKE those that sort behind LAST and are WANTED: in bytewise order, each once, until
    /// TAKE returns false.
    virtual void each(std::string_view last, const NameTest& wanted,
                      const NameTest& take) const = 0;
};

/// A page of NAMES. QUERY may hold n (how many at most; 0 gives an empty page) and last (only what
/// sorts behind it). When there is more, a Link header leads to the next page. Error: n is no
/// number, or last can't be decoded.
Result<RegistryAnswer> catalog_answer(const ListedNames& names, std::string_view query);

/// The first n (default 25) of NAMES, lower case as repository names are, that contain q in any
/// case. A client that speaks registry/2.0 gets 404 instead and goes on to the catalog. Errors as
/// above.
Result<RegistryAnswer> search_answer(const ListedNames& names, std::string_view query,
                                     bool speaks_v2);

}  // namespace certguard
