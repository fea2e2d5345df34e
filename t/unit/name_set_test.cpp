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

NameList names_of(const NameSets& sets, std::string_view last = {}, std::string_view part = {},
                  std::size_t most = 1'000) {
    NameList names;
    const auto has_part = [part](std::string_view name) {
        return name.find(part) != std::string_view::npos;
    };
    each_name(sets, last, has_part, [&names, most](std::string_view name) {
        names.emplace_back(name);
        return names.size() < most;
    });
    return names;
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

TEST_CASE("the names of several sets come in one order without doubles") {
    const auto one = std::make_shared<const NameSet>(NameList{"a", "c", "e"});
    const auto two = std::make_shared<const NameSet>(NameList{"b", "c", "d"});
    CHECK(names_of({one, nullptr, two}) == NameList{"a", "b", "c", "d", "e"});
    CHECK(names_of({one, one}) == NameList{"a", "c", "e"});
    CHECK(names_of({one, two}, "c") == NameList{"d", "e"});
    CHECK(names_of({one, two}, "c0") == NameList{"d", "e"});
    CHECK(names_of({one, two}, "e").empty());
    CHECK(names_of({std::make_shared<const NameSet>(NameList())}).empty());
    CHECK(names_of({}).empty());
}

TEST_CASE("the names of several sets agree with a std::set, from every place and to every place") {
    std::mt19937 random(7);
    for (int round = 0; round < 300; ++round) {
        CAPTURE(round);
        NameSets sets;
        std::set<std::string> all;
        for (auto count = random() % 6; count > 0; --count) {
            NameList list;
            for (auto size = random() % 60; size > 0; --size) {
                list.push_back("x" + random_name(random));
                all.insert(list.back());
            }
            sets.push_back(std::make_shared<const NameSet>(std::move(list)));
        }
        for (int i = 0; i < 20; ++i) {
            const std::string last = random() % 8 == 0 ? "" : "x" + random_name(random);
            const std::string part = random_name(random).substr(0, random() % 3);
            const std::size_t most = random() % 10 == 0 ? 1'000 : 1 + random() % 20;
            CAPTURE(last, part, most);
            NameList expected;
            for (auto name = all.upper_bound(last); name != all.end(); ++name) {
                if (expected.size() < most && name->find(part) != std::string::npos) {
                    expected.push_back(*name);
                }
            }
            REQUIRE(names_of(sets, last, part, most) == expected);
        }
    }
}

TEST_CASE("of several sets no more is read than is taken") {
    NameSets sets;
    for (const char* environment : {"dev", "prod", "test"}) {
        sets.push_back(std::make_shared<const NameSet>(katello_names(20'000, environment)));
    }
    sets.push_back(sets.front());
    for (const char* last : {"", "acme/dev/web/product3/repository1", "acme/test/web/product6"}) {
        CAPTURE(last);
        std::size_t read = 0;
        std::size_t taken = 0;
        const auto count = [&read](std::string_view) { return ++read > 0; };
        each_name(sets, last, count, [&taken](std::string_view) { return ++taken < 100; });
        CHECK(taken == 100);
        CHECK(read <= 2 * taken + sets.size());
    }
}
