#include "certguard/request_path.hpp"

#include <string>

#include "catch.hpp"

using certguard::path_problem;
using certguard::strip_path_prefix;

namespace {

std::string problem(std::string_view target, std::string_view path) {
    const char* found = path_problem(target, path);
    return found == nullptr ? "" : found;
}

/// The problem of TARGET alone: PATH is one that nginx could have made of a harmless target.
std::string problem_of_target(std::string_view target) {
    return problem(target, "/a/b");
}

}  // namespace

TEST_CASE("ordinary request targets have no problem") {
    struct {
        const char* target;
        const char* path;
    } const rows[] = {
        {"/", "/"},
        {"", ""},
        {"/a/b", "/a/b"},
        {"/a/b/", "/a/b/"},
        {"/a//b", "/a/b"},
        {"/a/b?x=../%2F\\", "/a/b"},
        {"/a/b.rpm", "/a/b.rpm"},
        {"/a/..b/c..", "/a/..b/c.."},
        {"/a/.../b", "/a/.../b"},
        {"/a/.hidden", "/a/.hidden"},
        {"/a%20b", "/a b"},
        {"/a/%C3%A9", "/a/\xc3\xa9"},
        {"/a/%FF", "/a/\xff"},
        {"/a%252Fb", "/a%2Fb"},
        {"/a%23b", "/a#b"},
        {"/a%3Fb", "/a?b"},
        {"/a+b;v=1", "/a+b;v=1"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.target);
        CHECK(problem(row.target, row.path) == "");
    }
}

TEST_CASE("a target that a backend could read differently is named") {
    struct {
        const char* target;
        const char* words;
    } const rows[] = {
        {"/a%2Fb", "an encoded slash (%2F)"},
        {"/a%2fb", "an encoded slash (%2F)"},
        {"/a%5Cb", "a backslash"},
        {"/a%5cb", "a backslash"},
        {"/a\\b", "a backslash"},
        {"/a/../b", "a dot segment"},
        {"/a/./b", "a dot segment"},
        {"/a/..", "a dot segment"},
        {"/a/.", "a dot segment"},
        {"/a/..?x", "a dot segment"},
        {"../a", "a dot segment"},
        {"/a/%2e%2e/b", "a dot segment"},
        {"/a/%2E./b", "a dot segment"},
        {"/a/.%2e", "a dot segment"},
        {"/a/%2e", "a dot segment"},
        {"/a//../b", "a dot segment"},
        {"/a%00b", "a control character"},
        {"/a%0A", "a control character"},
        {"/a%1F", "a control character"},
        {"/a%7f", "a control character"},
        {"/a\tb", "a control character"},
        {"/a#b", "a fragment (#)"},
        {"/a%zz", "a broken percent escape"},
        {"/a%2", "a broken percent escape"},
        {"/a%", "a broken percent escape"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.target);
        CHECK(problem_of_target(row.target) == row.words);
    }
}

TEST_CASE("a problem is found wherever it stands in a long path") {
    for (const std::string bad : {"%2F", "\\", "#", "\x1f", "\x7f", "/../", "/./"}) {
        for (std::size_t at = 0; at < 40; ++at) {
            std::string target = "/" + std::string(40, 'a');
            target.replace(1 + at, 0, bad);
            CAPTURE(target);
            CHECK(path_problem(target, target) != nullptr);
            target.resize(1 + at + bad.size());  // and at its end
            CHECK(path_problem(target, target) != nullptr);
        }
    }
}

TEST_CASE("a target that begins with no slash is looked at no less") {
    CHECK(problem(".", ".") == "a dot segment");
    CHECK(problem("../a", "../a") == "a dot segment");
    CHECK(problem("..", "..") == "a dot segment");
    CHECK(problem("a/b", "a/b") == "");
}

TEST_CASE("what a rewrite has made of the path is looked at as well") {
    CHECK(problem("/a", "/a/../b") == "a dot segment");
    CHECK(problem("/a", "/a/..") == "a dot segment");
    CHECK(problem("/a", "/a\\b") == "a backslash");
    CHECK(problem("/a", std::string_view("/a\0b", 4)) == "a control character");
    CHECK(problem("/a", "/b%2Fc") == "");  // decoded already: these are plain characters
}

TEST_CASE("a path prefix is removed where a segment ends, and nowhere else") {
    struct {
        const char* path;
        const char* prefix;
        const char* rest;  // null: PATH lies elsewhere
    } const rows[] = {
        {"/pulp/content/ACME/x", "/pulp/content/", "/ACME/x"},
        {"/pulp/content/ACME/x", "/pulp/content", "/ACME/x"},
        {"/pulp/content/ACME/x", "pulp/content", "/ACME/x"},
        {"//pulp///content//ACME", "/pulp/content/", "//ACME"},
        {"/pulp/content/", "/pulp/content/", "/"},
        {"/pulp/content", "/pulp/content/", ""},
        {"/pulp/contents/ACME", "/pulp/content/", nullptr},
        {"/pulp/conten", "/pulp/content/", nullptr},
        {"/pulp", "/pulp/content/", nullptr},
        {"/Pulp/content/x", "/pulp/content/", nullptr},
        {"/x/pulp/content/y", "/pulp/content/", nullptr},
        {"", "/pulp/content/", nullptr},
        {"/ACME/x", "", "/ACME/x"},
        {"/ACME/x", "/", "/ACME/x"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.path, row.prefix);
        const auto rest = strip_path_prefix(row.path, row.prefix);
        REQUIRE(rest.has_value() == (row.rest != nullptr));
        if (row.rest != nullptr) {
            CHECK(*rest == row.rest);
        }
    }
}
