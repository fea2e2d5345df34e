// A set of small numbers that remembers in which order they came. No allocation while it is small.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace certguard {

class NodeSet {
  public:
    /// For numbers below UNIVERSE.
    explicit NodeSet(std::size_t universe) noexcept : universe_(universe) {}
    NodeSet(const NodeSet&) = delete;
    NodeSet& operator=(const NodeSet&) = delete;

    void add(std::uint32_t node) {
        if (size_ == 0) {
            few_[size_++] = node;
        } else {
            add_to_others(node);
        }
    }

    void clear() {
        if (!many_.empty()) {
            clear_many();
        }
        size_ = 0;
    }

    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    std::uint32_t operator[](std::size_t i) const noexcept {
        return i < few_.size() ? few_[i] : many_[i];
    }

  private:
    void add_to_others(std::uint32_t node) {
        if (many_.empty()) {
            const auto end = few_.begin() + size_;
            if (std::find(few_.begin(), end, node) != end) {
                return;
            }
            if (size_ < few_.size()) {
                few_[size_++] = node;
                return;
            }
            become_large();
        }
        if (mark(node)) {
            many_.push_back(node);
            ++size_;
        }
    }

    void become_large() {
        marks_.resize((universe_ + 63) / 64);
        many_.assign(few_.begin(), few_.end());
        std::for_each(few_.begin(), few_.end(), [this](std::uint32_t node) { mark(node); });
    }

    bool mark(std::uint32_t node) {
        std::uint64_t& marks = marks_[node / 64];
        const std::uint64_t bit = std::uint64_t{1} << (node % 64);
        const bool is_new = (marks & bit) == 0;
        marks |= bit;
        return is_new;
    }

    void clear_many() {
        for (const std::uint32_t node : many_) {
            marks_[node / 64] = 0;
        }
        many_.clear();
    }

    std::size_t universe_;
    std::size_t size_ = 0;
    std::array<std::uint32_t, 16> few_;  // the first ones
    std::vector<std::uint32_t> many_;    // all of them, once there are more
    std::vector<std::uint64_t> marks_;   // bit n: n is in many_
};

}  // namespace certguard
