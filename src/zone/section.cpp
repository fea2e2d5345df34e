#include "zone/section.hpp"

namespace certguard::zone {

namespace {

// Long enough for a process that is stopped and goes on; what it takes is below a millisecond.
constexpr std::uint64_t kLongestHold = 60'000;

/// Processes die between instructions, so it is the compiler that must not move the stores to the
/// dirty word; other processes see them in order because they take the lock.
void compiler_fence() noexcept {
    std::atomic_signal_fence(std::memory_order_seq_cst);
}

}  // namespace

Section::Section(SharedZone& shared) noexcept : shared_(shared) {
    shared_.memory.lock();
    Zone& zone = shared_.zone;
    if (!zone.open()) {
        zone.reset();
    } else if (zone.header().dirty.load(std::memory_order_relaxed) != 0) {
        begin_anew();
    }
    zone.header().dirty.store(1, std::memory_order_relaxed);
    compiler_fence();
}

Section::~Section() {
    if (!sound()) {
        begin_anew();
    }
    compiler_fence();
    shared_.zone.header().dirty.store(0, std::memory_order_relaxed);
    shared_.memory.unlock();
}

void Section::begin_anew() noexcept {
    shared_.zone.reset();
    ++shared_.zone.header().counters.resets;
}

bool HoldScope::begin(Zone& zone, std::uint64_t now) noexcept {
    Header& head = zone.header();
    Hold* free = nullptr;
    for (Hold& hold : head.holds) {
        if (hold.ticket != 0 && (hold.until < now || hold.until > now + 2 * kLongestHold)) {
            zone.fault();
            return false;
        }
        if (hold.ticket == 0) {
            free = &hold;
        }
    }
    if (free == nullptr) {
        return false;
    }
    place_ = static_cast<std::size_t>(free - head.holds);
    ticket_ = ++head.ticket;
    *free = {ticket_, now + kLongestHold};
    return true;
}

bool HoldScope::still_held(const Zone& zone) const noexcept {
    return ticket_ != 0 && zone.header().holds[place_].ticket == ticket_;
}

void HoldScope::end(Zone& zone) noexcept {
    if (still_held(zone)) {
        zone.header().holds[place_] = {};
    }
    ticket_ = 0;
}

}  // namespace certguard::zone
