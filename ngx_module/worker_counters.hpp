// What this worker counts, for all workers together (certguard/counters.hpp).
#pragma once

#include "ngx_cpp.hpp"

#include <memory>
#include <vector>

#include "certguard/counters.hpp"
#include "certguard/policy.hpp"
#include "zone.hpp"

namespace certguard::ngx {

class WorkerCounters {
  public:
    /// POLICY must outlive the object.
    WorkerCounters(const Policy& policy, ZoneMemory& memory);
    ~WorkerCounters();
    WorkerCounters(const WorkerCounters&) = delete;
    WorkerCounters& operator=(const WorkerCounters&) = delete;

    void count(const Guard& guard, Counted counted, Reason reason) noexcept;
    /// A request that needed GUARD's lookup has got its answer.
    void count(const Guard& guard, CacheUse use) noexcept;
    /// For the lookup with that place in Policy::lookups.
    LookupMeter* meter(std::size_t lookup) noexcept;

    /// One request more or less waits for a lookup.
    void add_waiting(int more) noexcept;
    void set_questions(std::size_t count) noexcept;

    /// Null when the zone has no room for counters.
    const Counters* counters() const noexcept { return counters_.get(); }

  private:
    class Meter final : public LookupMeter {
      public:
        void answered(LookupStatus status, std::uint64_t took_ms) noexcept override;
        LookupCounters* counters = nullptr;
    };

    const Policy& policy_;
    std::unique_ptr<Counters> counters_;
    std::vector<GuardCounters*> guards_;    // as policy.guards; null: not counted
    std::vector<LookupCounters*> lookups_;  // of the guards, likewise
    std::vector<Meter> meters_;             // as policy.lookups
    WorkerGauges* gauges_ = nullptr;
};

}  // namespace certguard::ngx
