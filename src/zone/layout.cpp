#include "zone/layout.hpp"

#include <algorithm>

namespace certguard::zone {

namespace {

constexpr std::size_t kLeastCells = 256;
constexpr std::size_t kMostCells = 1u << 26;  // so that a name id fits 26 bits (id_set.cpp)
// Per cell: the cell, half an entry in either table of buckets, a quarter of a name id.
constexpr std::size_t kBytesPerFourCells = 4 * kCellBytes + 2 * 4 + 2 * 4 + 4;

std::size_t aligned(std::size_t offset) noexcept {
    return (offset + kCellBytes - 1) & ~(kCellBytes - 1);
}

}  // namespace

std::optional<Layout> Layout::of(std::size_t size) noexcept {
    const std::size_t lookups_size = kLookupSlots * sizeof(LookupSlot);
    const std::size_t claim_count = std::clamp<std::size_t>(size >> 13, 64, 2048);
    const std::size_t fixed =
        sizeof(Header) + claim_count * sizeof(Claim) + lookups_size + 7 * kCellBytes;  // alignment
    if (size < fixed) {
        return std::nullopt;
    }
    const std::size_t fours = std::min((size - fixed) / kBytesPerFourCells, kMostCells / 4);
    if (fours * 4 < kLeastCells) {
        return std::nullopt;
    }
    Layout layout{};
    layout.claim_count = static_cast<std::uint32_t>(claim_count);
    layout.bucket_count = static_cast<std::uint32_t>(fours * 2);
    layout.name_id_count = static_cast<std::uint32_t>(fours);
    layout.cell_count = static_cast<std::uint32_t>(fours * 4);
    layout.claims = aligned(sizeof(Header));
    layout.lookups = aligned(layout.claims + claim_count * sizeof(Claim));
    layout.record_buckets = aligned(layout.lookups + lookups_size);
    layout.blob_buckets = aligned(layout.record_buckets + layout.bucket_count * sizeof(Cell));
    layout.name_ids = aligned(layout.blob_buckets + layout.bucket_count * sizeof(Cell));
    layout.cells = aligned(layout.name_ids + layout.name_id_count * sizeof(Cell));
    layout.end = layout.cells + layout.cell_count * kCellBytes;
    return layout;
}

}  // namespace certguard::zone
