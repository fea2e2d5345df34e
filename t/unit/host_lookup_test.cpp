// Freshness, staleness and failures: the rows of the lookup's table, one after the other.
#include "certguard/host_lookup.hpp"

#include "lookup_fixture.hpp"

using namespace certguard;

namespace {

constexpr std::uint64_t kMinute = 60'000;
// `fresh` is five minutes less up to a tenth; 80 percent of it is where refreshing begins.
constexpr std::uint64_t kSurelyNotDue = 3 * kMinute;
constexpr std::uint64_t kDueButFresh = 4 * kMinute + 15'000;
constexpr std::uint64_t kSurelyOver = 5 * kMinute;

/// A worker that has learned about the host long enough ago for PASSED.
struct Known : LookupFixture {
    explicit Known(std::uint64_t passed, const LookupSettings& settings = test_settings())
        : LookupFixture(settings) {
        REQUIRE(answer_for().outcome == LookupOutcome::known);
        REQUIRE(source.asked.size() == 4);
        source.asked.clear();
        loop.pass(passed);
    }
};

}  // namespace

TEST_CASE("a first request asks for the host, its environments and the public names") {
    LookupFixture worker;
    const LookupResult result = worker.answer_for();
    CHECK(worker.source.asked == std::vector<std::string>{"host " + kHost, "environment 7:5",
                                                          "environment 1:1", "public"});
    CHECK(worker.source.certificate_pem == "PEM of " + kHost);
    REQUIRE(result.outcome == LookupOutcome::known);
    CHECK(result.how == CacheUse::miss);
    CHECK(result.message.empty());
    const HostAccess& access = *result.access;
    CHECK(access.organization() == "ACME");
    REQUIRE(access.environments().size() == 2);
    CHECK(access.environments()[0].label == "Dev/web");
    CHECK(access.lists("acme/dev/web/nginx"));
    CHECK(access.lists("acme/library/base"));
    CHECK_FALSE(access.lists("acme/open"));
    CHECK(access.is_public("acme/open"));
    CHECK(access.may_pull("acme/open"));
    CHECK_FALSE(access.may_pull("acme/dev/web/ngin"));
    CHECK(access.own_names() ==
          NameList{"acme/dev/web/nginx", "acme/dev/web/redis", "acme/library/base"});
    CHECK(access.pullable_names() ==
          NameList{"acme/dev/web/nginx", "acme/dev/web/redis", "acme/library/base", "acme/open"});
}

TEST_CASE("sources that give a host's names directly need no environments") {
    LookupFixture worker;
    worker.source.hosts[kHost] = {"", {}, {"acme/own"}};
    const LookupResult result = worker.answer_for();
    CHECK(worker.source.asked == std::vector<std::string>{"host " + kHost, "public"});
    CHECK(result.access->lists("acme/own"));
    CHECK(result.access->organization().empty());
}

TEST_CASE("an environment that has nothing to ask for is not asked about") {
    LookupFixture worker;
    worker.source.hosts[kHost] = {"ACME", {{"Dev/web", ""}}, {}};
    const LookupResult result = worker.answer_for();
    CHECK(worker.source.asked == std::vector<std::string>{"host " + kHost, "public"});
    CHECK(result.access->environments()[0].label == "Dev/web");
}

TEST_CASE("while an answer is fresh nobody is asked") {
    Known worker(kSurelyNotDue);
    for (int i = 0; i < 10; ++i) {
        const LookupResult result = worker.answer_for();
        CHECK(result.how == CacheUse::hit);
        CHECK(result.lookup_time == 0);
        CHECK(result.access->lists("acme/library/base"));
    }
    CHECK(worker.source.asked.empty());
    CHECK(worker.log.empty());
}

TEST_CASE("in the last fifth of its freshness the next request has an answer refreshed") {
    Known worker(kDueButFresh);
    worker.source.at_once = false;
    worker.source.environments["1:1"] = {"acme/library/other"};
    CHECK(worker.answer_for().how == CacheUse::hit);
    CHECK(worker.source.under_way() == 4);
    CHECK(worker.answer_for().how == CacheUse::hit);
    CHECK(worker.source.asked.size() == 4);

    worker.source.answer_all();
    const LookupResult refreshed = worker.answer_for();
    CHECK(refreshed.how == CacheUse::hit);
    CHECK(refreshed.access->lists("acme/library/other"));
    CHECK_FALSE(refreshed.access->lists("acme/library/base"));
    worker.loop.pass(kSurelyNotDue);
    CHECK(worker.answer_for().how == CacheUse::hit);
    CHECK(worker.source.asked.size() == 4);
}

