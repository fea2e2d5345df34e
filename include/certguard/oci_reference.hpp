// What is named inside a repository: tags and digests, by the grammar of the OCI specifications.
//
// Nothing is folded or trimmed: what one of these functions accepts is ASCII without a slash, an
// escape or a dot segment. Sources: distribution-spec, "Pulling manifests"; image-spec, "Digests".
#pragma once

#include <string_view>

namespace certguard {

/// [a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}
bool is_tag(std::string_view text) noexcept;

/// algorithm ":" encoded. sha256 and sha512 must have their 64 or 128 lower-case hex digits; other
/// algorithms are taken by the grammar alone, 255 bytes at most.
bool is_digest(std::string_view text) noexcept;

}  // namespace certguard
