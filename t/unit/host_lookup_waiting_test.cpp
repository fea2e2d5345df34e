// Who waits for whom: coalescing in a worker and across workers, clients that go away, deadlines,
// limits, the circuit, purges and reloads meanwhile.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <new>

#include "certguard/poll_event_loop.hpp"
#include "lookup_fixture.hpp"

using namespace certguard;

namespace {

struct Waiting : LookupFixture {
    Waiting() { source.at_once = false; }

    std::vector<TestRequest> ask_many(std::size_t count, const std::string& uuid = kHost) {
        std::vector<TestRequest> requests;
        for (std::size_t i = 0; i < count; ++i) {
            requests.push_back(ask(uuid));
        }
        return requests;
    }
    /// Nothing of any request is left.
    bool is_idle() const {
        return lookup->waiters() == 0 && lookup->questions() == 0 && source.under_way() == 0 &&
               loop.timers_set() == 0;
    }
};

/// Two workers of one nginx, both waiting for the same source.
struct TwoWaiting : LookupScene {
    TwoWaiting() { source.at_once = false; }
    TestWorker one{zone, loop, source, 1};
    TestWorker two{zone, loop, source, 2};
};

void open_circuit(Waiting& worker, LookupStatus status = LookupStatus::unavailable) {
    worker.source.at_once = true;
    worker.source.status = status;
    for (unsigned i = 0; i < limits::kFailuresInARow; ++i) {
        worker.answer_for(host_uuid(100 + i));
    }
    worker.source.asked.clear();
}

}  // namespace

TEST_CASE("a thousand first requests of one host are one question each") {
    Waiting worker;
    const auto requests = worker.ask_many(1000);
    CHECK(worker.lookup->waiters() == 1000);
    worker.loop.pass(500);
    worker.source.answer_all();
    CHECK(worker.source.asked.size() == 4);
    CHECK(requests[0].result().how == CacheUse::miss);
    for (std::size_t i = 1; i < requests.size(); ++i) {
        REQUIRE(requests[i].result().how == CacheUse::joined);
        REQUIRE(requests[i].result().lookup_time == 500);
        REQUIRE(requests[i].result().access->lists("acme/library/base"));
    }
    CHECK(worker.is_idle());
}

TEST_CASE("hosts share the questions about their environments, not those about themselves") {
    Waiting worker;
    worker.source.hosts[host_uuid(1)] = worker.source.hosts[kHost];
    const TestRequest one = worker.ask(kHost);
    const TestRequest two = worker.ask(host_uuid(1));
    worker.source.answer_all();
    CHECK(one.result().outcome == LookupOutcome::known);
    CHECK(two.result().outcome == LookupOutcome::known);
    CHECK(worker.source.asked.size() == 2 + 2 + 1);
}

TEST_CASE("a client that goes away leaves nothing behind, at any stage") {
    Waiting worker;
    const int stage = GENERATE(0, 1, 2, 3);
    {
        const TestRequest request = worker.ask();
        for (int i = 0; i < stage; ++i) {
            worker.source.answer();
        }
        CHECK_FALSE(request.is_answered());
    }
    CHECK(worker.lookup->waiters() == 0);
    CHECK(worker.loop.kept_alive_by() == 0);
    worker.source.answer_all();  // what was asked is remembered all the same
    CHECK(worker.is_idle());
    const std::size_t asked = worker.source.asked.size();
    const TestRequest next = worker.ask();
    worker.source.answer_all();
    CHECK(next.result().outcome == LookupOutcome::known);
    CHECK(worker.source.times("host " + kHost) == 1);
    CHECK(worker.source.asked.size() <= asked + 3);
}

TEST_CASE("one of many clients that goes away changes nothing for the others") {
    Waiting worker;
    auto requests = worker.ask_many(3);
    requests[0].waiter = {};
    worker.source.answer();
    requests[2].waiter = {};
    worker.source.answer_all();
    CHECK_FALSE(requests[0].is_answered());
    CHECK(requests[1].result().outcome == LookupOutcome::known);
    CHECK_FALSE(requests[2].is_answered());
    CHECK_FALSE(requests[1].waiter);
}

