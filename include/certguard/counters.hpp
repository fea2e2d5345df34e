// What all workers count together, in memory that they share and that survives reloads.
//
// A guard or lookup has its counters under its name, from the first worker that uses it on; they
// are never given to another name. Counting takes no lock and never fails. A process that dies
// while it counts loses nothing but what it had not counted yet.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "certguard/host_lookup.hpp"
#include "certguard/limits.hpp"
#include "certguard/lookup_source.hpp"
#include "certguard/reason.hpp"

namespace certguard {

/// What became of a request: a verdict, or a refusal that audit mode did not carry out.
enum class Counted { granted, passed, denied, unavailable, audit_denied };
inline constexpr std::size_t kCounted = 5;
/// The words of $certguard_decision.
std::string_view counted_word(Counted counted) noexcept;

using Counter = std::atomic<std::uint64_t>;

struct CounterName {
    std::uint32_t length;  // 0: the place is free
    char text[64];

    std::string_view view() const noexcept { return {text, length}; }
};

struct GuardCounters {
    CounterName name;
    Counter decisions[kCounted][kReasons];

    void count(Counted counted, Reason reason) noexcept {
        decisions[static_cast<std::size_t>(counted)][static_cast<std::size_t>(reason)].fetch_add(
            1, std::memory_order_relaxed);
    }
};

inline constexpr std::size_t kLookupStatuses = 6;
inline constexpr std::size_t kCacheUses = 5;
/// Upper ends of the buckets of answer times, milliseconds; the last bucket has none.
inline constexpr std::array<std::uint32_t, 11> kAnswerTimes = {5,   10,   25,   50,   100,  250,
                                                               500, 1000, 2500, 5000, 10000};

struct LookupCounters {
    CounterName name;
    Counter requests[kCacheUses];      // that needed it, by where their answer came from
    Counter answers[kLookupStatuses];  // of its source
    Counter times[kAnswerTimes.size() + 1];
    Counter milliseconds;  // of all answers together

    void count(CacheUse use) noexcept {
        requests[static_cast<std::size_t>(use)].fetch_add(1, std::memory_order_relaxed);
    }
    void count(LookupStatus status, std::uint64_t took_ms) noexcept;
};

/// What one worker is doing at the moment. Another one may have had its place before.
struct WorkerGauges {
    std::atomic<std::uint32_t> process;
    std::atomic<std::uint32_t> waiting;    // requests that wait for a lookup
    std::atomic<std::uint32_t> questions;  // under way to the lookups' sources
};

class Counters {
  public:
    static constexpr std::size_t kGuards = limits::kGuards;
    static constexpr std::size_t kLookups = limits::kLookups;
    static constexpr std::size_t kWorkers = 256;

    /// How much memory they take.
    static std::size_t bytes() noexcept;

    /// MEMORY, bytes() of them and aligned for pointers, holds zeros, or what this or another
    /// version has left there; the latter is begun anew. It must outlive the object. The caller
    /// locks it against other processes for this call and for guard() and lookup().
    explicit Counters(void* memory) noexcept;

    /// The counters of that name, which are begun when there are none yet. Null when there are
    /// kGuards or kLookups other ones.
    GuardCounters* guard(std::string_view name) noexcept;
    LookupCounters* lookup(std::string_view name) noexcept;
    /// Those of the worker with that number.
    WorkerGauges& worker(std::size_t number) noexcept;

    struct Layout;
    const Layout& layout() const noexcept { return layout_; }

  private:
    Layout& layout_;
};

struct Counters::Layout {
    std::uint64_t version;
    GuardCounters guards[kGuards];
    LookupCounters lookups[kLookups];
    WorkerGauges workers[kWorkers];
};

}  // namespace certguard
