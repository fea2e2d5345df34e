// 128 bits that stand for a longer text: a keyed hash of it, so nobody can prepare two texts that
// have the same. Its key differs from run to run.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace certguard {

using Digest = std::array<std::uint8_t, 16>;

/// For std::unordered_map: a digest is a good hash already.
struct DigestHash {
    std::size_t operator()(const Digest& digest) const noexcept {
        std::size_t hash = 0;
        std::memcpy(&hash, digest.data() + sizeof digest - sizeof hash, sizeof hash);
        return hash;
    }
};

}  // namespace certguard
