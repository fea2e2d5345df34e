#include "certguard/access_cache.hpp"

#include <string>
#include <vector>

#include "cache_fixture.hpp"
#include "catch.hpp"

using namespace certguard;

namespace {

constexpr std::uint64_t kNow = 1'000'000;

/// Of ORGANIZATION, with as much beside it as fits into a profile.
std::shared_ptr<const HostProfile> full_profile(const std::string& organization) {
    const std::string text(limits::kCachedText, 'l');
    const std::size_t environments = limits::kProfileBytes / (2 * limits::kCachedText);
    return profile(organization, std::vector<EnvironmentRef>(environments, {text, text}));
}

}  // namespace

TEST_CASE("memory below a few pages is refused, 64 KiB are enough") {
    PrivateMemory small(8u << 10);
    CHECK(AccessCache::attach(small) == nullptr);
    PrivateMemory enough(64u << 10);
    CHECK(AccessCache::attach(enough) != nullptr);
}

TEST_CASE("what is stored is read back whole") {
    CacheFixture cache;
    AccessRecord host = known(kNow, {"one", "two"});
    host.profile = profile("ACME", {{"Dev/web", "7:5"}, {"Library", "1:1"}});
    REQUIRE(cache.store_host(kHost, host, kNow));

    const AccessRecord read = cache.read_host(kHost, kNow);
    CHECK(read.state == RecordState::known);
    CHECK(read.fetched_at == host.fetched_at);
    CHECK(read.fresh_until == host.fresh_until);
    CHECK(read.usable_until == host.usable_until);
    REQUIRE(read.profile);
    CHECK(read.profile->organization == "ACME");
    REQUIRE(read.profile->environments.size() == 2);
    CHECK(read.profile->environments[0].label == "Dev/web");
    CHECK(read.profile->environments[0].key == "7:5");
    CHECK(read.profile->environments[1].label == "Library");
    REQUIRE(read.names);
    CHECK(read.names->list() == NameList{"one", "two"});
}

TEST_CASE("another process reads the same, with objects of its own") {
    CacheFixture cache;
    OtherProcess other(cache);
    AccessRecord host = known(kNow, many_names("dev", 1000));
    host.profile = profile("ACME", {{"Dev/web", "7:5"}});
    REQUIRE(cache.store_host(kHost, host, kNow));
    const AccessRecord read = other.read_host(kHost, kNow);
    REQUIRE(read.names);
    CHECK(read.names->list() == host.names->list());
    CHECK(read.names != host.names);
    REQUIRE(read.profile);
    CHECK(read.profile->environments[0].key == "7:5");
}

TEST_CASE("hosts with the same content share objects and memory") {
    CacheFixture cache;
    AccessRecord one = known(kNow, many_names("dev", 300));
    AccessRecord two = known(kNow, many_names("dev", 300));
    cache.store_host(host_uuid(1), one, kNow);
    const auto before = cache->statistics().used_bytes;
    cache.store_host(host_uuid(2), two, kNow);
    CHECK(cache->statistics().used_bytes - before <= 80);
    CHECK(one.names == two.names);
    CHECK(one.profile == two.profile);
}

TEST_CASE("an unknown host and a wrong answer are remembered without content") {
    CacheFixture cache;
    AccessRecord unknown = known(kNow, {});
    unknown.state = RecordState::unknown_host;
    unknown.names = nullptr;
    unknown.profile = nullptr;
    cache.store_host(host_uuid(1), unknown, kNow);
    CHECK(cache.read_host(host_uuid(1), kNow).state == RecordState::unknown_host);

    AccessRecord wrong = unknown;
    wrong.state = RecordState::misconfigured;
    wrong.message = "two hosts have this UUID";
    cache.store_host(host_uuid(2), wrong, kNow);
    CHECK(cache.read_host(host_uuid(2), kNow).state == RecordState::misconfigured);
    CHECK(cache.read_host(host_uuid(2), kNow).message == "two hosts have this UUID");
}

TEST_CASE("a later answer takes the place of an earlier one") {
    CacheFixture cache;
    AccessRecord first = known(kNow, {"one", "two"});
    cache.store_host(kHost, first, kNow);
    AccessRecord second = known(kNow + 1000, {"two", "three"});
    cache.store_host(kHost, second, kNow + 1000);
    CHECK(cache.read_host(kHost, kNow).names->list() == NameList{"three", "two"});
    CHECK(cache->statistics().hosts == 1);
}

