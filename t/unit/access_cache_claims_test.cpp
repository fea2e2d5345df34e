#include "cache_fixture.hpp"

using namespace certguard;

namespace {

constexpr std::uint64_t kNow = 1'000'000;
constexpr std::uint64_t kOpenFor = limits::kCircuitOpenFor.count();
constexpr std::uint64_t kRefusedFor = limits::kRefusedOpenFor.count();
using Outcome = Begun::Outcome;

struct TwoWorkers {
    CacheFixture one;
    OtherProcess two{one};

    Begun begin(CacheProcess& worker, std::uint64_t now, std::uint64_t waiting = 0) {
        auto question = worker.question(kHost, now);
        question.waiting = waiting == 0 ? now : waiting;
        return worker->begin(worker.user, question, now);
    }
    CircuitChange finish(CacheProcess& worker, const Begun& begun, LookupStatus status,
                         std::uint64_t now) {
        return worker->finish(worker.user, worker.question(kHost, now), begun, status, now);
    }
    CircuitChange ask_in_vain(CacheProcess& worker, LookupStatus status, std::uint64_t now) {
        const Begun begun = begin(worker, now);
        REQUIRE(begun.outcome == Outcome::ask);
        return finish(worker, begun, status, now);
    }
    /// Another host's question ends like this.
    CircuitChange ask_about(unsigned host, LookupStatus status, std::uint64_t now) {
        const auto question = two.question(host_uuid(host), now);
        const Begun begun = two->begin(two.user, question, now);
        REQUIRE(begun.outcome == Outcome::ask);
        return two->finish(two.user, question, begun, status, now);
    }
    void open_circuit(std::uint64_t now) {
        for (unsigned i = 0; i < limits::kFailuresInARow; ++i) {
            ask_in_vain(one, LookupStatus::unavailable, now);
        }
    }
};

}  // namespace

