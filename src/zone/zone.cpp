#include "zone/zone.hpp"

#include <sys/random.h>

#include <algorithm>
#include <cstring>

namespace certguard::zone {

namespace {

std::uint64_t mixed(std::uint64_t hash, std::uint64_t word) noexcept {
    hash = (hash ^ word) * 0x9e3779b97f4a7c15;
    return hash ^ (hash >> 32);
}

SipKey random_key() noexcept {
    SipKey key;
    if (::getrandom(&key, sizeof key, 0) != static_cast<ssize_t>(sizeof key)) {
        // Only in a sandbox without the system call; an address is better than nothing.
        key = {reinterpret_cast<std::uintptr_t>(&key), 0x5bd1e9955bd1e995};
    }
    return key;
}

/// HASH spread over COUNT places without a division.
std::uint32_t place(std::uint32_t hash, std::uint32_t count) noexcept {
    return static_cast<std::uint32_t>((std::uint64_t{hash} * count) >> 32);
}

}  // namespace

Zone::Zone(void* memory, const Layout& layout) noexcept : memory_(memory), layout_(layout) {
    std::memset(scratch_, 0, sizeof scratch_);
}

void* Zone::cell_at(Cell cell) noexcept {
    if (cell == kNoCell || cell >= layout_.cell_count || cell >= header().cells_begun) {
        fault();
        std::memset(scratch_, 0, sizeof scratch_);
        return scratch_;
    }
    return at(layout_.cells + cell * kCellBytes);
}

Record& Zone::record(Cell cell) noexcept {
    auto* record = static_cast<Record*>(cell_at(cell));
    if (record->type != kRecordType) {
        fault();
        std::memset(scratch_, 0, sizeof scratch_);
        record = reinterpret_cast<Record*>(scratch_);
    }
    return *record;
}

Record& Zone::raw_record(Cell cell) noexcept {
    return *static_cast<Record*>(cell_at(cell));
}

Blob& Zone::blob(Cell cell) noexcept {
    return *static_cast<Blob*>(cell_at(cell));
}

Page& Zone::page(Cell cell) noexcept {
    return *static_cast<Page*>(cell_at(cell));
}

FreeCell& Zone::free_cell(Cell cell) noexcept {
    return *static_cast<FreeCell*>(cell_at(cell));
}

Cell& Zone::record_bucket(std::uint32_t hash) const noexcept {
    return static_cast<Cell*>(at(layout_.record_buckets))[place(hash, layout_.bucket_count)];
}

Cell& Zone::blob_bucket(std::uint32_t hash) const noexcept {
    return static_cast<Cell*>(at(layout_.blob_buckets))[place(hash, layout_.bucket_count)];
}

Cell* Zone::name_id(std::uint32_t id) noexcept {
    if (id >= layout_.name_id_count) {
        fault();
        return nullptr;
    }
    return static_cast<Cell*>(at(layout_.name_ids)) + id;
}

Claim* Zone::claims() const noexcept {
    return static_cast<Claim*>(at(layout_.claims));
}

LookupSlot* Zone::lookup_slots() const noexcept {
    return static_cast<LookupSlot*>(at(layout_.lookups));
}

Cell Zone::take_cell() noexcept {
    Header& head = header();
    if (head.free_cells != kNoCell) {
        const Cell cell = head.free_cells;
        const FreeCell& free = free_cell(cell);
        if (free.type != kFreeType) {
            fault();
            return kNoCell;
        }
        head.free_cells = free.next;
        --head.free_count;
        return cell;
    }
    if (head.cells_begun >= layout_.cell_count) {
        return kNoCell;
    }
    return head.cells_begun++;
}

void Zone::give_back(Cell cell) noexcept {
    FreeCell& free = free_cell(cell);
    free.type = kFreeType;
    free.next = header().free_cells;
    header().free_cells = cell;
    ++header().free_count;
}

std::uint32_t Zone::free_cells() const noexcept {
    const Header& head = header();
    return head.free_count + layout_.cell_count - std::min(head.cells_begun, layout_.cell_count);
}

std::uint32_t Zone::checksum(const std::uint32_t* words, std::size_t count,
                             std::uint64_t salt) const noexcept {
    std::uint64_t sum = key_.low ^ salt;
    for (std::size_t i = 0; i + 1 < count; i += 2) {
        sum = mixed(sum, words[i] | std::uint64_t{words[i + 1]} << 32);
    }
    if (count % 2 != 0) {
        sum = mixed(sum, words[count - 1]);
    }
    sum = mixed(sum, key_.high);
    return static_cast<std::uint32_t>(sum);
}

std::uint64_t Zone::key_check(const SipKey& key) const noexcept {
    return mixed(mixed(mixed(layout_.end, kVersion), key.low), key.high);
}

bool Zone::open() noexcept {
    const Header& head = header();
    if (head.magic != kMagic || head.version != kVersion || head.size != layout_.end ||
        head.key_check != key_check(head.key)) {
        return false;
    }
    key_ = head.key;
    return true;
}

void Zone::reset() noexcept {
    Header& head = header();
    Counters counters{};
    std::uint64_t past = 0;  // no epoch, purge or ticket of the past is greater
    if (open()) {
        counters = head.counters;
        past = std::max({head.epoch.load(), head.purges.load(), head.ticket});
    } else {
        // The past is lost, perhaps because a reset was cut short: none of it is met again.
        key_ = random_key();
        past = mixed(key_.low, key_.high) >> 8;
    }
    std::memset(memory_, 0, layout_.cells);
    head.dirty.store(1);  // until the critical section ends: a reset can be cut short, too
    head.magic = kMagic;
    head.version = kVersion;
    head.size = layout_.end;
    head.key = key_;
    head.key_check = key_check(key_);
    head.counters = counters;
    head.epoch = past + 1;
    head.purges = past + 1;
    head.ticket = past + 1;
    head.cells_begun = 1;
    broken_ = false;
}

void Zone::forget_answers() noexcept {
    LookupSlot kept[kLookupSlots];
    std::memcpy(kept, lookup_slots(), sizeof kept);
    const std::uint32_t ids = header().lookup_ids;
    reset();
    std::memcpy(lookup_slots(), kept, sizeof kept);
    header().lookup_ids = ids;
}

}  // namespace certguard::zone
