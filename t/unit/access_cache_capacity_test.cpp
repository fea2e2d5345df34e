#include <random>
#include <set>
#include <string>

#include "cache_fixture.hpp"

using namespace certguard;

namespace {

constexpr std::uint64_t kNow = 1'000'000;

/// COUNT of ALL, chosen at random, in order.
NameList some_of(const NameList& all, std::size_t count, std::mt19937& random) {
    NameList chosen;
    chosen.reserve(count);
    if (count < all.size() / 16) {
        std::set<std::size_t> indexes;
        while (indexes.size() < count) {
            indexes.insert(random() % all.size());
        }
        for (std::size_t i : indexes) {
            chosen.push_back(all[i]);
        }
        return chosen;
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (random() % (all.size() - i) < count - chosen.size()) {
            chosen.push_back(all[i]);
        }
    }
    return chosen;
}

/// The same, in bytewise order, so that no set has to sort them.
NameList sorted_names(std::size_t count) {
    return NameSet(many_names("library", count)).list();
}

}  // namespace

TEST_CASE("100,000 hosts with 5,000 repositories in 1,000 distinct sets fit into 16 MiB") {
    constexpr unsigned kHosts = 100'000;
    constexpr unsigned kSets = 1'000;
    CacheFixture cache(16u << 20);
    std::mt19937 random(1);
    const NameList all = sorted_names(6'000);
    std::vector<AccessRecord> environments;
    for (unsigned i = 0; i < kSets; ++i) {
        environments.push_back(known(kNow, some_of(all, 5'000, random)));
        REQUIRE(cache.store_environment("env" + std::to_string(i), environments.back(), kNow));
    }
    AccessRecord open = known(kNow, {});
    REQUIRE(cache.store_open(open, kNow));
    const auto before = cache->statistics().used_bytes;
    for (unsigned i = 0; i < kHosts; ++i) {
        AccessRecord host = known(kNow, {});
        const std::string number = std::to_string(i % kSets);
        host.profile = profile("ACME", {{"Dev/view" + number, "env" + number}});
        REQUIRE(cache.store_host(host_uuid(i), host, kNow));
    }
    const CacheStatistics filled = cache->statistics();
    CHECK(filled.evictions == 0);
    CHECK(filled.hosts == kHosts);
    CHECK(filled.environments == kSets);
    const double each = static_cast<double>(filled.used_bytes - before) / kHosts;
    INFO(each << " bytes a host, " << filled.used_bytes << " in all");
    CHECK(each <= 96);
    CHECK(filled.used_bytes + filled.free_bytes <= filled.bytes);
    for (unsigned i = 0; i < kHosts; i += 997) {
        const std::string& name = all[random() % all.size()];
        const auto access = cache.peek(host_uuid(i), name, kNow);
        REQUIRE(access);
        REQUIRE(access->listed == environments[i % kSets].names->contains(name));
    }
}

TEST_CASE("a host with 50 repositories of its own takes 256 bytes at most") {
    constexpr unsigned kHosts = 3'000;
    const std::size_t different_names = GENERATE(5'000u, 20'000u);
    CacheFixture cache(16u << 20);
    std::mt19937 random(2);
    const NameList all = sorted_names(different_names);
    AccessRecord everything = known(kNow, all);
    REQUIRE(cache.store_open(everything, kNow));  // the names themselves
    const auto before = cache->statistics().used_bytes;
    std::vector<AccessRecord> hosts;
    for (unsigned i = 0; i < kHosts; ++i) {
        hosts.push_back(known(kNow, some_of(all, 50, random)));
        REQUIRE(cache.store_host(host_uuid(i), hosts.back(), kNow));
    }
    const double each = static_cast<double>(cache->statistics().used_bytes - before) / kHosts;
    INFO(each << " bytes a host");
    CHECK(each <= 256);
    for (unsigned i = 0; i < kHosts; i += 97) {
        const std::string& name = all[random() % all.size()];
        CHECK(cache.peek(host_uuid(i), name, kNow)->listed == hosts[i].names->contains(name));
        const std::string own = hosts[i].names->list()[random() % 50];
        CHECK(cache.peek(host_uuid(i), own, kNow)->listed);
    }
}

TEST_CASE("29,000 repositories of one environment fit into 16 MiB, 100,000 into 64 MiB") {
    // nginx keeps a hundredth for itself and the counters.
    const auto stores = [](std::size_t count, std::size_t size) {
        CacheFixture cache(size - size / 100);
        AccessRecord first = known(kNow, many_names("dev", count));
        AccessRecord other = known(kNow + 1, many_names("new", count));
        const bool stored = cache.store_environment("env", first, kNow);
        // However many are new in it, the next answer has room beside this one.
        CHECK(cache.store_environment("env", other, kNow + 1) == stored);
        return stored;
    };
    CHECK(stores(29'000, 16u << 20));
    CHECK_FALSE(stores(31'000, 16u << 20));
    CHECK(stores(limits::kAnswerNames, 64u << 20));
    CHECK_FALSE(stores(limits::kAnswerNames, 48u << 20));
}

TEST_CASE("when the cache is full, the host that was not asked for longest goes") {
    CacheFixture cache(128u << 10);
    unsigned hosts = 0;
    for (; cache->statistics().evictions == 0; ++hosts) {
        AccessRecord host = known(kNow, {"name" + std::to_string(hosts)});
        REQUIRE(cache.store_host(host_uuid(hosts), host, kNow + hosts * 1000));
    }
    const std::uint64_t now = kNow + hosts * 1000;
    CHECK(cache.read_host(host_uuid(0), now).state == RecordState::absent);
    CHECK(cache.read_host(host_uuid(hosts - 1), now).state == RecordState::known);

    const unsigned used = hosts / 4;  // would be among the next to go
    CHECK(cache.read_host(host_uuid(used), now).state == RecordState::known);
    for (unsigned i = 0; i < hosts / 2; ++i) {
        AccessRecord host = known(now, {"name" + std::to_string(hosts + i)});
        REQUIRE(cache.store_host(host_uuid(hosts + i), host, now + 2000 + i * 1000));
    }
    CHECK(cache.read_host(host_uuid(used), now).state == RecordState::known);
    CHECK(cache.read_host(host_uuid(used + 1), now).state == RecordState::absent);
    CHECK(cache->statistics().store_failures == 0);
}

TEST_CASE("an answer does not push out its own earlier version, and is never lost to itself") {
    CacheFixture cache(64u << 10);
    for (unsigned round = 0; round < 300; ++round) {
        AccessRecord host = known(kNow, many_names(std::to_string(round), 60));
        REQUIRE(cache.store_host(host_uuid(round % 7), host, kNow + round));
        REQUIRE(cache.read_host(host_uuid(round % 7), kNow).names->list() == host.names->list());
    }
    CHECK(cache->statistics().resets == 0);
    CHECK(cache->statistics().store_failures == 0);
}

TEST_CASE("a full cache of single hosts makes room for a big environment") {
    CacheFixture cache(2u << 20);
    std::mt19937 random(3);
    const NameList names = many_names("library", 400);
    for (unsigned i = 0; cache->statistics().evictions == 0; ++i) {
        AccessRecord host = known(kNow, some_of(names, 5, random));
        REQUIRE(cache.store_host(host_uuid(i), host, kNow + i));
    }
    // Used in another order than stored.
    const unsigned hosts = static_cast<unsigned>(cache->statistics().hosts);
    for (unsigned i = 0; i < hosts; ++i) {
        cache.read_host(host_uuid(random() % hosts), kNow + 1000 * i);
    }
    AccessRecord environment = known(kNow, many_names("big", 2'000));
    REQUIRE(cache.store_environment("big", environment, kNow + 1000 * hosts));
    OtherProcess other(cache);
    CHECK(other->read(other.user, other->environment_id("big"), kNow).names->size() == 2'000);
    CHECK(cache->statistics().resets == 0);
}

TEST_CASE("the cache never grows by use: a year of changes in a small zone") {
    CacheFixture cache(256u << 10);
    std::mt19937 random(4);
    for (unsigned round = 0; round < 3'000; ++round) {
        const std::uint64_t now = kNow + round * 1000;
        NameList names = many_names(std::to_string(random() % 20), random() % 200);
        AccessRecord record = known(now, std::move(names));
        record.profile = profile("ORG" + std::to_string(random() % 5),
                                 {{"Dev/" + std::to_string(random() % 50), "k"}});
        const std::string uuid = host_uuid(random() % 500);
        switch (random() % 8) {
            case 0: cache->purge_host(uuid); break;
            case 1: cache.store_environment(std::to_string(random() % 50), record, now); break;
            case 2: cache.peek(uuid, "acme/1/web/product/repository1", now); break;
            case 3:
                record.state = RecordState::unknown_host;
                record.names = nullptr;
                record.profile = nullptr;
                [[fallthrough]];
            default: REQUIRE(cache.store_host(uuid, record, now));
        }
    }
    CHECK(cache->statistics().resets == 0);
    CHECK(cache->statistics().store_failures == 0);
    cache->purge_all();
    CHECK(cache->statistics().used_bytes == 0);
}
