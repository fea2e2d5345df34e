// The path of a request, and whether it means the same to nginx, to the guard and to a backend.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace certguard {

/// Looks for what a backend could read differently from nginx: in TARGET, the raw request target
/// up to '?', encoded or literal slashes-in-disguise (%2F, %5C, backslash), dot segments, control
/// characters, %00, '#', and malformed escapes; in PATH, nginx's decoded $uri, dot segments,
/// backslashes and control characters. Gives one line of what was found, or nothing when clean.
/// Linear, allocates only for the message.
std::optional<std::string> path_problem(std::string_view target, std::string_view path);

/// PATH without PREFIX ("/pulp/content/"); matched at a segment boundary, repeated slashes folded.
/// "/pulp/content" and "/pulp/content/" give the empty path. Nothing when PATH lies elsewhere.
/// An empty PREFIX gives PATH. The result is a view into PATH.
std::optional<std::string_view> strip_path_prefix(std::string_view path, std::string_view prefix);

}  // namespace certguard
