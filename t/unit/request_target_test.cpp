#include "certguard/request_target.hpp"

#include "catch.hpp"

using namespace certguard;

namespace {

std::string path_of(std::string_view target) {
    const Result<RequestTarget> parsed = parse_request_target(target);
    return parsed ? parsed->path : "refused: " + parsed.error().message;
}

}  // namespace

// What nginx 1.22.1 answered when it was asked with the same targets.
TEST_CASE("a request target becomes the path that nginx calls $uri") {
    const std::pair<const char*, const char*> table[] = {
        {"/", "/"},
        {"/p/a/b", "/p/a/b"},
        {"/p/a//b", "/p/a/b"},
        {"///p", "/p"},
        {"/p//", "/p/"},
        {"/p/a/../b", "/p/b"},
        {"/p/a/%2e%2e/b", "/p/b"},
        {"/p/a/.%2E/b", "/p/b"},
        {"/p/a/./b", "/p/a/b"},
        {"/p/a/..", "/p/"},
        {"/p/a/.", "/p/a/"},
        {"/p/..", "/"},
        {"/.", "/"},
        {"/p/a//../b", "/p/b"},
        {"/p/...", "/p/..."},
        {"/p/.a/..b/c..", "/p/.a/..b/c.."},
        {"/p/a%2Fb", "/p/a/b"},
        {"/p/a%2F..%2Fb", "/p/b"},
        {"/p/a%252Fb", "/p/a%2Fb"},
        {"/p/a+b", "/p/a+b"},
        {"/p/%FF/x", "/p/\xFF/x"},
        {"/p/%c3%bc", "/p/ü"},
        {"/p/a%0A", "/p/a\n"},
        {"/p/%24basearch/os", "/p/$basearch/os"},
        {"/p/a;x=1/../b", "/p/b"},
        {"/p/a\\..\\b", "/p/a\\..\\b"},
        {"/p/a?x", "/p/a"},
        {"/p/a?x=/../..%zz", "/p/a"},
        {"/p/a#x", "/p/a"},
        {"/p/a%3Fx%23y", "/p/a?x#y"},
        {"/p/..?x", "/"},
        {"/p/.#x", "/p/"},
        {"https://foreman.example.com/p/../q?x", "/q"},
        {"http://[::1]:8080/p", "/p"},
        {"https://foreman.example.com", "/"},
        {"https://foreman.example.com?x", "/"},
    };
    for (const auto& [target, path] : table) {
        CAPTURE(target);
        CHECK(path_of(target) == path);
    }
}

TEST_CASE("what nginx answers with 400 is no request target") {
    for (const char* target : {"",
                               "p",
                               "*",
                               "//..",
                               "/..",
                               "/../p",
                               "/p/../..",
                               "/p/../../..",
                               "/p/%2e%2e/%2e%2e/q",
                               "/p/%",
                               "/p/%z",
                               "/p/%2",
                               "/p/%zz",
                               "/p/a%00b",
                               "/p/a b",
                               "/p/\n",
                               "/p/\x7f",
                               "/p/\t",
                               "1http://h/p",
                               "http:/p",
                               "http:///p",
                               "://h/p"}) {
        CAPTURE(target);
        const Result<RequestTarget> parsed = parse_request_target(target);
        REQUIRE_FALSE(parsed.ok());
        CHECK(parsed.error().reason == Reason::bad_request_path);
    }
    CHECK(path_of("/p/%zz") == "refused: \"%zz\" is no percent escape");
    CHECK(path_of("/p b") == "refused: it has \" \", which must be percent-encoded");
}

TEST_CASE("a request target keeps what the client sent beside the path") {
    CHECK(parse_request_target("/p/../q?a=b#c")->raw == "/p/../q?a=b#c");
    CHECK(parse_request_target("https://h:443/p%2e?a")->raw == "/p%2e?a");
    CHECK(parse_request_target("https://h?a")->raw == "/?a");
}
