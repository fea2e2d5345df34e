// What certguard_status shows: plain data, and its two texts. docs/status.md describes both.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "certguard/access_cache.hpp"
#include "certguard/counters.hpp"

namespace certguard {

struct StatusReport {
    struct Decisions {
        std::string guard;
        Counted counted = Counted::granted;
        Reason reason = Reason::ok;
        std::uint64_t count = 0;  // never 0
    };
    /// The CA and CRL files of one guard, as the worker that answers has them.
    struct Trust {
        std::string guard;
        std::uint64_t generation = 1;  // of their content since the worker began
        std::int64_t age = 0;          // seconds since it was read
        bool is_failing = false;       // they have changed and can't be used: the old ones hold
        std::optional<std::int64_t> ca_expires_in;  // seconds, of the first one; negative: has
        std::optional<std::int64_t> crl_expires_in;
    };
    struct Lookup {
        std::string name;
        std::string source;             // word of the policy
        bool is_open = false;           // its source does not answer: nobody waits for it
        std::uint64_t retry_after = 0;  // ms until it is asked again, when open
        std::uint32_t failures = 0;     // in a row
        std::array<std::uint64_t, kCacheUses> requests{};
        std::array<std::uint64_t, kLookupStatuses> answers{};
        std::array<std::uint64_t, kAnswerTimes.size() + 1> times{};
        std::uint64_t milliseconds = 0;
    };

    std::string version;
    std::vector<Decisions> decisions;
    std::vector<Trust> trust;
    std::vector<Lookup> lookups;
    std::uint64_t waiting = 0;             // requests, in all workers
    std::uint64_t questions = 0;           // under way, in all workers
    std::optional<CacheStatistics> cache;  // when some guard needs a lookup
    /// Seconds until the first of the client certificates ends that the answering worker has seen
    /// lately and that have not ended yet.
    std::optional<std::int64_t> certificate_expires_in;
};

/// What COUNTERS hold, but for zeros.
void add_counters(StatusReport& report, const Counters& counters);

std::string status_json(const StatusReport& report);
/// Prometheus' text format 0.0.4.
std::string status_prometheus(const StatusReport& report);

}  // namespace certguard
