#include "worker_counters.hpp"

#include "worker_lookups.hpp"

namespace certguard::ngx {

WorkerCounters::WorkerCounters(const Policy& policy, ZoneMemory& memory)
    : policy_(policy),
      guards_(policy.guards.size()),
      lookups_(policy.guards.size()),
      meters_(policy.lookups.size()) {
    if (memory.counters() == nullptr) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "certguard: the zone is of another version of the module and has no room for "
                      "counters; certguard_status shows none until nginx is restarted");
        return;
    }
    counters_ = std::make_unique<Counters>(memory.counters());
    for (std::size_t i = 0; i < policy.lookups.size(); ++i) {
        meters_[i].counters = counters_->lookup(policy.lookups[i].name);
    }
    for (std::size_t i = 0; i < policy.guards.size(); ++i) {
        const GuardSettings& settings = policy.guards[i].settings;
        guards_[i] = counters_->guard(settings.name);
        if (const std::string* const lookup = lookup_name(settings)) {
            lookups_[i] = counters_->lookup(*lookup);
        }
    }
    gauges_ = &counters_->worker(ngx_worker);
    gauges_->process = static_cast<std::uint32_t>(ngx_pid);
    gauges_->waiting = 0;
    gauges_->questions = 0;
}

WorkerCounters::~WorkerCounters() {
    // After a reload the next worker of this number may have the place already.
    if (gauges_ != nullptr && gauges_->process == static_cast<std::uint32_t>(ngx_pid)) {
        gauges_->waiting = 0;
        gauges_->questions = 0;
    }
}

void WorkerCounters::count(const Guard& guard, Counted counted, Reason reason) noexcept {
    if (GuardCounters* const counters =
            guards_[static_cast<std::size_t>(&guard - policy_.guards.data())]) {
        counters->count(counted, reason);
    }
}

void WorkerCounters::count(const Guard& guard, CacheUse use) noexcept {
    if (LookupCounters* const counters =
            lookups_[static_cast<std::size_t>(&guard - policy_.guards.data())]) {
        counters->count(use);
    }
}

LookupMeter* WorkerCounters::meter(std::size_t lookup) noexcept {
    return &meters_[lookup];
}

void WorkerCounters::add_waiting(int more) noexcept {
    if (gauges_ != nullptr && gauges_->process == static_cast<std::uint32_t>(ngx_pid)) {
        gauges_->waiting += static_cast<std::uint32_t>(more);
    }
}

void WorkerCounters::set_questions(std::size_t count) noexcept {
    if (gauges_ != nullptr && gauges_->process == static_cast<std::uint32_t>(ngx_pid)) {
        gauges_->questions = static_cast<std::uint32_t>(count);
    }
}

void WorkerCounters::Meter::answered(LookupStatus status, std::uint64_t took_ms) noexcept {
    if (counters != nullptr) {
        counters->count(status, took_ms);
    }
}

}  // namespace certguard::ngx
