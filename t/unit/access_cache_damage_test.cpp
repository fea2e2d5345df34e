// What processes that die and memory that lies do to the cache: nothing is ever granted that was
// not granted before, and nothing crashes or hangs.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "cache_fixture.hpp"
#include "zone/lookup_slots.hpp"
#include "zone/records.hpp"
#include "zone/section.hpp"

using namespace certguard;

namespace {

constexpr std::uint64_t kNow = 1'000'000;
constexpr unsigned kHosts = 12;

/// A small cache, and what every host in it may have.
struct Scene {
    CacheFixture cache{64u << 10};
    NameList names = many_names("library", 40);
    std::vector<std::vector<bool>> granted;
    std::vector<unsigned char> intact;

    Scene() {
        std::mt19937 random(5);
        AccessRecord open = known(kNow, {"acme/open"});
        cache.store_open(open, kNow);
        for (unsigned env = 0; env < 3; ++env) {
            AccessRecord record = known(kNow, some_names(random));
            cache.store_environment(std::to_string(env), record, kNow);
        }
        for (unsigned i = 0; i < kHosts; ++i) {
            AccessRecord host = known(kNow, i % 2 == 0 ? some_names(random) : NameList{});
            const std::string env = std::to_string(i % 3);
            host.profile = profile("ACME", {{"Dev/view" + env, env}});
            cache.store_host(host_uuid(i), host, kNow);
        }
        for (unsigned i = 0; i < kHosts; ++i) {
            granted.emplace_back();
            for (const std::string& name : names) {
                granted.back().push_back(cache.peek(host_uuid(i), name, kNow)->may_pull());
            }
        }
        intact.assign(cache.zone.base(), cache.zone.base() + cache.zone.size());
    }

    NameList some_names(std::mt19937& random) const {
        NameList some;
        for (const std::string& name : names) {
            if (random() % 4 == 0) {
                some.push_back(name);
            }
        }
        return some;
    }

    void mend() { std::memcpy(cache.zone.base(), intact.data(), intact.size()); }

    /// Asks for HOST's names and for a host and a name that were never there.
    bool grants_only_what_it_did(CacheProcess& process, unsigned host) {
        for (std::size_t i = 0; i < names.size(); i += 3) {
            const auto access = process.peek(host_uuid(host), names[i], kNow);
            if (access && access->may_pull() && !granted[host][i]) {
                return false;
            }
        }
        const auto unknown_name = process.peek(host_uuid(host), "acme/never", kNow);
        return !(unknown_name && unknown_name->may_pull()) &&
               !process.peek(host_uuid(999), names[0], kNow) &&
               process.read_host(host_uuid(999), kNow).state == RecordState::absent;
    }

    /// Reads HOST's own list; it must be what it was, or not be there.
    bool lists_only_what_it_did(CacheProcess& process, unsigned host) {
        const AccessRecord record = process.read_host(host_uuid(host), kNow);
        if (record.state == RecordState::absent) {
            return true;
        }
        if (record.names) {
            for (const std::string& name : record.names->list()) {
                const auto found = std::find(names.begin(), names.end(), name);
                if (found == names.end() ||
                    !granted[host][static_cast<std::size_t>(found - names.begin())]) {
                    return false;
                }
            }
        }
        return record.state == RecordState::known && record.fresh_until == kNow + 300'000 &&
               record.profile && record.profile->organization == "ACME";
    }

    /// The cache can still be used, whatever happened.
    bool still_works(CacheProcess& process) {
        for (unsigned i = 0; i < 3; ++i) {
            AccessRecord host = known(kNow, {"acme/new" + std::to_string(i)});
            process.store_host(host_uuid(500 + i), host, kNow);
            process->purge_host(host_uuid(i));
            const auto question = process.question(host_uuid(i), kNow);
            process->begin(process.user, question, kNow);
        }
        process->purge_all();
        AccessRecord host = known(kNow, {"acme/last"});
        return process.store_host(kHost, host, kNow) &&
               process.read_host(kHost, kNow).names->list() == NameList{"acme/last"};
    }
};

template <class Work>
void in_a_child(Work work) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        work();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
}

}  // namespace

