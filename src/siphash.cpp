#include "siphash.hpp"

namespace certguard {

namespace {

std::uint64_t rotated(std::uint64_t word, int bits) noexcept {
    return (word << bits) | (word >> (64 - bits));
}

std::uint64_t little_endian(const char* bytes) noexcept {
    std::uint64_t word = 0;
    for (int i = 7; i >= 0; --i) {  // compilers make one load of it
        word = (word << 8) | static_cast<std::uint8_t>(bytes[i]);
    }
    return word;
}

void store(std::uint64_t word, std::uint8_t* out) noexcept {
    for (int i = 0; i < 8; ++i) {
        out[i] = static_cast<std::uint8_t>(word >> (8 * i));
    }
}

}  // namespace

SipHash::SipHash(const SipKey& key) noexcept
    : v0_(key.low ^ 0x736f6d6570736575),
      v1_(key.high ^ 0x646f72616e646f6d ^ 0xee),  // 0xee: the variant of 128 bits
      v2_(key.low ^ 0x6c7967656e657261),
      v3_(key.high ^ 0x7465646279746573) {}

void SipHash::rounds(int count) noexcept {
    for (int i = 0; i < count; ++i) {
        v0_ += v1_;
        v2_ += v3_;
        v1_ = rotated(v1_, 13) ^ v0_;
        v3_ = rotated(v3_, 16) ^ v2_;
        v0_ = rotated(v0_, 32);
        v2_ += v1_;
        v0_ += v3_;
        v1_ = rotated(v1_, 17) ^ v2_;
        v3_ = rotated(v3_, 21) ^ v0_;
        v2_ = rotated(v2_, 32);
    }
}

void SipHash::absorb(std::uint64_t word) noexcept {
    v3_ ^= word;
    rounds(2);
    v0_ ^= word;
}

void SipHash::update(std::string_view bytes) noexcept {
    std::size_t i = 0;
    for (; i < bytes.size() && (length_ & 7) != 0; ++i) {
        pending_ |= std::uint64_t{static_cast<std::uint8_t>(bytes[i])} << (8 * (length_++ & 7));
        if ((length_ & 7) == 0) {
            absorb(pending_);
            pending_ = 0;
        }
    }
    for (; i + 8 <= bytes.size(); i += 8, length_ += 8) {
        absorb(little_endian(bytes.data() + i));
    }
    for (; i < bytes.size(); ++i) {
        pending_ |= std::uint64_t{static_cast<std::uint8_t>(bytes[i])} << (8 * (length_++ & 7));
    }
}

Digest SipHash::finish() noexcept {
    absorb(pending_ | (std::uint64_t{length_} << 56));
    Digest digest;
    v2_ ^= 0xee;
    rounds(4);
    store(v0_ ^ v1_ ^ v2_ ^ v3_, digest.data());
    v1_ ^= 0xdd;
    rounds(4);
    store(v0_ ^ v1_ ^ v2_ ^ v3_, digest.data() + 8);
    return digest;
}

Digest siphash(const SipKey& key, std::string_view bytes) noexcept {
    SipHash hash(key);
    hash.update(bytes);
    return hash.finish();
}

}  // namespace certguard
