// The query of a request target: KEY=VALUE joined by '&', as HTML forms write it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace certguard {

/// The value of the first KEY in QUERY, still encoded; empty for a KEY without '='. Keys are
/// compared as they stand.
std::optional<std::string_view> query_value(std::string_view query, std::string_view key) noexcept;

/// VALUE with '+' as a space and %XX as that byte. Nothing when an escape is broken or the outcome
/// is no UTF-8 or holds a control character.
std::optional<std::string> decode_query_value(std::string_view value);

}  // namespace certguard
