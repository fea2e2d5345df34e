// Numbers with units, as nginx.conf writes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace certguard {

/// Bytes: decimal digits with an optional k, m or g in either case (1024 and its powers) behind
/// them. Nothing for all else: signs, spaces, fractions, a leading zero before other digits (which
/// some read as octal), and what doesn't fit 64 bits.
std::optional<std::uint64_t> parse_size(std::string_view text) noexcept;

}  // namespace certguard
