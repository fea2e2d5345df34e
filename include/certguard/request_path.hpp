// The path of a request, and whether it means the same to nginx, to the guard and to a backend.
#pragma once

#include <optional>
#include <string_view>

namespace certguard {

/// Looks for what a backend could read differently from nginx. In TARGET, the request target as
/// the client sent it, up to its '?': slashes in disguise (%2F, %5C, a backslash), dot segments
/// and control characters in any encoding, a '#', broken escapes. In PATH, nginx's decoded $uri:
/// dot segments, backslashes and control characters. Gives the first one in words that fit behind
/// "the path holds", null when there is none. Linear, allocates nothing.
const char* path_problem(std::string_view target, std::string_view path) noexcept;

/// PATH without PREFIX ("/pulp/content/"), which must end where a segment of PATH ends; repeated
/// slashes count as one. "/pulp/content" and "/pulp/content/" give an empty path or "/". Nothing
/// when PATH lies elsewhere. An empty PREFIX gives PATH. The result is a view into PATH.
std::optional<std::string_view> strip_path_prefix(std::string_view path,
                                                  std::string_view prefix) noexcept;

}  // namespace certguard
