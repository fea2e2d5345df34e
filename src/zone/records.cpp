#include "zone/records.hpp"

#include <cstring>

#include "zone/blobs.hpp"

namespace certguard::zone {

namespace {

constexpr std::size_t kLongestChain = 1024;
constexpr std::size_t kUncheckedWords = 5;
constexpr std::size_t kWords = kCellBytes / 4;

Cell& bucket_of(Zone& zone, const Digest& key) noexcept {
    // UUIDs are not random in every bit, and an operator may choose some.
    std::uint32_t words[4];
    std::memcpy(words, key.data(), sizeof words);
    return zone.record_bucket(zone.checksum(words, 4, 0x4ec0));
}

/// The identity of the blob in CELL as salt for a record's checksum.
std::uint64_t identity_salt(Zone& zone, Cell cell) noexcept {
    std::uint64_t salt = 0;
    if (cell != kNoCell) {
        std::memcpy(&salt, zone.blob(cell).identity.data(), sizeof salt);
    }
    return salt;
}

std::uint32_t check_of(Zone& zone, const Record& record, Cell cell) noexcept {
    std::uint32_t words[kWords];
    std::memcpy(words, &record, sizeof words);
    const std::uint64_t profile = identity_salt(zone, record.profile);
    const std::uint64_t names = identity_salt(zone, record.names);
    return zone.checksum(words + kUncheckedWords, kWords - kUncheckedWords,
                         cell ^ profile ^ (names * 3));
}

/// Puts the record in front of all others in the order of use.
void link_newest(Zone& zone, Record& record, Cell cell) noexcept {
    Header& head = zone.header();
    record.newer = kNoCell;
    record.older = head.newest;
    if (head.newest != kNoCell) {
        zone.record(head.newest).newer = cell;
    } else {
        head.oldest = cell;
    }
    head.newest = cell;
}

void unlink_order(Zone& zone, const Record& record, Cell cell) noexcept {
    Header& head = zone.header();
    Cell& from_newer = record.newer == kNoCell ? head.newest : zone.record(record.newer).older;
    Cell& from_older = record.older == kNoCell ? head.oldest : zone.record(record.older).newer;
    if (from_newer != cell || from_older != cell) {
        zone.fault();
        return;
    }
    from_newer = record.older;
    from_older = record.newer;
}

void unlink_bucket(Zone& zone, const Record& record, Cell cell) noexcept {
    Cell* link = &bucket_of(zone, record.key);
    for (std::size_t i = 0; i < kLongestChain && *link != kNoCell && !zone.broken(); ++i) {
        if (*link == cell) {
            *link = record.next;
            return;
        }
        link = &zone.record(*link).next;
    }
    zone.fault();
}

/// What the table counts; a fault when the kind can't be.
std::uint32_t* count_of(Zone& zone, std::uint8_t kind) noexcept {
    if (kind > static_cast<std::uint8_t>(RecordKind::open)) {
        zone.fault();
        return nullptr;
    }
    return &zone.header().records[kind];
}

}  // namespace

Cell find_record(Zone& zone, std::uint16_t lookup, const RecordId& id) noexcept {
    Cell cell = bucket_of(zone, id.key);
    for (std::size_t i = 0; cell != kNoCell; ++i) {
        const Record& record = zone.record(cell);
        if (zone.broken() || i == kLongestChain) {
            zone.fault();
            return kNoCell;
        }
        if (record.key == id.key && record.lookup == lookup &&
            record.kind == static_cast<std::uint8_t>(id.kind)) {
            verify_record(zone, record, cell);
            return zone.broken() ? kNoCell : cell;
        }
        cell = record.next;
    }
    return kNoCell;
}

Cell add_record(Zone& zone, std::uint16_t lookup, const RecordId& id) noexcept {
    const Cell cell = zone.take_cell();
    if (cell == kNoCell) {
        return kNoCell;
    }
    Record& record = zone.raw_record(cell);
    record = Record{};
    record.type = kRecordType;
    record.kind = static_cast<std::uint8_t>(id.kind) & 0xf;
    record.lookup = lookup;
    record.key = id.key;
    Cell& bucket = bucket_of(zone, id.key);
    record.next = bucket;
    bucket = cell;
    link_newest(zone, record, cell);
    if (std::uint32_t* count = count_of(zone, record.kind)) {
        ++*count;
    }
    return cell;
}

void remove_record(Zone& zone, Cell cell) noexcept {
    const Record& record = zone.record(cell);
    verify_record(zone, record, cell);
    if (zone.broken()) {
        return;
    }
    unlink_bucket(zone, record, cell);
    unlink_order(zone, record, cell);
    drop_blob(zone, record.profile);
    drop_blob(zone, record.names);
    if (std::uint32_t* count = count_of(zone, record.kind)) {
        --*count;
    }
    zone.give_back(cell);
}

bool evict_oldest(Zone& zone) noexcept {
    if (zone.header().oldest == kNoCell) {
        return false;
    }
    remove_record(zone, zone.header().oldest);
    ++zone.header().counters.evictions;
    return !zone.broken();
}

void touch_record(Zone& zone, Record& record, Cell cell, std::uint64_t now) noexcept {
    const auto second = static_cast<std::uint32_t>(now / 1000);
    if (record.touched == second) {
        return;
    }
    record.touched = second;
    if (zone.header().newest != cell) {
        unlink_order(zone, record, cell);
        if (!zone.broken()) {
            link_newest(zone, record, cell);
        }
    }
}

void seal_record(Zone& zone, Record& record, Cell cell) noexcept {
    record.check = check_of(zone, record, cell);
}

void verify_record(Zone& zone, const Record& record, Cell cell) noexcept {
    if (record.check != check_of(zone, record, cell)) {
        zone.fault();
    }
}

}  // namespace certguard::zone
