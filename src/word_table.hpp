// The words (path segments) of a path tree, numbered, and the way back from a word to its number.
//
// Words are kept as they came, in one text. A word that is there twice has two numbers, of which
// canonical() names the first. Looking up is one hash and, as a rule, one comparison.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "certguard/result.hpp"

namespace certguard {

class WordTable {
  public:
    static constexpr std::uint32_t kNone = ~0u;

    WordTable() = default;
    /// TEXT cut at every SEPARATOR: always one word more than there are separators. Fills CANONICAL
    /// with each word's canonical number. Errors (Reason::bad_certificate): more than
    /// limits::kWords, or words made so that looking them up would be slow.
    static Result<WordTable> split(std::string text, char separator,
                                   std::vector<std::uint32_t>& canonical);

    std::size_t size() const noexcept { return begin_.empty() ? 0 : begin_.size() - 1; }
    std::string_view word(std::uint32_t number) const noexcept {
        return {text_.data() + begin_[number], begin_[number + 1] - begin_[number] - 1};
    }

    /// The canonical number of WORD, or kNone. Adds the places looked at to STEPS.
    std::uint32_t find(std::string_view word, std::size_t& steps) const noexcept;

    std::size_t memory() const noexcept {
        return text_.capacity() + (begin_.capacity() + slots_.capacity()) * sizeof(std::uint32_t);
    }

  private:
    bool fill_slots(std::vector<std::uint32_t>& canonical);
    std::size_t slot_of(std::string_view word, std::uint32_t hash,
                        std::size_t& steps) const noexcept;

    std::string text_;
    std::vector<std::uint32_t> begin_;  // of each word in text_, and one separator past the last
    // Open addressing by hash: 0 when free, else a word's number + 1 below some bits of its hash.
    std::vector<std::uint32_t> slots_;
    unsigned slot_bits_ = 0;
};

}  // namespace certguard
