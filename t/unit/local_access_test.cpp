#include "local_access.hpp"

#include <string>

#include "cache_fixture.hpp"

using namespace certguard;

namespace {

Digest key(unsigned number) {
    Digest digest{};
    digest[0] = static_cast<std::uint8_t>(number);
    digest[1] = static_cast<std::uint8_t>(number >> 8);
    return digest;
}

HostAccess::Names names(const std::string& environment, std::size_t count) {
    return std::make_shared<const NameSet>(many_names(environment, count));
}

/// Holds until time 100 of epoch 1.
LocalAccess::Entry entry(std::vector<HostAccess::Names> own) {
    return LocalAccess::Entry(
        std::make_shared<const HostAccess>(profile("ACME", {}), std::move(own), nullptr), false,
        100, 1);
}

}  // namespace

TEST_CASE("what a worker keeps of a host holds for its time and its epoch") {
    LocalAccess local(4, 1u << 20);
    local.put(key(1), entry({names("dev", 3)}));
    CHECK(local.find(key(1), 99, 1) != nullptr);
    CHECK(local.find(key(1), 100, 1) == nullptr);
    CHECK(local.find(key(1), 99, 2) == nullptr);
    CHECK(local.find(key(2), 99, 1) == nullptr);
}

TEST_CASE("a worker keeps so many hosts and no more, those that were asked about last") {
    LocalAccess local(4, 1u << 20);
    for (unsigned i = 0; i < 4; ++i) {
        local.put(key(i), entry({}));
    }
    CHECK(local.find(key(0), 1, 1) != nullptr);
    local.put(key(4), entry({}));
    CHECK(local.size() == 4);
    CHECK(local.find(key(0), 1, 1) != nullptr);
    CHECK(local.find(key(1), 1, 1) == nullptr);
    CHECK(local.find(key(4), 1, 1) != nullptr);
}

TEST_CASE("a worker keeps so much memory and no more, and a set that hosts share counts once") {
    const auto shared = names("dev", 500);
    const std::size_t most = shared->memory() * 2;
    LocalAccess local(1000, most);
    for (unsigned i = 0; i < 10; ++i) {
        local.put(key(i), entry({shared}));
    }
    CHECK(local.size() == 10);
    CHECK(local.bytes() < most);
    for (unsigned i = 10; i < 1000; ++i) {
        local.put(key(i), entry({names(std::to_string(i), 500)}));
        REQUIRE(local.bytes() <= most);
    }
    CHECK(local.size() == 1);
    CHECK(local.find(key(999), 1, 1) != nullptr);
}

TEST_CASE("the hosts that a worker keeps, and their memory, have limits") {
    LocalAccess local(limits::kLocalHosts, limits::kLocalBytes);
    const auto first = [&] { return local.find(key(0), 1, 1); };
    SECTION("hosts") {
        for (unsigned i = 0; i < limits::kLocalHosts; ++i) {
            local.put(key(i), entry({}));
        }
        CHECK(local.size() == limits::kLocalHosts);
        local.put(key(limits::kLocalHosts), entry({}));
        CHECK(local.size() == limits::kLocalHosts);
        CHECK(first() == nullptr);
    }
    SECTION("bytes") {
        local.put(key(0), entry({names("dev", 20'000)}));
        const std::size_t each = local.bytes();
        const auto most = static_cast<unsigned>(limits::kLocalBytes / each);
        REQUIRE(most < limits::kLocalHosts);
        for (unsigned i = 1; i < most; ++i) {
            local.put(key(i), entry({names("dev", 20'000)}));
        }
        CHECK(local.size() == most);
        CHECK(local.bytes() == most * each);
        local.put(key(most), entry({names("dev", 20'000)}));
        CHECK(local.size() == most);
        CHECK(first() == nullptr);
    }
}

TEST_CASE("what is too big for all of a worker's memory is not kept") {
    LocalAccess local(1000, 10'000);
    local.put(key(1), entry({names("dev", 5)}));
    local.put(key(2), entry({names("dev", 5'000)}));
    CHECK(local.size() == 0);
    CHECK(local.bytes() == 0);
}

TEST_CASE("a host that is kept anew gives its old names back") {
    LocalAccess local(1000, 1u << 20);
    local.put(key(1), entry({names("dev", 500)}));
    const std::size_t first = local.bytes();
    for (unsigned i = 0; i < 1000; ++i) {
        local.put(key(1), entry({names("dev", 500)}));
    }
    CHECK(local.size() == 1);
    CHECK(local.bytes() == first);
}

TEST_CASE("a host is asked about again when it was asked about last in its place") {
    LocalAccess local(1, 1u << 20);
    CHECK_FALSE(local.asked_before(key(1)));
    CHECK(local.asked_before(key(1)));
    CHECK_FALSE(local.asked_before(key(2)));
    CHECK_FALSE(local.asked_before(key(1)));
}