TEST_CASE("a question is asked by one worker; the others wait") {
    TwoWorkers workers;
    const Begun first = workers.begin(workers.one, kNow);
    CHECK(first.outcome == Outcome::ask);
    CHECK(workers.begin(workers.two, kNow + 1).outcome == Outcome::wait);

    SECTION("until it is answered") {
        workers.finish(workers.one, first, LookupStatus::found, kNow + 2);
        CHECK(workers.begin(workers.two, kNow + 3).outcome == Outcome::ask);
    }
    SECTION("until it is given up") {
        workers.one->give_up(workers.one.user, workers.one.question(kHost, kNow), first, kNow + 2);
        CHECK(workers.begin(workers.two, kNow + 3).outcome == Outcome::ask);
    }
    SECTION("until the claim is over") {
        CHECK(workers.begin(workers.two, kNow + 6'999).outcome == Outcome::wait);
        CHECK(workers.begin(workers.two, kNow + 7'000).outcome == Outcome::ask);
    }
    SECTION("until its worker is dead") {
        workers.one.zone.dead.insert(1);
        CHECK(workers.begin(workers.two, kNow + 2).outcome == Outcome::ask);
    }
    SECTION("until the host is purged") {
        workers.two->purge_host(kHost);
        CHECK(workers.begin(workers.two, kNow + 2).outcome == Outcome::ask);
        // The first one's end does not end the second one's claim.
        workers.finish(workers.one, first, LookupStatus::found, kNow + 3);
        CHECK(workers.begin(workers.one, kNow + 4).outcome == Outcome::wait);
    }
    SECTION("until everything is purged") {
        workers.two->purge_all();
        CHECK(workers.begin(workers.two, kNow + 2).outcome == Outcome::ask);
    }
}

TEST_CASE("nobody waits for itself") {
    TwoWorkers workers;
    CHECK(workers.begin(workers.one, kNow).outcome == Outcome::ask);
    CHECK(workers.begin(workers.one, kNow + 1).outcome == Outcome::ask);
}

TEST_CASE("different questions do not wait for each other") {
    TwoWorkers workers;
    workers.begin(workers.one, kNow);
    auto& two = workers.two;
    CHECK(two->begin(two.user, two.question(host_uuid(2), kNow), kNow).outcome == Outcome::ask);
    AccessCache::Question environment = two.question(kHost, kNow);
    environment.id.kind = RecordKind::environment;
    CHECK(two->begin(two.user, environment, kNow).outcome == Outcome::ask);
    CacheUser changed{{43}, 0};
    CHECK(two->begin(changed, two.question(kHost, kNow), kNow).outcome == Outcome::ask);
}

TEST_CASE("a failure is told to those who waited for it, and to nobody else") {
    TwoWorkers workers;
    const Begun first = workers.begin(workers.one, kNow);
    CHECK(workers.begin(workers.two, kNow + 10).outcome == Outcome::wait);
    const auto status = GENERATE(LookupStatus::refused, LookupStatus::unavailable);
    workers.finish(workers.one, first, status, kNow + 5'000);
    const Begun waited = workers.begin(workers.two, kNow + 5'100, kNow + 10);
    CHECK(waited.outcome == Outcome::failed);
    CHECK(waited.failure == status);
    const Begun came_later = workers.begin(workers.two, kNow + 5'100);
    CHECK(came_later.outcome == (status == LookupStatus::refused ? Outcome::closed : Outcome::ask));
}

TEST_CASE("more questions than the table has places for are all asked") {
    CacheFixture cache(64u << 10);
    for (unsigned i = 0; i < 2'000; ++i) {
        const Begun begun = cache->begin(cache.user, cache.question(host_uuid(i), kNow), kNow);
        REQUIRE(begun.outcome == Outcome::ask);
    }
    CHECK(cache->statistics().resets == 0);
}

TEST_CASE("five failures in a row open the circuit for all workers") {
    TwoWorkers workers;
    for (unsigned i = 1; i < limits::kFailuresInARow; ++i) {
        CHECK(workers.ask_in_vain(i % 2 == 0 ? static_cast<CacheProcess&>(workers.one)
                                             : static_cast<CacheProcess&>(workers.two),
                                  LookupStatus::unavailable, kNow) == CircuitChange::none);
    }
    CHECK(workers.ask_in_vain(workers.one, LookupStatus::unavailable, kNow) ==
          CircuitChange::opened);
    const Begun begun = workers.begin(workers.two, kNow + 1'000);
    CHECK(begun.outcome == Outcome::closed);
    CHECK(begun.retry_after == 4'000);
}

TEST_CASE("an answer in between starts the count anew") {
    TwoWorkers workers;
    for (unsigned i = 0; i < 3 * limits::kFailuresInARow; ++i) {
        const auto status = i % limits::kFailuresInARow == 0 ? LookupStatus::unknown_host
                                                             : LookupStatus::unavailable;
        CHECK(workers.ask_in_vain(workers.one, status, kNow) == CircuitChange::none);
    }
}

TEST_CASE("questions that wait while others are answered do not accuse the source") {
    TwoWorkers workers;
    const auto fail = [&](unsigned host, std::uint64_t asked_at, std::uint64_t now) {
        auto& two = workers.two;
        const auto question = two.question(host_uuid(host), asked_at);
        const Begun begun = two->begin(two.user, question, asked_at);
        REQUIRE(begun.outcome == Outcome::ask);
        return two->finish(two.user, question, begun, LookupStatus::unavailable, now);
    };
    workers.finish(workers.one, workers.begin(workers.one, kNow), LookupStatus::found, kNow + 100);
    for (unsigned i = 0; i < 3 * limits::kFailuresInARow; ++i) {
        CHECK(fail(i, kNow + 99, kNow + 5'000) == CircuitChange::none);
    }
    for (unsigned i = 1; i < limits::kFailuresInARow; ++i) {
        CHECK(fail(100 + i, kNow + 100, kNow + 5'001) == CircuitChange::none);
    }
    CHECK(fail(100, kNow + 100, kNow + 5'001) == CircuitChange::opened);
}

TEST_CASE("an open circuit lets one question through every few seconds") {
    TwoWorkers workers;
    workers.open_circuit(kNow);
    CHECK(workers.begin(workers.one, kNow + kOpenFor - 1).outcome == Outcome::closed);
    const Begun probe = workers.begin(workers.one, kNow + kOpenFor);
    REQUIRE(probe.outcome == Outcome::ask);
    CHECK(probe.probe);
    auto& two = workers.two;
    const auto other = two.question(host_uuid(2), kNow + 5'001);
    CHECK(two->begin(two.user, other, kNow + 5'001).outcome == Outcome::closed);

    SECTION("an answer closes it") {
        CHECK(workers.finish(workers.one, probe, LookupStatus::found, kNow + 5'100) ==
              CircuitChange::closed);
        CHECK(two->begin(two.user, other, kNow + 5'101).outcome == Outcome::ask);
    }
    SECTION("a failure keeps it open, without another message") {
        CHECK(workers.finish(workers.one, probe, LookupStatus::unavailable, kNow + 9'000) ==
              CircuitChange::none);
        CHECK(two->begin(two.user, other, kNow + 13'999).outcome == Outcome::closed);
        CHECK(two->begin(two.user, other, kNow + 14'000).outcome == Outcome::ask);
    }
    SECTION("a probe that is given up leaves its place to the next") {
        workers.one->give_up(workers.one.user, workers.one.question(kHost, kNow), probe,
                             kNow + 5'100);
        CHECK(two->begin(two.user, other, kNow + 5'101).probe);
    }
    SECTION("a probe whose worker died, too, in time") {
        CHECK(two->begin(two.user, other, kNow + 12'000).probe);
    }
}

TEST_CASE("a question that fails however often it is asked opens the circuit for nobody") {
    TwoWorkers workers;
    for (unsigned i = 0; i < 3 * limits::kFailuresInARow; ++i) {
        CHECK(workers.ask_in_vain(workers.one, LookupStatus::failed, kNow) == CircuitChange::none);
    }
    CHECK(workers.one->circuit(workers.one.user, kNow).failures == 1);

    SECTION("while as many different ones do") {
        for (unsigned i = 2; i < limits::kFailuresInARow; ++i) {
            CHECK(workers.ask_about(i, LookupStatus::failed, kNow) == CircuitChange::none);
            CHECK(workers.ask_about(i, LookupStatus::failed, kNow) == CircuitChange::none);
        }
        CHECK(workers.ask_about(99, LookupStatus::failed, kNow) == CircuitChange::opened);
    }
    SECTION("while no answer at all counts each time") {
        for (unsigned i = 2; i < limits::kFailuresInARow; ++i) {
            CHECK(workers.ask_in_vain(workers.one, LookupStatus::unavailable, kNow) ==
                  CircuitChange::none);
        }
        CHECK(workers.ask_in_vain(workers.one, LookupStatus::unavailable, kNow) ==
              CircuitChange::opened);
    }
    SECTION("also after an answer") {
        CHECK(workers.ask_about(1, LookupStatus::found, kNow) == CircuitChange::none);
        CHECK(workers.ask_in_vain(workers.one, LookupStatus::failed, kNow) == CircuitChange::none);
        CHECK(workers.one->circuit(workers.one.user, kNow).failures == 1);
    }
}

TEST_CASE("as a probe it keeps nobody else from asking") {
    TwoWorkers workers;
    for (unsigned i = 1; i < limits::kFailuresInARow; ++i) {
        workers.ask_about(i, LookupStatus::failed, kNow);
    }
    CHECK(workers.ask_in_vain(workers.one, LookupStatus::failed, kNow) == CircuitChange::opened);
    const Begun probe = workers.begin(workers.one, kNow + 5'000);
    REQUIRE(probe.probe);
    CHECK(workers.finish(workers.one, probe, LookupStatus::failed, kNow + 5'100) ==
          CircuitChange::none);
    const Begun next = workers.begin(workers.two, kNow + 5'101);
    REQUIRE(next.probe);
    CHECK(workers.finish(workers.two, next, LookupStatus::found, kNow + 5'102) ==
          CircuitChange::closed);
}

TEST_CASE("a refusal opens the circuit at once and for longer") {
    TwoWorkers workers;
    CHECK(workers.ask_in_vain(workers.one, LookupStatus::refused, kNow) == CircuitChange::opened);
    CHECK(workers.begin(workers.two, kNow + kRefusedFor - 1).outcome == Outcome::closed);
    const Begun probe = workers.begin(workers.two, kNow + kRefusedFor);
    CHECK(probe.probe);
    CHECK(workers.finish(workers.two, probe, LookupStatus::refused, kNow + kRefusedFor + 1) ==
          CircuitChange::none);
    CHECK(workers.begin(workers.two, kNow + 2 * kRefusedFor).outcome == Outcome::closed);
}

TEST_CASE("a source that is back but refuses is reported as such") {
    TwoWorkers workers;
    workers.open_circuit(kNow);
    const Begun probe = workers.begin(workers.one, kNow + 5'000);
    CHECK(workers.finish(workers.one, probe, LookupStatus::refused, kNow + 5'001) ==
          CircuitChange::opened);
}

TEST_CASE("each lookup has a circuit of its own") {
    TwoWorkers workers;
    workers.open_circuit(kNow);
    CacheUser other{{43}, 0};
    CHECK(workers.one->begin(other, workers.one.question(kHost, kNow), kNow).outcome ==
          Outcome::ask);
}