TEST_CASE("an answer never takes the place of one that was asked for later") {
    CacheFixture cache;
    OtherProcess stopped(cache);
    AccessRecord known_once = known(kNow, {"one"});
    AccessRecord gone;
    gone.state = RecordState::unknown_host;
    gone.fetched_at = kNow + 8'000;
    gone.fresh_until = kNow + 38'000;
    REQUIRE(cache.store_host(kHost, gone, kNow + 8'000));
    const auto used = cache->statistics().used_bytes;
    const auto epoch = cache->epoch();

    // From a process that stood still while another one took its question over.
    CHECK(stopped.store_host(kHost, known_once, kNow + 9'000));
    CHECK(cache.read_host(kHost, kNow + 9'000).state == RecordState::unknown_host);
    CHECK(cache->statistics().used_bytes == used);
    CHECK(cache->statistics().store_failures == 0);
    CHECK(cache->epoch() == epoch);

    AccessRecord again = known(kNow + 8'000, {"one"});
    CHECK(stopped.store_host(kHost, again, kNow + 9'000));
    CHECK(cache.read_host(kHost, kNow + 9'000).state == RecordState::known);
}

TEST_CASE("names that nobody refers to any more are given back") {
    CacheFixture cache;
    AccessRecord host = known(kNow, {});
    cache.store_host(kHost, host, kNow);
    const auto before = cache->statistics().used_bytes;
    for (int round = 0; round < 50; ++round) {
        AccessRecord other = known(kNow, many_names("round" + std::to_string(round), 100));
        REQUIRE(cache.store_host(kHost, other, kNow));
    }
    AccessRecord none = known(kNow, {});
    cache.store_host(kHost, none, kNow);
    CHECK(cache->statistics().used_bytes == before);
}

TEST_CASE("a question about one name is answered without making objects") {
    CacheFixture cache;
    AccessRecord host = known(kNow, {"own"});
    host.profile = profile("ACME", {{"Dev/web", "7:5"}, {"Dev/db", "8:5"}, {"Other", ""}});
    AccessRecord web = known(kNow, many_names("web", 500));
    AccessRecord db = known(kNow, {"acme/db"});
    AccessRecord open = known(kNow, {"acme/open"});
    cache.store_host(kHost, host, kNow);
    cache.store_environment("7:5", web, kNow);
    cache.store_environment("8:5", db, kNow);

    SECTION("not before all records that matter are there") {
        CHECK_FALSE(cache.peek(kHost, "own", kNow));
        cache.store_open(open, kNow);
        CHECK(cache.peek(kHost, "own", kNow));
        CHECK_FALSE(cache.peek(host_uuid(77), "own", kNow));
    }
    cache.store_open(open, kNow);
    SECTION("from the host's own names, its environments' and the public ones") {
        CHECK(cache.peek(kHost, "own", kNow)->listed);
        CHECK(cache.peek(kHost, web.names->list()[250], kNow)->listed);
        CHECK(cache.peek(kHost, "acme/db", kNow)->listed);
        CHECK_FALSE(cache.peek(kHost, "acme/d", kNow)->listed);
        CHECK_FALSE(cache.peek(kHost, "acme/db2", kNow)->listed);
        CHECK_FALSE(cache.peek(kHost, "acme/open", kNow)->listed);
        CHECK(cache.peek(kHost, "acme/open", kNow)->is_public);
        CHECK(cache.peek(kHost, "acme/open", kNow)->may_pull());
        CHECK_FALSE(cache.peek(kHost, "acme/db", kNow)->is_public);
        CHECK_FALSE(cache.peek(kHost, "7:5", kNow)->may_pull());
        CHECK_FALSE(cache.peek(kHost, std::string(100'000, 'a'), kNow)->may_pull());
    }
    SECTION("with the host's organization and environments") {
        const auto access = cache.peek(kHost, "own", kNow);
        CHECK(access->profile->organization == "ACME");
        CHECK(access->profile->environments.size() == 3);
    }
    SECTION("not when one of them is due to be refreshed, or over") {
        CHECK(cache.peek(kHost, "own", web.due_at() - 1));
        CHECK_FALSE(cache.peek(kHost, "own", web.due_at()));
        AccessRecord later = known(kNow + 100'000, {"own"});
        later.profile = host.profile;
        cache.store_host(kHost, later, kNow);
        CHECK_FALSE(cache.peek(kHost, "own", web.due_at()));
    }
    SECTION("not when the host is unknown") {
        AccessRecord unknown;
        unknown.state = RecordState::unknown_host;
        unknown.fetched_at = kNow;
        unknown.fresh_until = kNow + 30'000;
        cache.store_host(kHost, unknown, kNow);
        CHECK_FALSE(cache.peek(kHost, "own", kNow));
    }
}

TEST_CASE("configurations of a lookup never see each other's answers") {
    CacheFixture cache;
    AccessRecord host = known(kNow, {"one"});
    cache.store_host(kHost, host, kNow);
    CacheUser changed{{1, 2, 3}, 0};
    CHECK(cache->read(changed, cache->host_id(kHost), kNow).state == RecordState::absent);
    AccessRecord other = known(kNow, {"two"});
    cache->store(changed, cache->host_id(kHost), other, cache->purges(), kNow);
    CHECK(cache.read_host(kHost, kNow).names->list() == NameList{"one"});
    CHECK(cache->read(changed, cache->host_id(kHost), kNow).names->list() == NameList{"two"});
    CHECK(cache->statistics().lookups == 2);
}

TEST_CASE("many changes of configuration do not use up the cache") {
    CacheFixture cache;
    for (std::uint32_t i = 0; i < 70'000; ++i) {
        CacheUser user;
        user.fingerprint[0] = static_cast<std::uint8_t>(i);
        user.fingerprint[1] = static_cast<std::uint8_t>(i >> 8);
        user.fingerprint[2] = static_cast<std::uint8_t>(i >> 16);
        const auto id = cache->host_id(kHost);
        REQUIRE(cache->read(user, id, kNow + i).state == RecordState::absent);
        if (i % 1000 == 0) {
            AccessRecord host = known(kNow + i, {"name" + std::to_string(i)});
            REQUIRE(cache->store(user, id, host, cache->purges(), kNow + i));
            REQUIRE(cache->read(user, id, kNow + i).names->list()[0] == "name" + std::to_string(i));
        }
    }
    CHECK(cache->statistics().lookups <= 64);
}

TEST_CASE("host UUIDs of unusual shape are told apart") {
    CacheFixture cache;
    const std::string odd = "0123456789abcdef-0123456789abcdef---";
    const std::string odder = "0123456789abcdef-0123456789abcdef--0";
    CHECK_FALSE(cache->host_id(odd) == cache->host_id(odder));
    CHECK(cache->host_id(odd) == cache->host_id(odd));
    CHECK_FALSE(cache->host_id(host_uuid(1)) == cache->host_id(host_uuid(2)));
}

TEST_CASE("the epoch changes when an answer changes, not when it is repeated or new") {
    CacheFixture cache;
    AccessRecord host = known(kNow, {"one"});
    const auto begin = cache->epoch();
    cache.store_host(kHost, host, kNow);
    AccessRecord again = known(kNow + 5, {"one"});
    cache.store_host(kHost, again, kNow + 5);
    CHECK(cache->epoch() == begin);
    AccessRecord changed = known(kNow + 9, {"two"});
    cache.store_host(kHost, changed, kNow + 9);
    CHECK(cache->epoch() != begin);
}

TEST_CASE("purging a host forgets it in all lookups, and nothing else") {
    CacheFixture cache;
    OtherProcess other(cache);
    CacheUser second{{9}, 0};
    AccessRecord host = known(kNow, {"one"});
    cache.store_host(kHost, host, kNow);
    cache.store_host(host_uuid(2), host, kNow);
    cache->store(second, cache->host_id(kHost), host, cache->purges(), kNow);
    const auto epoch = other->epoch();

    CHECK(cache->purge_host(kHost));
    CHECK(other->epoch() != epoch);
    CHECK(other.read_host(kHost, kNow).state == RecordState::absent);
    CHECK(cache->read(second, cache->host_id(kHost), kNow).state == RecordState::absent);
    CHECK(other.read_host(host_uuid(2), kNow).state == RecordState::known);
    CHECK_FALSE(cache->purge_host(kHost));
}

TEST_CASE("purging all forgets every answer, but not whether a source answers") {
    CacheFixture cache;
    AccessRecord host = known(kNow, many_names("dev", 500));
    cache.store_host(kHost, host, kNow);
    const auto question = cache.question(kHost, kNow);
    const Begun begun = cache->begin(cache.user, question, kNow);
    cache->finish(cache.user, question, begun, LookupStatus::refused, kNow);

    CHECK(cache->purge_all());
    CHECK(cache.read_host(kHost, kNow).state == RecordState::absent);
    CHECK(cache->statistics().used_bytes == 0);
    CHECK(cache->begin(cache.user, cache.question(kHost, kNow + 1), kNow + 1).outcome ==
          Begun::Outcome::closed);
    CHECK_FALSE(cache->purge_all());
}

TEST_CASE("an answer that was asked for before a purge is not stored after it") {
    CacheFixture cache;
    const auto purges = cache->purges();
    AccessRecord host = known(kNow, {"one"});
    const auto used = cache->statistics().used_bytes;

    SECTION("of that host") {
        cache->purge_host(kHost);
    }
    SECTION("of all") {
        cache->purge_all();
    }

    CHECK_FALSE(cache->store(cache.user, cache->host_id(kHost), host, purges, kNow));
    CHECK(cache.read_host(kHost, kNow).state == RecordState::absent);
    CHECK(cache->statistics().used_bytes == used);
    CHECK(cache->statistics().store_failures == 1);
}

TEST_CASE("no call takes the lock for long: big sets are read and written in pieces") {
    CacheFixture cache(4u << 20);
    OtherProcess other(cache);
    AccessRecord host = known(kNow, many_names("dev", 5000));
    cache.memory.locked = 0;
    cache.store_host(kHost, host, kNow);
    CHECK(cache.memory.locked >= 5000 / 64);
    other.memory.locked = 0;
    CHECK(other.read_host(kHost, kNow).names->size() == 5000);
    CHECK(other.memory.locked >= 20);
    other.memory.locked = 0;
    other.peek(kHost, "x", kNow);
    CHECK(other.memory.locked == 1);
}

TEST_CASE("an answer that can't be stored leaves no older one behind") {
    CacheFixture cache;
    OtherProcess other(cache);
    AccessRecord first = known(kNow, {"old"});
    REQUIRE(cache.store_host(kHost, first, kNow));
    AccessRecord neighbour = known(kNow, {"other"});
    REQUIRE(cache.store_host(host_uuid(1), neighbour, kNow));
    const auto epoch = other->epoch();
    AccessRecord later = known(kNow + 1, {std::string(limits::kCachedText + 1, 'n')});

    SECTION("because it takes that one's place") {
        CHECK_FALSE(cache.store_host(kHost, later, kNow + 1));
        CHECK(other.read_host(kHost, kNow + 1).state == RecordState::absent);
        CHECK(other.read_host(host_uuid(1), kNow + 1).state == RecordState::known);
        CHECK(other->epoch() != epoch);
    }
    SECTION("unless something was purged meanwhile: then it counts for nothing") {
        const auto purges = cache->purges();
        other->purge_host(host_uuid(1));
        AccessRecord newer = known(kNow + 1, {"newer"});
        REQUIRE(other.store_host(kHost, newer, kNow + 1));
        CHECK_FALSE(cache->store(cache.user, cache->host_id(kHost), later, purges, kNow + 2));
        CHECK(other.read_host(kHost, kNow + 2).names->list() == NameList{"newer"});
    }
}

TEST_CASE("texts and lists that are just within their limits are stored") {
    CacheFixture cache;
    AccessRecord host = known(kNow, {"fine"});
    SECTION("a name") {
        host = known(kNow, {std::string(limits::kCachedText, 'n')});
    }
    SECTION("environments") {
        host.profile = profile(
            "ACME", std::vector<EnvironmentRef>(limits::kHostEnvironments, {"Dev/web", "7:5"}));
    }
    SECTION("labels and keys") {
        host.profile = full_profile("");
    }
    CHECK(cache.store_host(kHost, host, kNow));
    const AccessRecord read = cache.read_host(kHost, kNow);
    REQUIRE(read.profile);
    CHECK(read.profile->environments.size() == host.profile->environments.size());
    REQUIRE(read.names);
    CHECK(read.names->list() == host.names->list());
}

TEST_CASE("texts and lists beyond their limits are not stored, and counted") {
    CacheFixture cache;
    const auto used = cache->statistics().used_bytes;
    AccessRecord host;
    SECTION("a name") {
        host = known(kNow, {"fine", std::string(limits::kCachedText + 1, 'n')});
    }
    SECTION("environments") {
        host = known(kNow, {});
        host.profile = profile("ACME", std::vector<EnvironmentRef>(limits::kHostEnvironments + 1));
    }
    SECTION("labels") {
        host = known(kNow, {});
        host.profile = profile(
            "ACME", std::vector<EnvironmentRef>(20, {std::string(limits::kCachedText, 'l'), "k"}));
    }
    SECTION("labels and keys") {
        host = known(kNow, {});
        host.profile = full_profile("A");
    }
    SECTION("names") {
        host = known(kNow, many_names("dev", cache.zone.size() / 64));
    }
    CHECK_FALSE(cache.store_host(kHost, host, kNow));
    CHECK(cache->statistics().store_failures == 1);
    CHECK(cache->statistics().used_bytes == used);
}