TEST_CASE("nobody waits for a refresh, and its failure changes nothing yet") {
    Known worker(kDueButFresh);
    worker.source.status = LookupStatus::unavailable;
    CHECK(worker.answer_for().how == CacheUse::hit);
    CHECK(worker.source.asked.size() == 4);
    CHECK(worker.answer_for().access->lists("acme/library/base"));
}

TEST_CASE("once an answer is no longer fresh, requests wait for the source") {
    Known worker(kSurelyOver);
    worker.source.at_once = false;
    worker.source.environments["1:1"].clear();
    const TestRequest request = worker.ask();
    CHECK_FALSE(request.is_answered());
    worker.loop.pass(300);
    worker.source.answer_all();
    CHECK(request.result().how == CacheUse::miss);
    CHECK(request.result().lookup_time == 300);
    CHECK_FALSE(request.result().access->lists("acme/library/base"));
}

TEST_CASE("what Katello takes away is gone after `fresh`, in every worker") {
    Known worker(kSurelyNotDue);
    FakeLoop& loop = worker.loop;
    TestWorker other(worker.zone, loop, worker.source, 2);
    CHECK(other.answer_for().access->lists("acme/library/base"));
    worker.source.environments["1:1"].clear();
    loop.pass(kSurelyOver - kSurelyNotDue);
    CHECK_FALSE(other.answer_for().access->lists("acme/library/base"));
    CHECK_FALSE(worker.answer_for().access->lists("acme/library/base"));
}

TEST_CASE("only when the source fails to answer, a stale answer is used") {
    Known worker(kSurelyOver);
    worker.source.status = GENERATE(LookupStatus::unavailable, LookupStatus::refused);
    const LookupResult result = worker.answer_for();
    CHECK(result.outcome == LookupOutcome::known);
    CHECK(result.how == CacheUse::stale);
    CHECK(result.access->lists("acme/library/base"));
    CHECK_FALSE(worker.source.asked.empty());
}

TEST_CASE("while a source fails about a host, it is not asked for every request") {
    Known worker(kSurelyOver);
    worker.source.status = LookupStatus::failed;
    worker.source.at_once = GENERATE(true, false);
    const TestRequest request = worker.ask();
    worker.source.answer_all();
    CHECK(request.result().how == CacheUse::stale);
    worker.source.asked.clear();
    for (int i = 0; i < 249; ++i) {
        CHECK(worker.answer_for().how == CacheUse::stale);
        worker.loop.pass(1);
    }
    CHECK(worker.source.asked.empty());
    worker.loop.pass(1);
    const TestRequest next = worker.ask();
    CHECK_FALSE(worker.source.asked.empty());
}

TEST_CASE("a stale answer may be used for `stale`, not longer") {
    Known worker(kSurelyOver + 54 * kMinute);
    worker.source.status = LookupStatus::unavailable;
    CHECK(worker.answer_for().how == CacheUse::stale);
    worker.loop.pass(6 * kMinute);
    const LookupResult result = worker.answer_for();
    CHECK(result.outcome == LookupOutcome::unavailable);
    CHECK(result.access == nullptr);
    CHECK(result.retry_after >= 1);
    CHECK(result.message == "connection refused");
}

TEST_CASE("with stale: 0 nothing stale is ever used") {
    LookupSettings settings = test_settings();
    settings.stale = std::chrono::milliseconds(0);
    Known worker(kSurelyOver, settings);
    worker.source.status = LookupStatus::unavailable;
    CHECK(worker.answer_for().outcome == LookupOutcome::unavailable);
}

TEST_CASE("when one part can be had and another only stale, the answer is stale") {
    Known worker(kSurelyOver);
    worker.source.at_once = false;
    const TestRequest request = worker.ask();
    worker.source.answer();  // the host
    worker.source.answer();  // one environment
    worker.source.status = LookupStatus::unavailable;
    worker.source.answer_all();
    CHECK(request.result().how == CacheUse::stale);
    CHECK(request.result().access->lists("acme/library/base"));
}