TEST_CASE("an answer may end other requests, ask again, and end the lookup") {
    Waiting worker;
    std::vector<TestRequest> others;
    bool again = false;
    auto first = worker.lookup->ask({kHost, "", ""}, [&](const LookupResult&) {
        others.clear();
        (void)worker.lookup->ask({kHost, "", ""}, [&](const LookupResult& result) {
            again = result.how == CacheUse::hit;
        });
        worker.lookup.reset();
    });
    others = worker.ask_many(3);
    const auto never = others[2].answer;
    worker.source.answer_all();
    CHECK(again);
    CHECK_FALSE(never->has_value());
    CHECK(worker.loop.timers_set() == 0);
}

TEST_CASE("an answer that comes later than it stays fresh is one for all who waited for it") {
    LookupScene scene;
    scene.source.at_once = false;
    LookupSettings settings = test_settings();
    settings.fresh = std::chrono::seconds(1);
    settings.stale = std::chrono::seconds(0);
    TestWorker one(scene.zone, scene.loop, scene.source, 1, settings);
    TestWorker two(scene.zone, scene.loop, scene.source, 2, settings);
    for (int time = 1; time <= 2; ++time) {
        const TestRequest here = one.ask();
        const TestRequest there = two.ask();
        scene.loop.pass(1'500);
        scene.source.answer();  // about the host
        scene.loop.pass(1'500);
        scene.source.answer_all();
        scene.loop.pass(250);
        CHECK(here.result().how == CacheUse::miss);
        CHECK(there.result().how == CacheUse::joined);
        CHECK(there.result().access->lists("acme/library/base"));
        CHECK(scene.source.asked.size() == static_cast<std::size_t>(4 * time));
        scene.loop.pass(10'000);
    }
}

TEST_CASE("a lookup that ends while clients wait drops them and its questions") {
    Waiting worker;
    const auto requests = worker.ask_many(10);
    TestWorker other(worker.zone, worker.loop, worker.source, 2);
    worker.lookup.reset();
    CHECK(worker.source.cancelled == 1);
    CHECK(worker.loop.timers_set() == 0);
    CHECK_FALSE(requests[0].waiter);
    const TestRequest next = other.ask();  // its claim is free
    CHECK(worker.source.times("host " + kHost) == 2);
    worker.source.answer_all();
    CHECK(next.result().outcome == LookupOutcome::known);
    CHECK_FALSE(requests[0].is_answered());
}

TEST_CASE("nobody waits longer than connect_timeout and timeout, whatever the source does") {
    Waiting worker;
    const TestRequest request = worker.ask();
    worker.loop.pass(6'999);
    CHECK_FALSE(request.is_answered());
    CHECK(worker.loop.kept_alive_by() == 1);
    worker.loop.pass(1);
    CHECK(request.result().outcome == LookupOutcome::unavailable);
    CHECK(request.result().lookup_time == 7'000);
    CHECK(request.result().retry_after == 5);
    CHECK(request.result().message ==
          "lookup \"katello\": no answer from https://foreman.example.com within 7 s");
    CHECK(worker.source.cancelled == 1);
    CHECK(worker.is_idle());
}

TEST_CASE("also when the time is used up by several questions") {
    Waiting worker;
    const TestRequest request = worker.ask();
    worker.loop.pass(5'000);
    worker.source.answer();
    worker.loop.pass(2'000);
    CHECK(request.result().outcome == LookupOutcome::unavailable);
    worker.source.answer_all();
    CHECK(worker.is_idle());
    const TestRequest next = worker.ask();
    CHECK(next.result().how == CacheUse::hit);
}

TEST_CASE("whose time is over gets what is stale") {
    Waiting worker;
    worker.source.at_once = true;
    worker.answer_for();
    worker.source.at_once = false;
    worker.loop.pass(300'000);
    const TestRequest request = worker.ask();
    worker.loop.pass(7'000);
    CHECK(request.result().how == CacheUse::stale);
    CHECK(request.result().access->lists("acme/library/base"));
}

TEST_CASE("a process that exits waits for its clients, not for refreshes") {
    Waiting worker;
    worker.source.at_once = true;
    worker.answer_for();
    worker.source.at_once = false;
    worker.loop.pass(255'000);
    worker.answer_for();
    CHECK(worker.source.under_way() == 4);
    CHECK(worker.loop.kept_alive_by() == 0);
    const TestRequest request = worker.ask(host_uuid(1));
    CHECK(worker.loop.kept_alive_by() == 1);
    worker.lookup->drain();
    CHECK(worker.source.under_way() == 1);
    CHECK(worker.answer_for().how == CacheUse::hit);
    CHECK(worker.source.under_way() == 1);
    worker.source.answer_all();
    CHECK(request.result().outcome == LookupOutcome::unknown_host);
    CHECK(worker.loop.kept_alive_by() == 0);
}

TEST_CASE("more requests than a host may have waiting are answered at once") {
    Waiting worker;
    const auto requests = worker.ask_many(limits::kHostWaiters);
    CHECK_FALSE(requests.back().is_answered());
    const LookupResult result = worker.answer_for();
    CHECK(result.outcome == LookupOutcome::unavailable);
    CHECK(result.retry_after == 1);
    CHECK(worker.lookup->waiters() == limits::kHostWaiters);
}

TEST_CASE("more requests than a worker may have waiting are answered at once") {
    Waiting worker;
    std::vector<std::vector<TestRequest>> requests;
    for (unsigned i = 0; i < limits::kLookupWaiters / limits::kHostWaiters; ++i) {
        requests.push_back(worker.ask_many(limits::kHostWaiters, host_uuid(i)));
    }
    CHECK(worker.lookup->waiters() == limits::kLookupWaiters);
    CHECK(worker.answer_for(host_uuid(99)).outcome == LookupOutcome::unavailable);
    requests.clear();
    CHECK(worker.lookup->waiters() == 0);
}

TEST_CASE("more questions than a worker may have under way are not asked") {
    Waiting worker;
    std::vector<TestRequest> requests;
    for (unsigned i = 0; i < limits::kLookupQuestions; ++i) {
        requests.push_back(worker.ask(host_uuid(i)));
    }
    CHECK_FALSE(requests.back().is_answered());
    CHECK(worker.answer_for(host_uuid(9999)).outcome == LookupOutcome::unavailable);
    CHECK(worker.source.asked.size() == limits::kLookupQuestions);
    worker.source.answer_all();
    CHECK(worker.lookup->questions() == 0);
}

TEST_CASE("refreshes that nobody waits for leave room for questions that somebody waits for") {
    LookupFixture worker;
    constexpr unsigned kHosts = limits::kLookupQuestions + 10;
    for (unsigned i = 0; i < kHosts; ++i) {
        worker.source.hosts[host_uuid(i)] = {"ACME", {}, {"acme/own"}};
        worker.answer_for(host_uuid(i));
    }
    worker.loop.pass(4 * 60'000 + 15'000);  // due, but fresh
    worker.source.at_once = false;
    worker.source.asked.clear();
    for (unsigned i = 0; i < kHosts; ++i) {
        CHECK(worker.answer_for(host_uuid(i)).how == CacheUse::hit);
    }
    CHECK(worker.source.times("public") == 1);  // which all of them need
    CHECK(worker.source.asked.size() == worker.settings.connections + 1);

    TestRequest stranger = worker.ask(kHost);
    CHECK_FALSE(stranger.is_answered());
    CHECK(worker.source.times("host " + kHost) == 1);
    worker.source.answer_all();
    CHECK(stranger.result().outcome == LookupOutcome::known);
    CHECK(worker.answer_for(host_uuid(kHosts - 1)).how == CacheUse::hit);
    worker.loop.pass(1'000);
    CHECK(worker.answer_for(host_uuid(kHosts - 1)).how == CacheUse::hit);
    CHECK(worker.source.times("host " + host_uuid(kHosts - 1)) == 1);  // its turn has come
}

TEST_CASE("ten thousand aborted requests leave nothing in the zone that grows") {
    Waiting worker;
    for (unsigned i = 0; i < 10'000; ++i) {
        { const TestRequest request = worker.ask(host_uuid(i % 50)); }
        if (i % 7 == 0) {
            worker.source.answer_all();
        }
    }
    worker.source.answer_all();
    worker.loop.pass(10'000);
    CHECK(worker.is_idle());
    CHECK(worker.cache->statistics().hosts == 50);
    CHECK(worker.cache->statistics().resets == 0);
}

TEST_CASE("two workers ask once between them") {
    TwoWaiting workers;
    const TestRequest one = workers.one.ask();
    const TestRequest two = workers.two.ask();
    workers.loop.pass(300);
    CHECK(workers.source.asked.size() == 1);
    for (int i = 0; i < 10 && !(one.is_answered() && two.is_answered()); ++i) {
        workers.source.answer_all();
        workers.loop.pass(250);
    }
    CHECK(one.result().how == CacheUse::miss);
    CHECK(two.result().how == CacheUse::joined);
    CHECK(two.result().access->lists("acme/library/base"));
    CHECK(workers.source.asked.size() == 4);
}

TEST_CASE("when the worker that asks fails, those who wait in others are told, and do not ask") {
    TwoWaiting workers;
    workers.source.status = LookupStatus::unavailable;
    const TestRequest one = workers.one.ask();
    const TestRequest two = workers.two.ask();
    workers.loop.pass(1'000);
    workers.source.answer_all();
    workers.loop.pass(250);
    CHECK(one.result().outcome == LookupOutcome::unavailable);
    CHECK(two.result().outcome == LookupOutcome::unavailable);
    CHECK(workers.source.asked.size() == 1);
}

TEST_CASE("when the worker that asks is gone, another one asks") {
    TwoWaiting workers;
    const TestRequest one = workers.one.ask();
    const TestRequest two = workers.two.ask();
    SECTION("killed") {
        workers.zone.dead.insert(1);
    }
    SECTION("ended") {
        workers.one.lookup.reset();
    }
    workers.loop.pass(300);
    CHECK(workers.source.times("host " + kHost) == 2);
    workers.source.answer_all();
    CHECK(two.result().outcome == LookupOutcome::known);
}

TEST_CASE("a worker whose question nobody answers does not keep others longer than their time") {
    TwoWaiting workers;
    const TestRequest one = workers.one.ask();
    const TestRequest two = workers.two.ask();
    workers.loop.pass(7'000);
    CHECK(one.result().outcome == LookupOutcome::unavailable);
    CHECK(two.result().outcome == LookupOutcome::unavailable);
}

TEST_CASE("only one worker refreshes") {
    TwoWaiting workers;
    workers.source.at_once = true;
    workers.one.answer_for();
    workers.two.answer_for();
    workers.source.asked.clear();
    workers.source.at_once = false;
    workers.loop.pass(255'000);
    CHECK(workers.one.answer_for().how == CacheUse::hit);
    CHECK(workers.two.answer_for().how == CacheUse::hit);
    CHECK(workers.source.asked.size() == 4);
    CHECK(workers.two.lookup->questions() == 0);
}

TEST_CASE("who comes after a purge is not given what was asked for before it") {
    Waiting worker;
    const TestRequest before = worker.ask();
    SECTION("of the host") {
        worker.cache->purge_host(kHost);
    }
    SECTION("of all") {
        worker.cache->purge_all();
    }
    worker.source.hosts[kHost].environments.pop_back();
    const TestRequest after = worker.ask();
    CHECK(worker.source.times("host " + kHost) == 2);
    worker.source.answer_all();
    worker.loop.pass(250);
    worker.source.answer_all();
    CHECK(before.result().outcome == LookupOutcome::known);
    CHECK(after.result().outcome == LookupOutcome::known);
    CHECK(worker.is_idle());
}

TEST_CASE("after a reload with other settings nothing of the old ones is used") {
    Waiting worker;
    worker.source.at_once = true;
    worker.answer_for();
    LookupSettings changed = test_settings();
    changed.user = "another";
    TestWorker reloaded(worker.zone, worker.loop, worker.source, 2, changed);
    worker.source.asked.clear();
    CHECK(reloaded.answer_for().how == CacheUse::miss);
    CHECK(worker.source.asked.size() == 4);
    CHECK(worker.answer_for().how == CacheUse::hit);  // the old worker goes on with its own
    TestWorker same(worker.zone, worker.loop, worker.source, 3);
    CHECK(same.answer_for().how == CacheUse::hit);
}

TEST_CASE("an open circuit: nobody waits, one line says so, one says that it is over") {
    Waiting worker;
    worker.source.at_once = true;
    worker.answer_for();
    worker.loop.pass(300'000);
    open_circuit(worker);
    REQUIRE(worker.log.size() == 1);
    CHECK(worker.log[0].find("https://foreman.example.com does not answer: connection refused") !=
          std::string::npos);
    worker.source.at_once = false;
    CHECK(worker.answer_for().how == CacheUse::stale);
    const LookupResult other = worker.answer_for(host_uuid(1));
    CHECK(other.outcome == LookupOutcome::unavailable);
    CHECK(other.retry_after == 5);
    CHECK(worker.source.asked.empty());

    worker.loop.pass(5'000);
    const TestRequest probe = worker.ask(host_uuid(1));
    CHECK_FALSE(probe.is_answered());
    CHECK(worker.answer_for(host_uuid(2)).outcome == LookupOutcome::unavailable);
    CHECK(worker.source.asked.size() == 1);
    worker.source.status = LookupStatus::found;
    worker.source.answer_all();
    CHECK(probe.result().outcome == LookupOutcome::unknown_host);
    REQUIRE(worker.log.size() == 2);
    CHECK(worker.log[1] == "lookup \"katello\": https://foreman.example.com answers again");
    const TestRequest back = worker.ask();
    CHECK_FALSE(back.is_answered());  // stale no more
    worker.source.answer_all();
    CHECK(back.result().how == CacheUse::miss);
}

TEST_CASE("one refusal opens the circuit, with a line that says what to check") {
    Waiting worker;
    worker.source.at_once = true;
    worker.source.status = LookupStatus::refused;
    worker.source.message = "HTTP 401";
    CHECK(worker.answer_for().outcome == LookupOutcome::unavailable);
    CHECK(worker.answer_for(host_uuid(1)).outcome == LookupOutcome::unavailable);
    CHECK(worker.source.asked.size() == 1);
    REQUIRE(worker.log.size() == 1);
    CHECK(worker.log[0].find("refuses this proxy: HTTP 401") != std::string::npos);
    for (int second = 0; second < 300; ++second) {
        worker.loop.pass(1'000);
        worker.answer_for(host_uuid(static_cast<unsigned>(second)));
    }
    CHECK(worker.source.asked.size() <= 11);  // Foreman locks out after 30 in five minutes
    CHECK(worker.log.size() == 1);
}

TEST_CASE("a refusal ends all questions under way: Foreman counts refused logins") {
    Waiting worker;
    worker.source.at_once = true;
    worker.answer_for();
    worker.loop.pass(300'000);
    worker.source.at_once = false;
    worker.source.asked.clear();
    const TestRequest known = worker.ask();
    std::vector<TestRequest> requests;
    for (unsigned i = 0; i < 100; ++i) {
        requests.push_back(worker.ask(host_uuid(i)));
    }
    TestWorker other(worker.zone, worker.loop, worker.source, 2);
    const TestRequest elsewhere = other.ask(host_uuid(7));
    CHECK(worker.source.asked.size() == 101);

    worker.source.status = LookupStatus::refused;
    worker.source.message = "HTTP 401";
    worker.source.answer();
    CHECK(worker.source.under_way() == 0);
    worker.loop.pass(250);
    CHECK(known.result().how == CacheUse::stale);
    for (const TestRequest& request : requests) {
        REQUIRE(request.result().outcome == LookupOutcome::unavailable);
        REQUIRE(request.result().retry_after == 30);
    }
    CHECK(elsewhere.result().outcome == LookupOutcome::unavailable);
    CHECK(worker.source.asked.size() == 101);
    CHECK(worker.log.size() == 1);
    CHECK(worker.is_idle());

    // One question each half minute from now on, whoever asks.
    worker.loop.pass(30'000);
    const TestRequest probe = worker.ask(host_uuid(1));
    CHECK(worker.source.under_way() == 1);
    worker.source.status = LookupStatus::found;
    worker.source.answer_all();
    CHECK(probe.result().outcome == LookupOutcome::unknown_host);
}

TEST_CASE("a refusal that ends the lookup ends it safely") {
    Waiting worker;
    std::vector<HostLookup::Waiter> waiters;
    for (unsigned i = 0; i < 20; ++i) {
        waiters.push_back(worker.lookup->ask({host_uuid(i), "", ""},
                                             [&](const LookupResult&) { worker.lookup.reset(); }));
    }
    worker.source.status = LookupStatus::refused;
    worker.source.answer();
    worker.loop.pass(250);
    CHECK(worker.lookup == nullptr);
    CHECK(worker.source.under_way() == 0);
    CHECK(worker.loop.timers_set() == 0);
}

TEST_CASE("what can't be stored is used all the same, and reported") {
    LookupScene scene(64u << 10);
    scene.source.hosts[kHost] = {"ACME", {}, many_names("dev", 2'000)};
    TestWorker worker(scene.zone, scene.loop, scene.source);
    const LookupResult result = worker.answer_for();
    CHECK(result.outcome == LookupOutcome::known);
    CHECK(result.access->own_names().size() == 2'000);
    REQUIRE(worker.log.size() == 1);
    CHECK(worker.log[0].find("certguard_zone") != std::string::npos);
}

TEST_CASE("what can't be stored is kept by the worker, and not asked for by every request") {
    const bool at_once = GENERATE(true, false);
    LookupScene scene(64u << 10);
    scene.source.hosts[kHost] = {"ACME", {}, many_names("dev", 2'000)};
    scene.source.at_once = at_once;
    TestWorker worker(scene.zone, scene.loop, scene.source);
    TestRequest first = worker.ask();
    scene.source.answer_all();
    REQUIRE(first.result().outcome == LookupOutcome::known);
    for (int i = 0; i < 100; ++i) {
        const LookupResult result = worker.answer_for();
        REQUIRE(result.how == CacheUse::hit);
        REQUIRE(result.access->lists("acme/dev/web/product/repository1"));
        REQUIRE(worker.lookup->peek(kHost, "acme/dev/web/product/repository1")->listed);
    }
    CHECK(scene.source.times("host " + kHost) == 1);

    scene.source.hosts.clear();
    worker.cache->purge_host(kHost);
    TestRequest second = worker.ask();
    scene.source.answer_all();
    CHECK(second.result().outcome == LookupOutcome::unknown_host);
}

namespace {

/// A source that answers after 50 ms and counts its questions for all processes.
class SlowSource final : public LookupSource {
  public:
    SlowSource(EventLoop& loop, std::atomic<int>& asked) : loop_(loop), asked_(asked) {}

    std::unique_ptr<Pending> ask_host(const HostQuestion&, Done<HostAnswer> done) override {
        return later([done] { done({LookupStatus::found, {"ACME", {{"Dev", "1"}}, {}}, {}}); });
    }
    std::unique_ptr<Pending> ask_environment(std::string_view, Done<NameList> done) override {
        return later([done] { done({LookupStatus::found, {"acme/dev"}, {}}); });
    }
    std::unique_ptr<Pending> ask_public(Done<NameList> done) override {
        return later([done] { done({LookupStatus::found, {}, {}}); });
    }

  private:
    struct Later final : Pending {
        std::unique_ptr<EventLoop::Timer> timer;
    };
    std::unique_ptr<Pending> later(std::function<void()> work) {
        asked_.fetch_add(1);
        auto pending = std::make_unique<Later>();
        pending->timer = loop_.timer(std::move(work));
        pending->timer->set(50, false);
        return pending;
    }

    EventLoop& loop_;
    std::atomic<int>& asked_;
};

/// A worker process: asks 250 times, and exits with 0 when all answers are right.
int run_worker(TestZone& zone, std::atomic<int>& asked) {
    PollEventLoop loop;
    SlowSource source(loop, asked);
    SharedTestMemory memory(zone);
    const auto cache = AccessCache::attach(memory);
    HostLookup lookup(test_settings(), source, *cache, loop, [](LogLevel, const std::string&) {});
    int right = 0;
    std::vector<HostLookup::Waiter> waiters;
    for (int i = 0; i < 250; ++i) {
        waiters.push_back(lookup.ask({kHost, "", ""}, [&](const LookupResult& result) {
            right += result.access && result.access->lists("acme/dev") ? 1 : 0;
        }));
    }
    loop.run_until([&] { return right == 250; }, std::chrono::seconds(60));
    return right == 250 ? 0 : 1;
}

}  // namespace

TEST_CASE("a thousand first requests in four processes are one question each, all answered right") {
    TestZone zone(1u << 20);
    void* const page = ::mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(page != MAP_FAILED);
    auto& asked = *new (page) std::atomic<int>(0);
    std::vector<pid_t> children;
    for (int i = 0; i < 4; ++i) {
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            ::_exit(run_worker(zone, asked));
        }
        children.push_back(child);
    }
    for (pid_t child : children) {
        int status = -1;
        ::waitpid(child, &status, 0);
        CHECK(status == 0);
    }
    CHECK(asked.load() == 3);
    ::munmap(page, sizeof(std::atomic<int>));
}