TEST_CASE("any single changed bit in the memory grants nothing new") {
    Scene scene;
    for (std::size_t offset = 0; offset < scene.intact.size(); ++offset) {
        scene.mend();
        scene.cache.zone.base()[offset] ^= static_cast<unsigned char>(1u << offset % 8);
        CacheProcess process(scene.cache.zone, 2);
        const auto host = static_cast<unsigned>(offset % kHosts);
        INFO("offset " << offset);
        REQUIRE(scene.grants_only_what_it_did(process, host));
        REQUIRE(scene.lists_only_what_it_did(process, host));
        if (offset % 16 == 0) {
            REQUIRE(scene.still_works(process));
        }
    }
}

TEST_CASE("garbage, and pieces of the memory in wrong places, grant nothing new") {
    Scene scene;
    std::mt19937 random(6);
    unsigned char* const base = scene.cache.zone.base();
    const std::size_t size = scene.intact.size();
    for (unsigned round = 0; round < 4'000; ++round) {
        scene.mend();
        for (auto damages = 1 + random() % 4; damages > 0; --damages) {
            const std::size_t length = 4u << random() % 6;
            const std::size_t to = random() % (size - length) & ~std::size_t{3};
            const std::size_t from = random() % (size - length) & ~std::size_t{3};
            switch (random() % 3) {
                case 0: std::memmove(base + to, base + from, length); break;
                case 1: std::memset(base + to, static_cast<int>(random() % 256), length); break;
                default: base[to] = static_cast<unsigned char>(random());
            }
        }
        CacheProcess process(scene.cache.zone, 2);
        INFO("round " << round);
        for (unsigned host = 0; host < kHosts; host += 3) {
            REQUIRE(scene.grants_only_what_it_did(process, host));
            REQUIRE(scene.lists_only_what_it_did(process, host));
        }
        REQUIRE(scene.still_works(process));
    }
}

TEST_CASE("memory of another version, or without sense, is begun anew") {
    Scene scene;
    SECTION("another version") {
        scene.cache.zone.base()[8] ^= 1;
    }
    SECTION("zeros") {
        std::memset(scene.cache.zone.base(), 0, scene.cache.zone.size());
    }
    SECTION("ones") {
        std::memset(scene.cache.zone.base(), 0xff, scene.cache.zone.size());
    }
    OtherProcess other(scene.cache);
    CHECK(other.read_host(host_uuid(1), kNow).state == RecordState::absent);
    CHECK(scene.cache.read_host(host_uuid(1), kNow).state == RecordState::absent);
    CHECK(scene.still_works(scene.cache));
    CHECK(scene.still_works(other));
}

TEST_CASE("damage is seen by all workers, and what they keep for themselves ends") {
    Scene scene;
    OtherProcess other(scene.cache);
    const auto epoch = other->epoch();
    const auto purges = other->purges();
    {
        zone::SharedZone shared{
            scene.cache.memory,
            zone::Zone(scene.cache.zone.base(), *zone::Layout::of(scene.cache.zone.size()))};
        const zone::Section section(shared);
        shared.zone.fault();
    }
    CHECK(other->epoch() > epoch);
    CHECK(other->purges() > purges);
    CHECK(other->statistics().resets == 1);
    CHECK(other->statistics().hosts == 0);
}

TEST_CASE("no epoch comes twice, not even when a reset was cut short") {
    Scene scene;
    std::set<std::uint64_t> epochs;
    std::set<std::uint64_t> purges;
    for (unsigned round = 0; round < 20; ++round) {
        // What a process leaves that is killed within a reset: nothing of the header, or some.
        const std::size_t gone = round % 2 == 0 ? sizeof(zone::Header) : 8;
        std::memset(scene.cache.zone.base(), 0, gone);
        OtherProcess other(scene.cache);
        INFO("round " << round);
        CHECK(epochs.insert(other->epoch()).second);
        CHECK(purges.insert(other->purges()).second);
        CHECK(other->purges() != 0);
    }
}

TEST_CASE("a name is looked for by the key that the memory has now") {
    const char* const name = GENERATE("acme/own", "acme/open");
    CacheFixture cache;
    std::memset(cache.zone.base(), 0, sizeof(zone::Header));  // a reset that was cut short
    OtherProcess later(cache);
    AccessRecord open = known(kNow, {"acme/open"});
    AccessRecord host = known(kNow, {"acme/own"});
    REQUIRE(later.store_open(open, kNow));
    REQUIRE(later.store_host(kHost, host, kNow));
    // This one has not been in the memory since, and knows the old key only.
    const auto access = cache.peek(kHost, name, kNow);
    CHECK((!access || access->may_pull()));
    CHECK(cache.peek(kHost, name, kNow)->may_pull());
}

