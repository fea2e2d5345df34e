// A fast hash of short texts. Not keyed: whoever builds a table with it must bound its collisions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace certguard {

/// Multiplies and folds, eight bytes at a time.
inline std::uint32_t word_hash(std::string_view word) noexcept {
    constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15u;
    const char* at = word.data();
    std::size_t left = word.size();
    std::uint64_t hash = left;
    const auto load = [](auto value, const char* from) {
        std::memcpy(&value, from, sizeof value);
        return std::uint64_t{value};
    };
    const auto mix = [&hash](std::uint64_t value) {
        hash = (hash ^ value) * kOdd;
        hash ^= hash >> 32;
    };
    for (; left >= 8; left -= 8, at += 8) {
        mix(load(std::uint64_t{}, at));
    }
    if (left >= 4) {
        mix(load(std::uint32_t{}, at) << 32 | load(std::uint32_t{}, at + left - 4));
    } else if (left > 0) {
        mix(load(std::uint8_t{}, at) << 16 | load(std::uint8_t{}, at + left / 2) << 8 |
            load(std::uint8_t{}, at + left - 1));
    }
    return static_cast<std::uint32_t>((hash * kOdd) >> 32);
}

}  // namespace certguard
