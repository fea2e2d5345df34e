// The records: a hash table of answers, and the order in which they were used last.
#pragma once

#include <cstdint>

#include "certguard/access_record.hpp"
#include "zone/zone.hpp"

namespace certguard::zone {

/// Monotonic milliseconds.
inline std::uint64_t fetched_at(const Record& record) noexcept {
    return record.fetched_low | std::uint64_t{record.fetched_high} << 32;
}

/// kNoCell when there is none. The record found is sound.
Cell find_record(Zone& zone, std::uint16_t lookup, const RecordId& id) noexcept;

/// Adds an empty record, the newest one; it must not be there yet. kNoCell when cells run out. To
/// be followed by seal_record().
Cell add_record(Zone& zone, std::uint16_t lookup, const RecordId& id) noexcept;

/// Drops the record and what it refers to.
void remove_record(Zone& zone, Cell cell) noexcept;

/// Drops the record that was not used for longest. False when there is none.
bool evict_oldest(Zone& zone) noexcept;

/// Makes a record the newest one, unless it was used in this second already.
void touch_record(Zone& zone, Record& record, Cell cell, std::uint64_t now) noexcept;

/// To be called after every change of what the checksum covers.
void seal_record(Zone& zone, Record& record, Cell cell) noexcept;

/// A fault when the record, or what it refers to, is not what was sealed.
void verify_record(Zone& zone, const Record& record, Cell cell) noexcept;

}  // namespace certguard::zone
