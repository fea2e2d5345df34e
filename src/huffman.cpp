#include "huffman.hpp"

#include <algorithm>
#include <array>

namespace certguard {
namespace {

constexpr unsigned kMostTableBits = 12;  // 16 KiB: stays in the first-level cache

// One bit more than a balanced code needs catches most codes of a skewed one.
unsigned table_bits_for(std::uint32_t leaves) {
    unsigned bits = 1;
    while (bits < kMostTableBits && (1u << (bits - 1)) < leaves) {
        ++bits;
    }
    return bits;
}

}  // namespace

HuffmanCode::HuffmanCode(std::uint32_t leaves)
    : leaves_(leaves), table_bits_(table_bits_for(leaves)) {
    merge();
    fill_table();
}

// Leaves and merged nodes both come up in ascending weight, so the two lightest nodes are always
// at the head of one of two queues, and no heap is needed.
void HuffmanCode::merge() {
    inner_.resize(leaves_ - 1);
    std::vector<std::uint64_t> weight(leaves_ - 1);
    std::uint32_t leaf = 0;
    std::uint32_t merged = 0;
    for (std::uint32_t made = 0; made < leaves_ - 1; ++made) {
        for (std::uint32_t& child : inner_[made].child) {
            // At equal weight the leaf goes first: it has existed longer.
            if (leaf < leaves_ && (merged == made || leaf + 1u <= weight[merged])) {
                weight[made] += leaf + 1u;
                child = leaf++;
            } else {
                weight[made] += weight[merged];
                child = leaves_ + merged++;
            }
        }
    }
}

void HuffmanCode::fill_table() {
    struct Prefix {
        std::uint32_t node;
        std::uint32_t bits;
        unsigned length;
    };
    table_.resize(std::size_t{1} << table_bits_);
    // A depth-first walk that ends at table_bits_ keeps one sibling per level at most.
    std::array<Prefix, kMostTableBits + 1> open{};
    std::size_t opened = 0;
    open[opened++] = {leaves_ + leaves_ - 2, 0, 0};
    while (opened > 0) {
        const Prefix at = open[--opened];
        const unsigned missing = table_bits_ - at.length;
        if (at.node < leaves_ || missing == 0) {
            const std::uint32_t entry = at.node < leaves_
                                            ? at.node << kLengthBits | at.length
                                            : (at.node - leaves_) << kLengthBits | kLonger;
            const auto first = table_.begin() + (at.bits << missing);
            std::fill(first, first + (std::ptrdiff_t{1} << missing), entry);
            continue;
        }
        const Inner& inner = inner_[at.node - leaves_];
        open[opened++] = {inner.child[1], at.bits << 1 | 1u, at.length + 1};
        open[opened++] = {inner.child[0], at.bits << 1, at.length + 1};
    }
}

std::optional<std::uint32_t> HuffmanCode::read_longer(BitReader& bits,
                                                      std::uint32_t node) const noexcept {
    if (bits.left() < table_bits_) {
        return std::nullopt;
    }
    bits.skip(table_bits_);
    for (;;) {
        if (bits.left() == 0) {
            return std::nullopt;
        }
        const std::uint32_t child = inner_[node].child[bits.peek(1)];
        bits.skip(1);
        if (child < leaves_) {
            return child;
        }
        node = child - leaves_;
    }
}

}  // namespace certguard
