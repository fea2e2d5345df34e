// Reads bits, the most significant of each byte first, and never past the end.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace certguard {

class BitReader {
  public:
    static constexpr unsigned kMostAtOnce = 32;

    explicit BitReader(std::string_view bytes) noexcept : bytes_(bytes) {}

    std::size_t left() const noexcept { return bytes_.size() * 8 - at_; }

    /// The next COUNT bits (1 to kMostAtOnce) without consuming them; zeros behind the end.
    std::uint32_t peek(unsigned count) const noexcept {
        const std::uint64_t window = window_at(at_ / 8);
        return static_cast<std::uint32_t>(window << (at_ % 8) >> (64 - count));
    }

    /// COUNT must be at most left().
    void skip(std::size_t count) noexcept { at_ += count; }

  private:
    /// Eight bytes as one number; zeros behind the end.
    std::uint64_t window_at(std::size_t byte) const noexcept {
        const char* from = bytes_.data() + byte;
        const std::size_t left = bytes_.size() - byte;
        if (left >= 8) {
            return big_endian(from);
        }
        char padded[8] = {};
        std::copy(from, from + left, padded);
        return big_endian(padded);
    }

    static std::uint64_t big_endian(const char* from) noexcept {
        unsigned char b[8];
        std::memcpy(b, from, sizeof b);  // with the shifts, one load for the compiler
        return std::uint64_t{b[0]} << 56 | std::uint64_t{b[1]} << 48 | std::uint64_t{b[2]} << 40 |
               std::uint64_t{b[3]} << 32 | std::uint64_t{b[4]} << 24 | std::uint64_t{b[5]} << 16 |
               std::uint64_t{b[6]} << 8 | std::uint64_t{b[7]};
    }

    std::string_view bytes_;
    std::size_t at_ = 0;
};

}  // namespace certguard
