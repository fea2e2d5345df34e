// What the lookups have learned, for all workers: one cache in shared memory.
//
// Each name is stored once, and each set of names once, so that hosts with the same content cost
// some 70 bytes each. Full means that what was not used for longest goes; never an error. A process
// that dies in the middle of a change, or memory that is not what was written, makes the next one
// who notices drop everything and begin anew: a damaged cache answers "not known", never yes.
//
// Beside the answers the cache keeps, for all workers together, who is asking which question, and
// whether a lookup's source answers at all (the circuit).
//
// One object per process and block of memory; not thread-safe. Every call takes the memory's lock,
// for at most some 50 us; none waits for anything else. Times: monotonic milliseconds. Nothing here
// fails: what can't be stored is not stored, and counted.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "certguard/access_record.hpp"
#include "certguard/host_access.hpp"
#include "certguard/lookup_source.hpp"
#include "certguard/shared_memory.hpp"

namespace certguard {

/// What tells one configuration of a lookup from another (lookup_fingerprint()). Answers of one are
/// never another's.
using LookupFingerprint = std::array<std::uint8_t, 32>;

/// A lookup as a user of the cache.
struct CacheUser {
    LookupFingerprint fingerprint{};
    std::uint32_t hint = 0;  // the cache's own
};

enum class CircuitChange { none, opened, closed };

/// Does a lookup's source answer?
struct CircuitState {
    bool is_open = false;           // no: nobody asks it for a while
    std::uint32_t failures = 0;     // in a row
    std::uint64_t retry_after = 0;  // ms until it is asked again, when open
};

/// May a question be asked?
struct Begun {
    enum class Outcome {
        ask,     // yes: ask the source, then finish() or give_up()
        wait,    // another worker is asking: read() and begin() again in a moment
        failed,  // another worker has asked in vain since; FAILURE says how
        closed,  // the source does not answer: ask after RETRY_AFTER at the earliest
    };
    Outcome outcome = Outcome::ask;
    std::uint64_t ticket = 0;
    bool probe = false;
    LookupStatus failure = LookupStatus::unavailable;
    std::uint64_t retry_after = 0;  // ms
};

struct CacheStatistics {
    std::uint64_t hosts, environments;            // records
    std::uint64_t lookups;                        // configurations of lookups
    std::uint64_t bytes, used_bytes, free_bytes;  // free: can be used without evicting
    std::uint64_t hits, misses;                   // of hosts
    std::uint64_t stores, store_failures;         // of records
    std::uint64_t evictions, purges, resets;
};

class AccessCache {
  public:
    /// Null when the memory is too small (64 KiB are enough). Continues what is there when it was
    /// made by this version for this size. MEMORY must outlive the cache.
    static std::unique_ptr<AccessCache> attach(SharedMemory& memory);
    ~AccessCache();
    AccessCache(const AccessCache&) = delete;
    AccessCache& operator=(const AccessCache&) = delete;

    RecordId host_id(std::string_view uuid) const noexcept;
    RecordId environment_id(std::string_view key) const noexcept;
    RecordId open_id() const noexcept { return {RecordKind::open, {}}; }

    /// Everything that is remembered under ID, stale or not.
    AccessRecord read(CacheUser& user, const RecordId& id, std::uint64_t now);

    /// What HOST and REPOSITORY are to each other, when all records that say so are fresh and none
    /// is due to be refreshed. Makes no objects of what it reads.
    std::optional<RepositoryAccess> peek(CacheUser& user, const RecordId& host,
                                         std::string_view repository, std::uint64_t now);

    /// Remembers RECORD, unless something was purged since PURGES was read, or there is an answer
    /// already that was asked for later. Names and profile are replaced by the objects in use for
    /// the same content, if any. False when it is not stored; an older record under ID is gone
    /// then, too.
    bool store(CacheUser& user, const RecordId& id, AccessRecord& record, std::uint64_t purges,
               std::uint64_t now);

    struct Question {
        RecordId id;
        std::uint64_t waiting;  // since when somebody waits for it
        std::uint64_t until;    // when it will have been given up
    };
    Begun begin(CacheUser& user, const Question& question, std::uint64_t now);
    /// The question was answered (and the answer stored), or it failed.
    CircuitChange finish(CacheUser& user, const Question& question, const Begun& begun,
                         LookupStatus status, std::uint64_t now);
    /// The question was cancelled.
    void give_up(CacheUser& user, const Question& question, const Begun& begun, std::uint64_t now);

    CircuitState circuit(CacheUser& user, std::uint64_t now);

    /// Forgets one host's record in all lookups, or everything; answers that are under way will
    /// not be stored. Returns whether there was anything.
    bool purge_host(std::string_view uuid);
    bool purge_all();

    /// Changes whenever an answer that a worker keeps for itself may no longer hold. No lock.
    std::uint64_t epoch() const noexcept;
    /// Changes with every purge. No lock.
    std::uint64_t purges() const noexcept;

    /// Hits that took no lock, for the statistics.
    void count_local_hit() noexcept;
    CacheStatistics statistics() noexcept;

  private:
    struct State;
    explicit AccessCache(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

}  // namespace certguard
