#include "certguard/counters.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace certguard {
namespace {

static_assert(Counter::is_always_lock_free, "a lock would not reach other processes");

// Changes with every change of the layout, which the sizes tell for the most part.
constexpr std::uint64_t kVersion =
    0x6367636f756e7400 + 2 + (std::uint64_t{sizeof(Counters::Layout)} << 8);

template <class Slot, std::size_t N>
Slot* find_or_begin(Slot (&slots)[N], std::string_view name) noexcept {
    for (Slot& slot : slots) {
        if (slot.name.view() == name) {
            return &slot;
        }
        if (slot.name.length == 0 && name.size() <= sizeof slot.name.text) {
            std::memcpy(slot.name.text, name.data(), name.size());
            slot.name.length = static_cast<std::uint32_t>(name.size());  // last: now it is one
            return &slot;
        }
    }
    return nullptr;
}

}  // namespace

std::string_view counted_word(Counted counted) noexcept {
    switch (counted) {
        case Counted::granted: return "granted";
        case Counted::passed: return "passed";
        case Counted::denied: return "denied";
        case Counted::unavailable: return "unavailable";
        case Counted::audit_denied: return "audit_denied";
    }
    return "unavailable";
}

void LookupCounters::count(LookupStatus status, std::uint64_t took_ms) noexcept {
    answers[static_cast<std::size_t>(status)].fetch_add(1, std::memory_order_relaxed);
    const auto bucket = std::lower_bound(kAnswerTimes.begin(), kAnswerTimes.end(), took_ms);
    times[bucket - kAnswerTimes.begin()].fetch_add(1, std::memory_order_relaxed);
    milliseconds.fetch_add(took_ms, std::memory_order_relaxed);
}

std::size_t Counters::bytes() noexcept {
    return sizeof(Layout);
}

Counters::Counters(void* memory) noexcept : layout_(*static_cast<Layout*>(memory)) {
    if (layout_.version != kVersion) {
        new (memory) Layout{};
        layout_.version = kVersion;
    }
}

GuardCounters* Counters::guard(std::string_view name) noexcept {
    return find_or_begin(layout_.guards, name);
}

LookupCounters* Counters::lookup(std::string_view name) noexcept {
    return find_or_begin(layout_.lookups, name);
}

WorkerGauges& Counters::worker(std::size_t number) noexcept {
    return layout_.workers[number % kWorkers];
}

}  // namespace certguard