TEST_CASE("when a part can't be had at all, the lookup is unavailable, not a shorter list") {
    LookupFixture worker;
    worker.source.at_once = false;
    const TestRequest request = worker.ask();
    worker.source.answer();  // the host
    worker.source.answer();  // one environment
    worker.source.status = LookupStatus::unavailable;
    worker.source.answer();  // the other one
    CHECK(request.result().outcome == LookupOutcome::unavailable);
    CHECK(request.result().message == "connection refused");
}

TEST_CASE("an unknown host is remembered for `unknown`") {
    LookupFixture worker;
    worker.source.hosts.clear();
    const LookupResult first = worker.answer_for();
    CHECK(first.outcome == LookupOutcome::unknown_host);
    CHECK(first.how == CacheUse::miss);
    CHECK(first.access == nullptr);
    worker.loop.pass(29'999);
    CHECK(worker.answer_for().outcome == LookupOutcome::unknown_host);
    CHECK(worker.answer_for().how == CacheUse::hit);
    CHECK(worker.source.asked.size() == 1);
    worker.source.hosts[kHost] = {"ACME", {}, {"acme/own"}};
    worker.loop.pass(1);
    CHECK(worker.answer_for().outcome == LookupOutcome::known);
}

TEST_CASE("a host that is gone is denied, whatever was remembered of it") {
    Known worker(kSurelyOver);
    worker.source.hosts.clear();
    CHECK(worker.answer_for().outcome == LookupOutcome::unknown_host);
    worker.source.status = LookupStatus::unavailable;
    worker.loop.pass(kMinute);
    CHECK(worker.answer_for().outcome == LookupOutcome::unavailable);
}

TEST_CASE("a host that a refresh finds gone is denied at once, in every worker") {
    Known worker(kDueButFresh);
    TestWorker other(worker.zone, worker.loop, worker.source, 2);
    worker.source.at_once = false;
    CHECK(other.answer_for().outcome == LookupOutcome::known);
    worker.source.hosts.clear();
    CHECK(worker.answer_for().outcome == LookupOutcome::known);
    worker.source.answer_all();
    CHECK(worker.answer_for().outcome == LookupOutcome::unknown_host);
    CHECK(other.answer_for().outcome == LookupOutcome::unknown_host);
}

TEST_CASE("also when the zone had no room left for what was remembered of the host") {
    LookupScene scene(64u << 10);
    TestWorker first(scene.zone, scene.loop, scene.source, 1);
    TestWorker second(scene.zone, scene.loop, scene.source, 2);
    first.answer_for();
    REQUIRE(first.answer_for().how == CacheUse::hit);  // it keeps the answer for itself now
    for (unsigned i = 0; second.cache->statistics().evictions < 100; ++i) {
        scene.loop.pass(10);
        scene.source.hosts[host_uuid(i)] = {"of-" + host_uuid(i), {}, {}};
        REQUIRE(second.answer_for(host_uuid(i)).outcome == LookupOutcome::known);
    }
    scene.source.hosts.erase(kHost);
    REQUIRE(second.answer_for().how == CacheUse::miss);
    CHECK(second.answer_for().outcome == LookupOutcome::unknown_host);
    CHECK_FALSE(first.lookup->peek(kHost, "acme/library/base"));
    CHECK(first.answer_for().outcome == LookupOutcome::unknown_host);
}

TEST_CASE("an answer that can't be right is denied, reported, and asked for again soon") {
    LookupFixture worker;
    worker.source.status = LookupStatus::misconfigured;
    worker.source.message = "two hosts have this UUID";
    const LookupResult result = worker.answer_for();
    CHECK(result.outcome == LookupOutcome::misconfigured);
    CHECK(result.message == "two hosts have this UUID");
    REQUIRE(worker.log.size() == 1);
    CHECK(worker.log[0] ==
          "lookup \"katello\": https://foreman.example.com gives an answer about "
          "host " +
              kHost +
              " that can't be right: two hosts have this UUID; it "
              "is denied");
    CHECK(worker.answer_for().outcome == LookupOutcome::misconfigured);
    CHECK(worker.answer_for().message == "two hosts have this UUID");
    CHECK(worker.log.size() == 1);
    CHECK(worker.source.asked.size() == 1);
    worker.source.status = LookupStatus::found;
    worker.loop.pass(30'000);
    CHECK(worker.answer_for().outcome == LookupOutcome::known);
}

TEST_CASE("wrong public names deny, too") {
    LookupFixture worker;
    worker.source.at_once = false;
    const TestRequest request = worker.ask();
    worker.source.answer();
    worker.source.answer();
    worker.source.answer();
    worker.source.status = LookupStatus::misconfigured;
    worker.source.answer();
    CHECK(request.result().outcome == LookupOutcome::misconfigured);
    CHECK(request.result().how == CacheUse::miss);
}

TEST_CASE("a host with nothing at all is asked about again soon") {
    LookupFixture worker;
    worker.source.hosts[kHost] = {"ACME", {}, {}};
    CHECK(worker.answer_for().outcome == LookupOutcome::known);
    worker.source.hosts[kHost].repositories = {"acme/new"};
    worker.loop.pass(30'000);
    CHECK(worker.answer_for().access->lists("acme/new"));
}

TEST_CASE("jitter only shortens freshness, by a tenth at most, and differently for each host") {
    LookupSettings settings = test_settings();
    LookupFixture worker(settings);
    std::size_t over_at_95_percent = 0;
    for (unsigned i = 0; i < 100; ++i) {
        worker.source.hosts[host_uuid(i)] = {"ACME", {}, {"acme/own"}};
        REQUIRE(worker.answer_for(host_uuid(i)).outcome == LookupOutcome::known);
    }
    const auto fetched = worker.loop.now_ms();
    for (unsigned i = 0; i < 100; ++i) {
        const auto record = worker.cache->read(
            *std::make_unique<CacheUser>(CacheUser{lookup_fingerprint(settings), 0}),
            worker.cache->host_id(host_uuid(i)), fetched);
        CHECK(record.fresh_until - fetched <= 300'000);
        CHECK(record.fresh_until - fetched >= 270'000);
        CHECK(record.usable_until - record.fresh_until == 3'600'000);
        over_at_95_percent += record.fresh_until - fetched < 285'000 ? 1 : 0;
    }
    CHECK(over_at_95_percent > 25);
    CHECK(over_at_95_percent < 75);
}

TEST_CASE("ten thousand hosts in twenty environments are twenty environment questions") {
    LookupFixture worker;
    for (unsigned i = 0; i < 10'000; ++i) {
        const std::string env = std::to_string(i % 20);
        worker.source.hosts[host_uuid(i)] = {"ACME", {{"Dev/" + env, env}}, {}};
    }
    for (unsigned env = 0; env < 20; ++env) {
        worker.source.environments[std::to_string(env)] = many_names(std::to_string(env), 50);
    }
    for (unsigned i = 0; i < 10'000; ++i) {
        REQUIRE(worker.answer_for(host_uuid(i)).outcome == LookupOutcome::known);
    }
    CHECK(worker.source.asked.size() == 10'000 + 20 + 1);
    CHECK(worker.source.times("environment 7") == 1);
    CHECK(worker.source.times("public") == 1);
}

TEST_CASE("one name is told without objects, by the rules that hold for all") {
    LookupFixture worker;
    CHECK_FALSE(worker.lookup->peek(kHost, "acme/library/base"));
    worker.answer_for();
    TestWorker other(worker.zone, worker.loop, worker.source, 2);
    for (int i = 0; i < 4; ++i) {  // from the cache, then from what the worker keeps
        INFO(i);
        const auto access = other.lookup->peek(kHost, "acme/library/base");
        REQUIRE(access);
        CHECK(access->listed);
        CHECK(access->profile->organization == "ACME");
        CHECK(other.lookup->peek(kHost, "acme/open")->is_public);
        CHECK_FALSE(other.lookup->peek(kHost, "acme/secret")->may_pull());
        CHECK_FALSE(other.lookup->peek(host_uuid(1), "acme/open"));
    }
    other.memory.locked = 0;
    CHECK(other.lookup->peek(kHost, "acme/library/base")->listed);
    CHECK(other.memory.locked == 0);

    SECTION("not when it is due to be refreshed") {
        worker.loop.pass(kDueButFresh);
        CHECK_FALSE(other.lookup->peek(kHost, "acme/library/base"));
    }
    SECTION("not when it is stale") {
        worker.loop.pass(kSurelyOver);
        worker.source.status = LookupStatus::refused;
        CHECK(other.answer_for().how == CacheUse::stale);
        CHECK(other.answer_for().how == CacheUse::stale);
        CHECK_FALSE(other.lookup->peek(kHost, "acme/library/base"));
    }
    SECTION("not when it is purged") {
        worker.cache->purge_host(kHost);
        CHECK_FALSE(other.lookup->peek(kHost, "acme/library/base"));
    }
    SECTION("not when the host is unknown") {
        worker.source.hosts.clear();
        worker.cache->purge_all();
        CHECK(worker.answer_for().outcome == LookupOutcome::unknown_host);
        CHECK_FALSE(other.lookup->peek(kHost, "acme/open"));
    }
}

TEST_CASE("a hit on what the worker keeps takes no lock") {
    LookupFixture worker;
    worker.answer_for();
    worker.answer_for();
    worker.memory.locked = 0;
    for (int i = 0; i < 100; ++i) {
        CHECK(worker.answer_for().how == CacheUse::hit);
    }
    CHECK(worker.memory.locked == 0);
    CHECK(worker.cache->statistics().hits >= 100);
}

TEST_CASE("a host that a worker answers for by itself is in use, and stays in a full zone") {
    LookupScene scene(64u << 10);
    TestWorker first(scene.zone, scene.loop, scene.source, 1);
    TestWorker second(scene.zone, scene.loop, scene.source, 2);
    for (unsigned second_passed = 0; second_passed < 120; ++second_passed) {
        REQUIRE(first.answer_for().outcome == LookupOutcome::known);
        for (unsigned i = 0; i < 5; ++i) {
            const std::string uuid = host_uuid(second_passed * 5 + i);
            scene.source.hosts[uuid] = {"of-" + uuid, {}, {}};
            REQUIRE(second.answer_for(uuid).outcome == LookupOutcome::known);
        }
        scene.loop.pass(1'000);
    }
    CHECK(second.cache->statistics().evictions > 100);
    CHECK(second.answer_for().how == CacheUse::hit);
    CHECK(scene.source.times("host " + kHost) == 1);
}

TEST_CASE("where the certificate is the source, each certificate has an answer of its own") {
    LookupSettings settings = test_settings();
    settings.source = LookupSourceType::certificate;
    LookupFixture worker(settings);
    worker.source.hosts[kHost] = {"ACME", {{"Dev/web", ""}}, {}};
    std::vector<std::string> labels;
    const auto note = [&](const LookupResult& result) {
        labels.push_back(result.access->environments()[0].label);
    };
    (void)worker.lookup->ask({kHost, "one", "one"}, note);
    worker.source.hosts[kHost].environments[0].label = "Prod/web";
    (void)worker.lookup->ask({kHost, "two", "two"}, note);
    (void)worker.lookup->ask({kHost, "one", "one"}, note);
    CHECK(labels == std::vector<std::string>{"Dev/web", "Prod/web", "Dev/web"});
    CHECK_FALSE(worker.lookup->peek(kHost, "x"));
}

TEST_CASE("settings that change what an answer means make another lookup of it") {
    const LookupSettings settings = test_settings();
    const LookupFingerprint fingerprint = lookup_fingerprint(settings);
    LookupSettings changed = settings;
    SECTION("the source") {
        changed.source = LookupSourceType::catalog;
    }
    SECTION("the url") {
        changed.url = "https://other.example.com";
    }
    SECTION("the CA") {
        changed.ca_pem = "x";
    }
    SECTION("the user") {
        changed.user = "x";
    }
    SECTION("the password") {
        changed.password = "x";
    }
    SECTION("the certificate") {
        changed.certificate_pem = "x";
    }
    SECTION("the key") {
        changed.key_pem = "x";
    }
    SECTION("fresh") {
        changed.fresh += std::chrono::milliseconds(1);
    }
    SECTION("stale") {
        changed.stale += std::chrono::milliseconds(1);
    }
    SECTION("unknown") {
        changed.unknown += std::chrono::milliseconds(1);
    }
    if (changed.source == settings.source && changed.url == settings.url) {
        CHECK(lookup_fingerprint(settings, "a hosts file") != fingerprint);
    }
    CHECK(lookup_fingerprint(changed) != fingerprint);
}

TEST_CASE("the words of where an answer came from are those of the variable") {
    CHECK(cache_word(CacheUse::none) == "none");
    CHECK(cache_word(CacheUse::hit) == "hit");
    CHECK(cache_word(CacheUse::stale) == "stale");
    CHECK(cache_word(CacheUse::miss) == "miss");
    CHECK(cache_word(CacheUse::joined) == "joined");
}
