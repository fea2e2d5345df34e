#include "zone/lookup_slots.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "certguard/limits.hpp"

namespace certguard::zone {

namespace {

constexpr std::uint8_t kClosed = 0;
constexpr std::uint8_t kOpen = 1;
constexpr std::uint8_t kRefused = 2;  // open, too
constexpr std::uint32_t kMostIds = 0xffff;
static_assert(kFailedQuestions == limits::kFailuresInARow);

std::uint32_t check_of(const Zone& zone, const LookupSlot& slot) noexcept {
    std::uint32_t words[sizeof slot.fingerprint / 4 + 1];
    std::memcpy(words, slot.fingerprint, sizeof slot.fingerprint);
    words[sizeof slot.fingerprint / 4] = slot.id;
    return zone.checksum(words, sizeof words / 4, 0x5107);
}

bool is_of(const LookupSlot& slot, const LookupFingerprint& fingerprint) noexcept {
    return slot.id != 0 &&
           std::memcmp(slot.fingerprint, fingerprint.data(), fingerprint.size()) == 0;
}

std::uint64_t open_for(bool refused) noexcept {
    return static_cast<std::uint64_t>(
        (refused ? limits::kRefusedOpenFor : limits::kCircuitOpenFor).count());
}

/// Has QUESTION failed before, since the source last answered? Remembers it.
bool failed_before(LookupSlot& slot, std::uint32_t question) noexcept {
    for (std::uint32_t& each : slot.failed_questions) {
        if (each == question) {
            return true;
        }
        if (each == 0) {
            each = question;
            break;
        }
    }
    return false;
}

/// In the place of the lookup that was not used for longest.
LookupSlot& new_slot(Zone& zone, const LookupFingerprint& fingerprint) noexcept {
    LookupSlot* const slots = zone.lookup_slots();
    LookupSlot* const end = slots + kLookupSlots;
    LookupSlot* const slot = std::min_element(
        slots, end, [](const LookupSlot& a, const LookupSlot& b) { return a.used < b.used; });
    const std::uint32_t id = ++zone.header().lookup_ids;
    // An id never means two lookups: when they have run out, everything begins anew.
    if (id > kMostIds ||
        std::any_of(slots, end, [&](const LookupSlot& each) { return each.id == id; })) {
        zone.fault();
    }
    *slot = LookupSlot{};
    std::memcpy(slot->fingerprint, fingerprint.data(), fingerprint.size());
    slot->id = static_cast<std::uint16_t>(id);
    slot->check = check_of(zone, *slot);
    return *slot;
}

}  // namespace

LookupSlot& find_slot(Zone& zone, const LookupFingerprint& fingerprint, std::uint32_t& hint,
                      std::uint64_t now) noexcept {
    LookupSlot* const slots = zone.lookup_slots();
    LookupSlot* slot = slots + hint % kLookupSlots;
    if (!is_of(*slot, fingerprint)) {
        slot = std::find_if(slots, slots + kLookupSlots,
                            [&](const LookupSlot& each) { return is_of(each, fingerprint); });
    }
    if (slot == slots + kLookupSlots) {
        slot = &new_slot(zone, fingerprint);
    } else if (slot->check != check_of(zone, *slot)) {
        zone.fault();
    }
    hint = static_cast<std::uint32_t>(slot - slots);
    slot->used = now;
    return *slot;
}

CircuitState circuit_of(const LookupSlot& slot, std::uint64_t now) noexcept {
    CircuitState state;
    state.is_open = slot.circuit != kClosed;
    state.failures = slot.failures;
    state.retry_after = state.is_open && slot.open_until > now ? slot.open_until - now : 0;
    return state;
}

Admission admit(LookupSlot& slot, std::uint64_t now, std::uint64_t probe_until) noexcept {
    if (slot.circuit == kClosed) {
        return {};
    }
    // No circuit is open for longer than this, whatever the memory says.
    const std::uint64_t open_until = std::min(slot.open_until, now + open_for(true));
    if (now < open_until) {
        return {false, false, open_until - now};
    }
    const std::uint64_t probing_until = std::min(slot.probe_until, probe_until);
    if (now < probing_until) {
        return {false, false, probing_until - now};
    }
    slot.probe_until = probe_until;
    return {true, true, 0};
}

CircuitChange source_answered(LookupSlot& slot, std::uint64_t now) noexcept {
    const bool was_open = slot.circuit != kClosed;
    slot.answered_at = now;
    slot.circuit = kClosed;
    slot.failures = 0;
    slot.probe_until = 0;
    std::fill(std::begin(slot.failed_questions), std::end(slot.failed_questions), 0);
    return was_open ? CircuitChange::closed : CircuitChange::none;
}

CircuitChange source_failed(LookupSlot& slot, const SourceFailure& failure,
                            std::uint64_t now) noexcept {
    const bool refused = failure.status == LookupStatus::refused;
    if (!refused && slot.circuit == kClosed && slot.answered_at > failure.asked_at) {
        return CircuitChange::none;
    }
    if (failure.status == LookupStatus::failed && failed_before(slot, failure.question)) {
        if (failure.probe) {
            probe_given_up(slot);  // it has found out nothing: the next question may
        }
        return CircuitChange::none;
    }
    if (slot.failures < limits::kFailuresInARow) {
        ++slot.failures;
    }
    const std::uint8_t before = slot.circuit;
    if (refused) {
        slot.circuit = kRefused;
    } else if (before == kClosed && slot.failures == limits::kFailuresInARow) {
        slot.circuit = kOpen;
    }
    if (slot.circuit == kClosed) {
        return CircuitChange::none;
    }
    slot.open_until = std::max(slot.open_until, now + open_for(refused));
    slot.probe_until = 0;
    return slot.circuit == before ? CircuitChange::none : CircuitChange::opened;
}

void probe_given_up(LookupSlot& slot) noexcept {
    slot.probe_until = 0;
}

}  // namespace certguard::zone
