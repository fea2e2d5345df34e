// SipHash-2-4 (Aumasson, Bernstein): a keyed hash whose collisions nobody can prepare without the
// key. 128 bits of it stand for a text where the text itself would be too long to compare.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "certguard/digest.hpp"

namespace certguard {

struct SipKey {
    std::uint64_t low = 0;
    std::uint64_t high = 0;

    friend bool operator==(const SipKey& a, const SipKey& b) noexcept {
        return a.low == b.low && a.high == b.high;
    }
};

/// Bytes may come in pieces; where they are cut makes no difference.
class SipHash {
  public:
    explicit SipHash(const SipKey& key) noexcept;
    void update(std::string_view bytes) noexcept;
    /// Once, at the end.
    Digest finish() noexcept;

  private:
    void absorb(std::uint64_t word) noexcept;
    void rounds(int count) noexcept;

    std::uint64_t v0_, v1_, v2_, v3_;
    std::uint64_t pending_ = 0;  // bytes that do not fill a word yet
    std::size_t length_ = 0;
};

Digest siphash(const SipKey& key, std::string_view bytes) noexcept;

}  // namespace certguard
