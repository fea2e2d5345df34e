// Numbers with units, as nginx.conf writes them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace certguard {

/// Bytes: decimal digits with an optional k, m or g in either case (1024 and its powers) behind
/// them. Nothing for all else: signs, spaces, fractions, a leading zero before other digits (which
/// some read as octal), and what doesn't fit 64 bits.
std::optional<std::uint64_t> parse_size(std::string_view text) noexcept;

/// A time: decimal digits with ms, s, m, h or d behind them, or "0". As strict as parse_size().
std::optional<std::chrono::milliseconds> parse_time(std::string_view text) noexcept;

/// Decimal digits alone. As strict as parse_size().
std::optional<std::uint64_t> parse_number(std::string_view text) noexcept;

/// TIME in the largest unit that gives a whole number: "90s", "5m", "0".
std::string time_text(std::chrono::milliseconds time);

}  // namespace certguard
