// One process's view of the shared memory, and its cells.
//
// Nothing read from the memory is trusted: every cell number is checked against the bounds, and who
// finds something that can't be calls fault(). From then on everything goes on with harmless
// values, and when the critical section ends its results are thrown away and the whole memory is
// reset (section.hpp). So no reader needs a way out of its own for damaged memory.
//
// Only to be used inside a critical section, but for header().epoch and header().purges.
#pragma once

#include <cstdint>

#include "zone/layout.hpp"

namespace certguard::zone {

class Zone {
  public:
    /// MEMORY is LAYOUT.end bytes, aligned to a cell.
    Zone(void* memory, const Layout& layout) noexcept;

    Header& header() const noexcept { return *static_cast<Header*>(memory_); }
    const Layout& layout() const noexcept { return layout_; }
    const SipKey& key() const noexcept { return key_; }

    /// Never out of the memory: a cell number that can't be is a fault and gives a scratch cell.
    Record& record(Cell cell) noexcept;  // a fault, too, when the cell holds no record
    Blob& blob(Cell cell) noexcept;
    Page& page(Cell cell) noexcept;
    FreeCell& free_cell(Cell cell) noexcept;
    /// A cell that is to become a record.
    Record& raw_record(Cell cell) noexcept;

    Cell& record_bucket(std::uint32_t hash) const noexcept;
    Cell& blob_bucket(std::uint32_t hash) const noexcept;
    /// Null, and a fault, when ID is out of range.
    Cell* name_id(std::uint32_t id) noexcept;
    Claim* claims() const noexcept;
    LookupSlot* lookup_slots() const noexcept;

    /// kNoCell when there is none left.
    Cell take_cell() noexcept;
    void give_back(Cell cell) noexcept;
    std::uint32_t free_cells() const noexcept;

    /// A checksum against accidents, different for every SALT.
    std::uint32_t checksum(const std::uint32_t* words, std::size_t count,
                           std::uint64_t salt) const noexcept;

    void fault() noexcept { broken_ = true; }
    bool broken() const noexcept { return broken_; }

    /// Is this a memory of this version and size? Adopts its key.
    bool open() noexcept;
    /// Makes an empty one of it. The key, the counters and the epochs survive when they can.
    void reset() noexcept;
    /// The same, but what is known of the lookups and their sources stays.
    void forget_answers() noexcept;

  private:
    void* at(std::size_t offset) const noexcept { return static_cast<char*>(memory_) + offset; }
    void* cell_at(Cell cell) noexcept;
    std::uint64_t key_check(const SipKey& key) const noexcept;

    void* memory_;
    Layout layout_;
    SipKey key_;
    bool broken_ = false;
    alignas(kCellBytes) unsigned char scratch_[kCellBytes];
};

}  // namespace certguard::zone
