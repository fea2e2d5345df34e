// Where UTF-8 (RFC 3629) begins and ends in bytes that may be anything.
#pragma once

#include <cstddef>
#include <string_view>

namespace certguard {

/// Bytes (1 to 4) of the well-formed UTF-8 sequence that TEXT begins with; 0 when there is none:
/// at the end of TEXT and at a stray, overlong, surrogate or cut-off sequence.
std::size_t utf8_sequence(std::string_view text) noexcept;

/// Offset of the first byte that is not part of well-formed UTF-8; npos when all of it is.
std::size_t find_bad_utf8(std::string_view text) noexcept;

}  // namespace certguard
