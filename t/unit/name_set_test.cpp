#include "certguard/name_set.hpp"

#include <random>
#include <set>

#include "catch.hpp"

using namespace certguard;

namespace {

/// COUNT names as Katello makes them, some of them the beginning of others.
NameList katello_names(std::size_t count, std::string_view environment = "dev") {
    NameList names;
    for (std::size_t i = 0; i < count; ++i) {
        std::string name = "acme/";
        name += environment;
        name += "/web/product" + std::to_string(i % 7) + "/repository" + std::to_string(i);
        names.push_back(std::move(name));
    }
    return names;
}

std::string random_name(std::mt19937& random) {
    std::string name;
    for (auto length = random() % 8; length > 0; --length) {
        name += "ab/\xff"[random() % 4];
    }
    return name;
}

}  // namespace

TEST_CASE("a name set holds its names and nothing that looks like them") {
    const NameSet names({"app1", "app1/sub", "acme/web", "app"});
    CHECK(names.size() == 4);
    CHECK(names.contains("app1"));
    CHECK(names.contains("app1/sub"));
    CHECK(names.contains("app"));
    CHECK(names.contains("acme/web"));
    CHECK_FALSE(names.contains("app10"));
    CHECK_FALSE(names.contains("app1/"));
    CHECK_FALSE(names.contains("app1/su"));
    CHECK_FALSE(names.contains("App1"));
    CHECK_FALSE(names.contains("acme"));
    CHECK_FALSE(names.contains(""));
    CHECK_FALSE(names.contains("zzz"));
}

TEST_CASE("a name set lists its names in bytewise order, each once") {
    const NameSet names({"b", "a/b", "a", "b", "a\xff", "a.b"});
    CHECK(names.list() == NameList{"a", "a.b", "a/b", "a\xff", "b"});
}

TEST_CASE("an empty name set holds nothing") {
    const NameSet names({});
    CHECK(names.empty());
    CHECK_FALSE(names.contains(""));
    CHECK(names.list().empty());
}

TEST_CASE("a name set agrees with std::set on every name, also in other blocks") {
    std::mt19937 random(42);
    for (int round = 0; round < 200; ++round) {
        std::set<std::string> expected;
        NameList list;
        for (auto count = random() % 100; count > 0; --count) {
            list.push_back(random_name(random));
            expected.insert(list.back());
        }
        const NameSet names(list);
        REQUIRE(names.list() == NameList(expected.begin(), expected.end()));
        for (int i = 0; i < 100; ++i) {
            const std::string name = random_name(random);
            INFO(name);
            REQUIRE(names.contains(name) == (expected.count(name) != 0));
        }
    }
}

TEST_CASE("names that begin alike take a fraction of their length") {
    const NameList list = katello_names(5000);
    std::size_t plain = 0;
    for (const std::string& name : list) {
        plain += name.size();
    }
    CHECK(NameSet(list).memory() < plain / 3);
}

TEST_CASE("very long names are whole names, too") {
    const std::string long_name(100'000, 'a');
    const NameSet names({long_name, long_name + "b"});
    CHECK(names.contains(long_name));
    CHECK(names.contains(long_name + "b"));
    CHECK_FALSE(names.contains(long_name + "a"));
}

TEST_CASE("merged sets are one sorted list without doubles") {
    const auto one = std::make_shared<const NameSet>(NameList{"a", "c", "e"});
    const auto two = std::make_shared<const NameSet>(NameList{"b", "c", "d"});
    CHECK(merged({one, nullptr, two}) == NameList{"a", "b", "c", "d", "e"});
    CHECK(merged({}).empty());
}
