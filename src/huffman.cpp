#include "huffman.hpp"

#include <algorithm>

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

// Merged nodes have higher numbers than what they were merged from, so that one pass down from the
// root meets every node after its parent.
void HuffmanCode::fill_table() {
    struct Prefix {
        std::uint32_t bits = 0;
        std::uint32_t length = 0;  // 0: too long for the table (and the root)
    };
    table_.resize(std::size_t{1} << table_bits_);
    std::vector<Prefix> prefixes(inner_.size());
    for (std::size_t i = inner_.size(); i-- > 0;) {
        const Prefix prefix = prefixes[i];
        if (prefix.length == 0 && i + 1 != inner_.size()) {
            continue;
        }
        const std::uint32_t length = prefix.length + 1;
        const unsigned missing = table_bits_ - length;
        for (std::uint32_t bit = 0; bit < 2; ++bit) {
            const std::uint32_t child = inner_[i].child[bit];
            const std::uint32_t code = prefix.bits << 1 | bit;
            if (child < leaves_) {
                const auto first = table_.begin() + (code << missing);
                std::fill(first, first + (1 << missing), child << kLengthBits | length);
            } else if (missing == 0) {
                table_[code] = (child - leaves_) << kLengthBits | kLonger;
            } else {
                prefixes[child - leaves_] = {code, length};
            }
        }
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
