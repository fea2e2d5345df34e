// What may this host have? One lookup of the policy, as a worker uses it: asks its source, shares
// the answers with all workers (access_cache.hpp), and never blocks.
//
// An answer needs the host's record, the names of its environments and the public names. Each of
// them is remembered by itself, asked for once at a time whoever waits for it, in this worker and
// in all others, and lives by these rules:
//
// - fresh: used without asking. In the last fifth the next request has it refreshed meanwhile.
// - no longer fresh: requests wait for the source. Only if it fails to answer, what is remembered
//   is used for `stale` more; else the lookup is unavailable.
// - "no such host" is remembered for `unknown`, and replaces any older answer.
// - several failures in a row, or one refusal (401, 403), open the circuit: nobody waits any more,
//   and one question every few seconds finds out whether the source is back.
//
// Threads: none; everything happens on the event loop's. DONE may do anything, also ask again, end
// other Waiters or destroy the lookup.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "certguard/access_cache.hpp"
#include "certguard/event_loop.hpp"
#include "certguard/host_access.hpp"
#include "certguard/lookup_settings.hpp"
#include "certguard/lookup_source.hpp"

namespace certguard {

enum class LookupOutcome {
    known,          // ACCESS is there
    unknown_host,   // there is no such host
    misconfigured,  // an answer that can't be right; to be denied
    unavailable,    // nobody can tell now; never to be taken for an empty list
};

/// Where an answer came from. The words of $certguard_cache are cache_word()'s.
enum class CacheUse { none, hit, stale, miss, joined };
std::string_view cache_word(CacheUse use) noexcept;

struct LookupResult {
    LookupOutcome outcome = LookupOutcome::unavailable;
    std::shared_ptr<const HostAccess> access;  // when known
    CacheUse how = CacheUse::none;
    std::uint64_t lookup_time = 0;  // ms that this request has waited
    unsigned retry_after = 0;       // seconds, when unavailable
    std::string message;            // for the admin, unless known; one line, nothing secret
};

enum class LogLevel { notice, warning, error };
using LookupLog = std::function<void(LogLevel level, const std::string& line)>;

/// For the statistics.
class LookupMeter {
  public:
    virtual ~LookupMeter() = default;
    /// A question to the source has ended, after so many milliseconds.
    virtual void answered(LookupStatus status, std::uint64_t took_ms) noexcept = 0;
};

/// What in SETTINGS an answer depends on; SOURCE_VERSION: what else it does (a hosts file's text).
LookupFingerprint lookup_fingerprint(const LookupSettings& settings,
                                     std::string_view source_version = {});

class HostLookup {
  public:
    using Done = std::function<void(const LookupResult&)>;

    /// A request that waits. Destroying it ends the waiting: DONE is not called any more. Empty
    /// when the answer was there at once.
    class Waiter {
      public:
        Waiter() noexcept;
        Waiter(Waiter&&) noexcept;
        Waiter& operator=(Waiter&&) noexcept;
        ~Waiter();
        /// Is the answer still to come?
        explicit operator bool() const noexcept;

      private:
        friend class HostLookup;
        struct Node;
        explicit Waiter(std::unique_ptr<Node> node) noexcept;
        std::unique_ptr<Node> node_;
    };

    /// SOURCE, CACHE, LOOP and METER, which may be null, must outlive the lookup. LOG gets a line
    /// when the source goes away and when it comes back, and one for each answer that can't be
    /// right.
    HostLookup(const LookupSettings& settings, LookupSource& source, AccessCache& cache,
               EventLoop& loop, LookupLog log, std::string_view source_version = {},
               LookupMeter* meter = nullptr);
    /// Whoever still waits is not answered.
    ~HostLookup();
    HostLookup(const HostLookup&) = delete;
    HostLookup& operator=(const HostLookup&) = delete;

    /// Calls DONE exactly once unless the Waiter is destroyed before: at once, within this call,
    /// when no question is needed; else from the loop, after connect_timeout + timeout at the
    /// latest.
    [[nodiscard]] Waiter ask(const HostQuestion& question, Done done);

    /// The same for one name, when all that is needed is fresh and nothing is to be done about it:
    /// a fraction of a microsecond. Else nothing; then ask().
    std::optional<RepositoryAccess> peek(std::string_view uuid, std::string_view repository);

    /// The worker is about to exit: no refreshes from now on; who waits is still answered.
    void drain();

    std::size_t waiters() const noexcept;    // requests that wait
    std::size_t questions() const noexcept;  // questions under way, background ones included
    CircuitState circuit() const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace certguard