TEST_CASE("a process that dies inside leaves an empty cache to the next, not a broken one") {
    Scene scene;
    in_a_child([&] {
        zone::SharedZone shared{
            scene.cache.memory,
            zone::Zone(scene.cache.zone.base(), *zone::Layout::of(scene.cache.zone.size()))};
        const zone::Section section(shared);
        ::_exit(1);
    });
    CHECK(scene.cache.read_host(host_uuid(1), kNow).state == RecordState::absent);
    CHECK(scene.cache->statistics().resets == 1);
    CHECK(scene.still_works(scene.cache));
    CHECK(scene.cache->statistics().resets == 1);
}

TEST_CASE("a record that no answer can be is damage, though its checksum is right") {
    Scene scene;
    OtherProcess other(scene.cache);
    {
        zone::SharedZone shared{
            scene.cache.memory,
            zone::Zone(scene.cache.zone.base(), *zone::Layout::of(scene.cache.zone.size()))};
        const zone::Section section(shared);
        zone::Zone& zone = shared.zone;
        std::uint32_t hint = 0;
        const std::uint16_t lookup =
            zone::find_slot(zone, scene.cache.user.fingerprint, hint, kNow).id;
        const zone::Cell cell = zone::find_record(zone, lookup, scene.cache->host_id(host_uuid(0)));
        REQUIRE(cell != zone::kNoCell);
        zone::Record& record = zone.record(cell);
        SECTION("a state that there is not") {
            record.state = 9;
        }
        SECTION("a known host without a profile") {
            record.profile = zone::kNoCell;
        }
        SECTION("an unknown host with names") {
            record.state = static_cast<std::uint8_t>(RecordState::unknown_host) & 0xf;
        }
        SECTION("a profile that is a set of names") {
            record.profile = record.names;
        }
        zone::seal_record(zone, record, cell);
    }
    CHECK(other.read_host(host_uuid(0), kNow).state == RecordState::absent);
    CHECK(other->statistics().resets == 1);
    CHECK_FALSE(other.peek(host_uuid(0), "acme/open", kNow));
    CHECK(scene.still_works(other));
}

TEST_CASE("processes killed at any moment break nothing") {
    CacheFixture cache(256u << 10);
    const NameList names = many_names("dev", 300);
    const NameSet all(names);
    for (unsigned round = 0; round < 40; ++round) {
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            CacheProcess process(cache.zone, 100 + round);
            for (unsigned i = round;; ++i) {
                NameList list(names.begin(), names.begin() + 1 + i % 299);
                AccessRecord host = known(kNow, std::move(list));
                process.store_host(host_uuid(i % 50), host, kNow);
                process.read_host(host_uuid(i % 37), kNow);
                process->purge_host(host_uuid(i % 31));
            }
        }
        std::this_thread::sleep_for(std::chrono::microseconds(500 + 317 * round));
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        for (unsigned i = 0; i < 50; ++i) {
            const AccessRecord host = cache.read_host(host_uuid(i), kNow);
            if (host.state == RecordState::known) {
                for (const std::string& name : host.names->list()) {
                    REQUIRE(all.contains(name));
                }
            }
            const auto access = cache.peek(host_uuid(i), "acme/never", kNow);
            REQUIRE_FALSE((access && access->may_pull()));
        }
    }
    AccessRecord host = known(kNow, names);
    CHECK(cache.store_host(kHost, host, kNow));
}

TEST_CASE("references that a dead process held are found, and the cache begins anew") {
    CacheFixture cache;
    AccessRecord first = known(kNow, {"one"});
    cache.store_host(kHost, first, kNow);
    in_a_child([&] {
        zone::SharedZone shared{
            cache.memory, zone::Zone(cache.zone.base(), *zone::Layout::of(cache.zone.size()))};
        const zone::Section section(shared);
        zone::HoldScope hold;
        hold.begin(shared.zone, kNow);
    });
    CHECK(cache.read_host(kHost, kNow).state == RecordState::known);
    AccessRecord second = known(kNow, {"two"});
    CHECK(cache.store_host(kHost, second, kNow + 30'000));
    CHECK(cache->statistics().resets == 0);
    CHECK_FALSE(cache.store_host(kHost, second, kNow + 60'001));
    CHECK(cache->statistics().resets == 1);
    CHECK(cache.store_host(kHost, second, kNow + 60'002));
}
