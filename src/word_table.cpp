#include "word_table.hpp"

#include <cstring>
#include <utility>

#include "certguard/limits.hpp"
#include "word_hash.hpp"

namespace certguard {
namespace {

constexpr unsigned kNumberBits = 21;
constexpr std::uint32_t kNumberMask = (1u << kNumberBits) - 1;
static_assert(limits::kWords < kNumberMask, "a word's number + 1 must fit into a slot");

std::uint32_t tag_of(std::uint32_t hash) {
    return hash << kNumberBits;
}

}  // namespace

Result<WordTable> WordTable::split(std::string text, char separator,
                                   std::vector<std::uint32_t>& canonical) {
    text += separator;  // so that each word, the last too, has one behind it
    WordTable table;
    table.begin_.reserve(text.size() / 8);
    const char* const end = text.data() + text.size();
    for (const char* at = text.data(); at != end;) {
        if (table.begin_.size() == limits::kWords) {
            return Error{Reason::bad_certificate, "it has more words than the " +
                                                      std::to_string(limits::kWords) +
                                                      " that certguard reads"};
        }
        table.begin_.push_back(static_cast<std::uint32_t>(at - text.data()));
        at = static_cast<const char*>(
                 std::memchr(at, separator, static_cast<std::size_t>(end - at))) +
             1;
    }
    table.begin_.push_back(static_cast<std::uint32_t>(text.size()));
    table.begin_.shrink_to_fit();
    table.text_ = std::move(text);
    table.text_.shrink_to_fit();
    if (!table.fill_slots(canonical)) {
        return Error{Reason::bad_certificate, "its words collide in a way that real ones do not"};
    }
    return table;
}

bool WordTable::fill_slots(std::vector<std::uint32_t>& canonical) {
    const std::size_t words = size();
    slot_bits_ = 2;
    while ((std::size_t{3} << slot_bits_) / 4 < words) {  // at most three quarters full
        ++slot_bits_;
    }
    slots_.assign(std::size_t{1} << slot_bits_, 0);
    canonical.resize(words);
    const std::size_t budget = 64 * words + 1024;
    std::size_t steps = 0;
    for (std::uint32_t number = 0; number < words; ++number) {
        const std::uint32_t hash = word_hash(word(number));
        std::uint32_t& slot = slots_[slot_of(word(number), hash, steps)];
        if (steps > budget) {
            return false;
        }
        if (slot == 0) {
            slot = tag_of(hash) | (number + 1);
        }
        canonical[number] = (slot & kNumberMask) - 1;
    }
    return true;
}

// The slot that holds WORD, or the free one where it belongs. There is always a free one.
std::size_t WordTable::slot_of(std::string_view wanted, std::uint32_t hash,
                               std::size_t& steps) const noexcept {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash >> (32 - slot_bits_);
    for (;; at = (at + 1) & mask) {
        ++steps;
        const std::uint32_t slot = slots_[at];
        if (slot == 0 ||
            ((slot & ~kNumberMask) == tag_of(hash) && word((slot & kNumberMask) - 1) == wanted)) {
            return at;
        }
    }
}

std::uint32_t WordTable::find(std::string_view wanted, std::size_t& steps) const noexcept {
    if (slots_.empty()) {
        return kNone;
    }
    const std::uint32_t slot = slots_[slot_of(wanted, word_hash(wanted), steps)];
    return slot == 0 ? kNone : (slot & kNumberMask) - 1;
}

}  // namespace certguard
