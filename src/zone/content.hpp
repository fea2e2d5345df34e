// The content of a blob: 32-bit words, the first few in its own cell, the rest in pages below it.
//
// Pages form a tree of up to 15 children per page, so any word is a few steps away and content of
// any length is made of single cells. Every page has a checksum that knows whose page it is and
// which; one that does not agree is a fault.
#pragma once

#include <cstddef>
#include <cstdint>

#include "zone/zone.hpp"

namespace certguard::zone {

/// The longest content: type_and_bytes has 24 bits for its length.
inline constexpr std::size_t kContentWords = ((1u << 24) - 1) / 4;

/// Cells that a blob with a content of WORDS takes, its own included.
std::size_t cells_for(std::size_t words) noexcept;

/// Writes WORDS as the content of BLOB, whose length is set already. False when cells run out; then
/// those that were taken are given back.
bool write_content(Zone& zone, Cell blob, const std::uint32_t* words, std::size_t count) noexcept;

/// Gives back all pages of BLOB, not its own cell.
void free_content(Zone& zone, Cell blob) noexcept;

class ContentReader {
  public:
    ContentReader(Zone& zone, Cell blob) noexcept;

    /// How many words there are.
    std::size_t size() const noexcept { return count_; }
    /// Word I; 0 and a fault when there is none.
    std::uint32_t word(std::size_t i) noexcept {
        if (i < Blob::kWords && i < count_) {
            return own_[i];
        }
        return word_below(i);
    }
    /// COUNT <= 32 bits from bit FIRST on, the least significant ones first.
    std::uint32_t bits(std::size_t first, unsigned count) noexcept;

  private:
    std::uint32_t word_below(std::size_t i) noexcept;

    Zone& zone_;
    Cell blob_;
    const std::uint32_t* own_;
    std::size_t count_;
    const std::uint32_t* page_ = nullptr;  // the one read last
    std::size_t page_number_ = 0;
};

}  // namespace certguard::zone
