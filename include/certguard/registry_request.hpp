// What a request asks of a container registry: one of a closed list of things, read from method
// and path by the grammar of the OCI distribution specification and Katello's routes.
//
// A path is split from its end: the last segment is the tag or digest, which can't hold a slash,
// the one before says what is asked for, and all that is left is the name. So a repository may be
// called "a/manifests" or "blobs/uploads" and there is still one way to read each path. The parts
// of an accepted path put together again are the path, byte for byte.
#pragma once

#include <string_view>

#include "certguard/result.hpp"

namespace certguard {

enum class RegistryKind {
    ping,                // /v2 or /v2/
    token,               // /v2/token
    token_exchange,      // POST /v2/token: a user's password or refresh token in the body
    catalog,             // /v2/_catalog
    tags,                // /v2/NAME/tags/list
    manifest,            // /v2/NAME/manifests/TAG-OR-DIGEST
    blob,                // /v2/NAME/blobs/DIGEST
    referrers,           // /v2/NAME/referrers/DIGEST
    container_redirect,  // /pulp/container/NAME/(manifests|blobs)/...: where Pulp redirects to
    v1_ping,             // /v1/_ping
    v1_search,           // /v1/search
    flatpak_index,       // /index/static
    upload,              // every method but GET and HEAD, and the paths of an upload under way
    unknown,             // nothing of the above
};

/// "ping", "manifest", ... for the log and for people. Static storage.
std::string_view registry_kind_word(RegistryKind kind) noexcept;

/// Views into the target that was parsed.
struct RegistryRequest {
    RegistryKind kind = RegistryKind::unknown;
    std::string_view repository;  // the NAME of a path that has one; of an upload when it is valid
    std::string_view reference;   // tag or digest
    std::string_view query;       // as the client sent it, without the '?'
    const char* problem = nullptr;  // unknown: what is wrong with it, in static storage
};

/// Does KIND read one repository, so that its name decides?
bool reads_repository(RegistryKind kind) noexcept;

/// TARGET is the request target as the client sent it, URI is nginx's decoded and normalised $uri.
/// Error (Reason::bad_request_path): a path that a backend could read in another way than nginx,
/// by what path_problem() names or by repeated slashes. Escapes, a path that was rewritten and
/// what breaks the grammar make it RegistryKind::unknown, which no certificate opens.
Result<RegistryRequest> parse_registry_request(std::string_view method, std::string_view target,
                                               std::string_view uri);

}  // namespace certguard
