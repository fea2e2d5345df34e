// The prefix code of RHSM v3 payloads: Huffman's, for leaves of weight 1, 2, 3, ... (rhsm.md 6.2).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bit_reader.hpp"

namespace certguard {

class HuffmanCode {
  public:
    /// The code of LEAVES leaves (2 to 2^24), numbered from 0; leaf i weighs i + 1. Linear.
    explicit HuffmanCode(std::uint32_t leaves);

    /// The leaf whose code comes next; nothing when the bits end before it does.
    std::optional<std::uint32_t> read(BitReader& bits) const noexcept {
        const std::uint32_t entry = table_[bits.peek(table_bits_)];
        const std::uint32_t length = entry & kLengthMask;
        if (length == kLonger) {
            return read_longer(bits, entry >> kLengthBits);
        }
        if (length > bits.left()) {
            return std::nullopt;
        }
        bits.skip(length);
        return entry >> kLengthBits;
    }

  private:
    static constexpr unsigned kLengthBits = 5;
    static constexpr std::uint32_t kLengthMask = (1u << kLengthBits) - 1;
    static constexpr std::uint32_t kLonger = kLengthMask;

    struct Inner {
        std::uint32_t child[2];  // below leaves_: a leaf; else leaves_ + index of an inner node
    };

    void merge();
    void fill_table();
    std::optional<std::uint32_t> read_longer(BitReader& bits, std::uint32_t node) const noexcept;

    std::uint32_t leaves_;
    unsigned table_bits_;
    std::vector<Inner> inner_;  // the last one is the root
    // By the next table_bits_ bits: a leaf and the length of its code, or where a longer code
    // goes on (the node, and kLonger).
    std::vector<std::uint32_t> table_;
};

}  // namespace certguard
