// What a decision costs when everything is remembered: for the host that was asked for last, and
// for any of 100,000 hosts; with repositories of each host's own, and with shared environments.
//
//   build/bench/host_lookup_bench --benchmark_repetitions=5 --benchmark_report_aggregates_only=true
#include <benchmark/benchmark.h>
#include <pthread.h>

#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "certguard/host_lookup.hpp"

namespace {

using namespace certguard;

constexpr unsigned kHosts = 100'000;

std::string uuid_of(unsigned number) {
    char uuid[40];
    std::snprintf(uuid, sizeof uuid, "%08x-0d1c-4f2a-9e7b-%012x", number * 2654435761u, number);
    return uuid;
}

std::string repository(unsigned number) {
    return "acme/library/web/product" + std::to_string(number % 7) + "/repository" +
           std::to_string(number);
}

/// A zone with a lock that costs what one between processes costs.
class LockedMemory final : public SharedMemory {
  public:
    explicit LockedMemory(std::size_t size) : bytes_(size) {}
    void* base() const noexcept override { return bytes_.base(); }
    std::size_t size() const noexcept override { return bytes_.size(); }
    void lock() noexcept override { pthread_mutex_lock(&mutex_); }
    void unlock() noexcept override { pthread_mutex_unlock(&mutex_); }

  private:
    PrivateMemory bytes_;
    pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
};

class StoppedLoop final : public EventLoop {
  public:
    std::unique_ptr<Watch> watch(int, std::function<void(unsigned)>) override { return nullptr; }
    std::unique_ptr<Timer> timer(std::function<void()>) override {
        return std::make_unique<NoTimer>();
    }
    std::uint64_t now_ms() const override { return now; }
    std::uint64_t now = 1'000'000;

  private:
    struct NoTimer final : Timer {
        void set(std::uint64_t, bool) override {}
        void cancel() override {}
    };
};

/// OWN: 50 repositories of 5,000 for each host; else one of 1,000 environments with 5,000 of 6,000.
class SampleSource final : public LookupSource {
  public:
    explicit SampleSource(bool own) : own_(own) {}

    std::unique_ptr<Pending> ask_host(const HostQuestion&, Done<HostAnswer> done) override {
        HostAnswer answer;
        answer.organization = "ACME";
        if (own_) {
            for (unsigned i = 0; i < 50; ++i) {
                answer.repositories.push_back(repository(random_() % 5'000));
            }
        } else {
            const std::string key = std::to_string(random_() % 1'000);
            answer.environments.push_back({"Dev/view" + key, key});
        }
        done({LookupStatus::found, std::move(answer), {}});
        return nullptr;
    }
    std::unique_ptr<Pending> ask_environment(std::string_view, Done<NameList> done) override {
        NameList names;
        for (unsigned i = 0; i < 6'000; ++i) {
            if (random_() % 6 != 0) {
                names.push_back(repository(i));
            }
        }
        done({LookupStatus::found, std::move(names), {}});
        return nullptr;
    }
    std::unique_ptr<Pending> ask_public(Done<NameList> done) override {
        done({LookupStatus::found, {"acme/open"}, {}});
        return nullptr;
    }

  private:
    bool own_;
    std::mt19937 random_{1};
};

struct Filled {
    explicit Filled(bool own)
        : memory(own ? 24u << 20 : 16u << 20),
          cache(AccessCache::attach(memory)),
          source(own),
          lookup(settings(), source, *cache, loop, [](LogLevel, const std::string&) {}) {
        for (unsigned i = 0; i < kHosts; ++i) {
            uuids.push_back(uuid_of(i));
            (void)lookup.ask({uuids[i], {}, {}}, [](const LookupResult&) {});
        }
        for (unsigned i = 0; i < 6'000; ++i) {
            repositories.push_back(repository(i));
        }
        loop.now += 1'000;
    }
    static LookupSettings settings() {
        LookupSettings settings;
        settings.name = "bench";
        return settings;
    }

    LockedMemory memory;
    std::unique_ptr<AccessCache> cache;
    SampleSource source;
    StoppedLoop loop;
    HostLookup lookup;
    std::vector<std::string> uuids;
    std::vector<std::string> repositories;
};

Filled& filled(bool own) {
    static std::unique_ptr<Filled> scenes[2];
    if (!scenes[own]) {
        scenes[own] = std::make_unique<Filled>(own);
    }
    return *scenes[own];
}

void report(benchmark::State& state, Filled& scene) {
    const CacheStatistics statistics = scene.cache->statistics();
    state.counters["hosts"] = static_cast<double>(statistics.hosts);
    state.counters["evictions"] = static_cast<double>(statistics.evictions);
    state.counters["zone_bytes"] = static_cast<double>(statistics.used_bytes);
}

void same_host(benchmark::State& state, bool own) {
    Filled& scene = filled(own);
    const std::string& uuid = scene.uuids[kHosts - 1];
    std::size_t i = 0;
    for (auto _ : state) {
        auto access = scene.lookup.peek(uuid, scene.repositories[i++ % 5'000]);
        benchmark::DoNotOptimize(access);
    }
    report(state, scene);
}

void same_host_by_ask(benchmark::State& state, bool own) {
    Filled& scene = filled(own);
    const HostQuestion question{scene.uuids[kHosts - 1], {}, {}};
    std::size_t i = 0;
    for (auto _ : state) {
        bool granted = false;
        const std::string& name = scene.repositories[i++ % 5'000];
        auto waiter = scene.lookup.ask(
            question, [&](const LookupResult& result) { granted = result.access->may_pull(name); });
        benchmark::DoNotOptimize(granted);
    }
    report(state, scene);
}

/// Hosts in random order. Each UUID is near when it is asked about, as a request has it: only what
/// the lookup looks at is far away.
void random_host(benchmark::State& state, bool own) {
    constexpr std::size_t kUuid = 36;
    Filled& scene = filled(own);
    std::mt19937 random(2);
    std::string order;
    for (unsigned i = 0; i < 1u << 20; ++i) {
        order += scene.uuids[random() % kHosts];
    }
    std::size_t at = 0;
    std::size_t i = 0;
    std::size_t missing = 0;
    for (auto _ : state) {
        auto access = scene.lookup.peek(std::string_view(order).substr(at, kUuid),
                                        scene.repositories[i++ % 5'000]);
        missing += access ? 0 : 1;
        benchmark::DoNotOptimize(access);
        at = at + kUuid == order.size() ? 0 : at + kUuid;
    }
    state.counters["missing"] = static_cast<double>(missing);
    report(state, scene);
}

BENCHMARK_CAPTURE(same_host, own_50, true);
BENCHMARK_CAPTURE(same_host, shared_5000, false);
BENCHMARK_CAPTURE(same_host_by_ask, own_50, true);
BENCHMARK_CAPTURE(same_host_by_ask, shared_5000, false);
BENCHMARK_CAPTURE(random_host, own_50, true);
BENCHMARK_CAPTURE(random_host, shared_5000, false);

}  // namespace

BENCHMARK_MAIN();
