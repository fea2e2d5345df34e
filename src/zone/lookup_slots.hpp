// The lookups that use the memory, told apart by a fingerprint of their settings, and for each of
// them whether its source answers: the circuit breaker, one for all processes.
#pragma once

#include <cstdint>

#include "certguard/access_cache.hpp"
#include "zone/zone.hpp"

namespace certguard::zone {

/// The lookup's slot; takes one when it has none yet, that of the lookup which was not used for
/// longest if need be. HINT is where it was last.
LookupSlot& find_slot(Zone& zone, const LookupFingerprint& fingerprint, std::uint32_t& hint,
                      std::uint64_t now) noexcept;

struct Admission {
    bool admitted = true;
    bool probe = false;             // one question to find out whether the source is back
    std::uint64_t retry_after = 0;  // ms, when not admitted
};

Admission admit(LookupSlot& slot, std::uint64_t now, std::uint64_t probe_until) noexcept;

CircuitState circuit_of(const LookupSlot& slot, std::uint64_t now) noexcept;

/// Each says what the outcome of a question has changed.
CircuitChange source_answered(LookupSlot& slot, std::uint64_t now) noexcept;
struct SourceFailure {
    LookupStatus status;     // refused, unavailable or failed
    std::uint32_t question;  // tells it from others; not 0
    std::uint64_t asked_at;
    bool probe;
};
/// A question that the source has left unanswered while it answered others says that it has too
/// much to do, not that it is gone; and one that it can't answer, however often it is asked, says
/// nothing about the others.
CircuitChange source_failed(LookupSlot& slot, const SourceFailure& failure,
                            std::uint64_t now) noexcept;
/// A probe was given up before its outcome was known.
void probe_given_up(LookupSlot& slot) noexcept;

}  // namespace certguard::zone
