// Points in time as arguments of the command.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace certguard::cli {

/// Seconds since the epoch of "2026-01-31", "2026-01-31T23:59:59", the same with a blank for the T,
/// each in UTC and with or without a Z behind it, or of "@1767225600". Nothing for all else, and
/// for days that no calendar has.
std::optional<std::int64_t> parse_time(std::string_view text);

/// "2026-01-31T23:59:59Z"
std::string iso_time(std::int64_t seconds);

}  // namespace certguard::cli
