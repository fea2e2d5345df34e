#include "worker.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include "certguard/trust_refresher.hpp"
#include "configuration.hpp"

namespace certguard::ngx {
namespace {

constexpr ngx_msec_t kRegularly = 500;  // ms between two looks at what is to be done

struct Worker {
    CertificateCache certificates{limits::kRememberedCertificates, limits::kRememberedBytes};
    std::unique_ptr<ZoneMemory> zone;
    std::unique_ptr<WorkerCounters> counters;
    std::unique_ptr<WorkerLookups> lookups;
    std::unique_ptr<TrustRefresher> refresher;
    ngx_event_t timer{};
    ngx_connection_t timer_connection{};  // debug logs read a descriptor behind an event's data
};

// Made by init_worker(); null in processes that serve no guarded requests.
std::unique_ptr<Worker> worker;

/// The files of POLICY's guards, each set once.
std::vector<std::shared_ptr<TrustFiles>> files_of(const Policy& policy) {
    std::vector<std::shared_ptr<TrustFiles>> files;
    for (const Guard& guard : policy.guards) {
        if (std::find(files.begin(), files.end(), guard.trust) == files.end()) {
            files.push_back(guard.trust);
        }
    }
    return files;
}

void watch(const Policy& policy) {
    worker->refresher = std::make_unique<TrustRefresher>(files_of(policy));
    if (const auto error = worker->refresher->start()) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "certguard: changes of CA and CRL files will only be seen after a reload: %s",
                      error->message.c_str());
    }
}

/// All workers look at the same files, so the first one speaks for them.
ngx_uint_t log_level(TrustNews::Level level) noexcept {
    if (ngx_worker != 0) {
        return NGX_LOG_INFO;
    }
    switch (level) {
        case TrustNews::Level::error: return NGX_LOG_ERR;
        case TrustNews::Level::warning: return NGX_LOG_WARN;
        case TrustNews::Level::notice: break;
    }
    return NGX_LOG_NOTICE;
}

void collect() {
    for (const TrustNews& news : worker->refresher->collect()) {
        const ngx_str_t file = borrow(news.file);
        const ngx_str_t text = borrow(news.text);
        ngx_log_error(log_level(news.level), ngx_cycle->log, 0, "certguard: %V%s%V", &file,
                      news.file.empty() ? "" : ": ", &text);
    }
}

/// A worker that is to exit only finishes what somebody waits for. Who waits may go away at any
/// time, so it is looked at again and again.
void work_off() {
    if (worker->lookups != nullptr) {
        worker->lookups->drain();
    }
}

void on_timer(ngx_event_t* timer) noexcept {
    guarded(ngx_cycle->log, "the worker's regular work", 0, [] {
        ngx_exiting ? work_off() : collect();
        if (worker->lookups != nullptr && worker->counters != nullptr) {
            worker->counters->set_questions(worker->lookups->questions());
        }
        return 0;
    });
    ngx_add_timer(timer, kRegularly);  // cancelable: nobody waits for it to end
}

void start_counters(ngx_cycle_t* cycle, const Policy& policy) {
    guarded(cycle->log, "starting the counters", 0, [&] {
        worker->zone->lock();
        try {
            worker->counters = std::make_unique<WorkerCounters>(policy, *worker->zone);
        } catch (...) {
            worker->zone->unlock();
            throw;
        }
        worker->zone->unlock();
        return 0;
    });
}

/// Without lookups the other guards go on; those that need one are unavailable.
void start_lookups(ngx_cycle_t* cycle, const LoadedConfiguration& loaded) {
    if (!needs_lookups(*loaded.policy)) {
        return;
    }
    guarded(cycle->log, "starting the lookups", 0, [&] {
        worker->lookups = std::make_unique<WorkerLookups>(*loaded.policy, loaded.lookup_addresses,
                                                          *worker->zone, worker->counters.get());
        return 0;
    });
}

void start_timer() noexcept {
    worker->timer_connection.fd = static_cast<ngx_socket_t>(-1);
    ngx_event_t& timer = worker->timer;
    timer.data = &worker->timer_connection;
    timer.handler = on_timer;
    timer.log = ngx_cycle->log;
    timer.cancelable = 1;
    ngx_add_timer(&timer, kRegularly);
}

}  // namespace

ngx_int_t init_worker(ngx_cycle_t* cycle) noexcept {
    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE) {
        return NGX_OK;
    }
    const MainConfiguration* const main = main_configuration(cycle);
    if (main == nullptr || !main->used) {
        return NGX_OK;
    }
    return guarded(cycle->log, "starting the worker", static_cast<ngx_int_t>(NGX_ERROR), [&] {
        worker = std::make_unique<Worker>();
        watch(*main->loaded->policy);
        worker->zone = std::make_unique<ZoneMemory>(*main->zone);
        start_counters(cycle, *main->loaded->policy);
        start_lookups(cycle, *main->loaded);
        start_timer();
        return static_cast<ngx_int_t>(NGX_OK);
    });
}

void exit_worker(ngx_cycle_t*) noexcept {
    if (worker == nullptr) {
        return;
    }
    if (worker->timer.timer_set) {
        ngx_del_timer(&worker->timer);
    }
    worker->lookups.reset();  // what it watches must be gone before nginx looks for open sockets
    worker.reset();
}

CertificateCache& worker_certificates() {
    if (worker == nullptr) {  // a process without master has been reconfigured to use guards
        worker = std::make_unique<Worker>();
    }
    return worker->certificates;
}

HostLookup* worker_lookup(const Guard& guard) noexcept {
    return worker == nullptr || worker->lookups == nullptr ? nullptr : worker->lookups->find(guard);
}

WorkerLookups* worker_lookups() noexcept {
    return worker == nullptr ? nullptr : worker->lookups.get();
}

WorkerCounters* worker_counters() noexcept {
    return worker == nullptr ? nullptr : worker->counters.get();
}

}  // namespace certguard::ngx
