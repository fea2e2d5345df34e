#include "certguard/registry_request.hpp"

#include <random>
#include <regex>
#include <string>

#include "catch.hpp"

using namespace certguard;

namespace {

const std::string kDigest = "sha256:" + std::string(64, 'a');

/// What TARGET is when nginx has changed nothing in it: "manifest acme/web 1.0", "unknown", "400".
std::string read(const std::string& target, const char* method = "GET") {
    const auto request = parse_registry_request(method, target, target.substr(0, target.find('?')));
    if (!request) {
        CHECK(request.error().reason == Reason::bad_request_path);
        return "400";
    }
    CHECK((request->kind == RegistryKind::unknown) == (request->problem != nullptr));
    std::string text(registry_kind_word(request->kind));
    for (const std::string_view part : {request->repository, request->reference}) {
        text.append(part.empty() ? "" : " ").append(part);
    }
    return text;
}

/// "the path holds a dot segment", "unknown: ...", "known".
std::string problem(std::string_view target, std::string_view uri, const char* method = "GET") {
    const auto request = parse_registry_request(method, target, uri);
    if (!request) {
        return request.error().message;
    }
    return request->problem == nullptr ? "known" : std::string("unknown: ") + request->problem;
}

}  // namespace

TEST_CASE("the things that a registry's client asks for are told apart") {
    const struct {
        std::string target;
        std::string what;
    } rows[] = {
        {"/v2", "ping"},
        {"/v2/", "ping"},
        {"/v2/?x=y", "ping"},
        {"/v2/token", "token"},
        {"/v2/token?scope=repository%3Aa%3Apull&service=h", "token"},
        {"/v2/_catalog", "catalog"},
        {"/v2/_catalog?n=10&last=a%2Fb", "catalog"},
        {"/v2/a/tags/list", "tags a"},
        {"/v2/acme/dev/web/tags/list?n=1", "tags acme/dev/web"},
        {"/v2/a/manifests/latest", "manifest a latest"},
        {"/v2/a/b/c/manifests/1.0-rc_2", "manifest a/b/c 1.0-rc_2"},
        {"/v2/a/manifests/" + kDigest, "manifest a " + kDigest},
        {"/v2/a/blobs/" + kDigest, "blob a " + kDigest},
        {"/v2/a/referrers/" + kDigest + "?artifactType=x", "referrers a " + kDigest},
        {"/pulp/container/a/b/manifests/" + kDigest + "?expires=1&validate_token=a:b",
         "container redirect a/b " + kDigest},
        {"/pulp/container/a/manifests/latest", "container redirect a latest"},
        {"/pulp/container/a/blobs/" + kDigest, "container redirect a " + kDigest},
        {"/v1/_ping", "v1 ping"},
        {"/v1/search?q=a&n=2", "v1 search"},
        {"/index/static?label%3Aorg.flatpak.ref%3Aexists=1&os=linux", "flatpak index"},
        {"/v2/a/blobs/uploads/", "upload a"},
        {"/v2/a/blobs/uploads", "upload a"},
        {"/v2/a/b/blobs/uploads/0f3b?_state=x%3D", "upload a/b"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.target);
        CHECK(read(row.target) == row.what);
        CHECK(read(row.target, "HEAD") == row.what);
    }
}

TEST_CASE("names may hold the words that paths are made of") {
    const struct {
        std::string target;
        std::string what;
    } rows[] = {
        {"/v2/manifests/manifests/manifests", "manifest manifests manifests"},
        {"/v2/a/manifests/1.0/manifests/2.0", "manifest a/manifests/1.0 2.0"},
        {"/v2/a/tags/list/tags/list", "tags a/tags/list"},
        {"/v2/a/manifests/tags/list", "tags a/manifests"},
        {"/v2/a/tags/list/manifests/tags", "manifest a/tags/list tags"},
        {"/v2/a/blobs/uploads/manifests/x", "manifest a/blobs/uploads x"},
        {"/v2/a/blobs/uploads/tags/list", "tags a/blobs/uploads"},
        {"/v2/a/blobs/uploads/blobs/" + kDigest, "blob a/blobs/uploads " + kDigest},
        {"/v2/a/blobs/uploads/blobs/uploads/x", "upload a/blobs/uploads"},
        {"/v2/a/blobs/uploads/manifests", "upload a"},
        {"/v2/token/manifests/x", "manifest token x"},
        {"/v2/v2/a/manifests/x", "manifest v2/a x"},
        {"/pulp/container/blobs/manifests/blobs/" + kDigest,
         "container redirect blobs/manifests " + kDigest},
    };
    for (const auto& row : rows) {
        CAPTURE(row.target);
        CHECK(read(row.target) == row.what);
    }
}

TEST_CASE("a path that breaks the grammar is nothing that a certificate could open") {
    for (const std::string& target : {std::string("/"),
                                      std::string("/v1"),
                                      std::string("/v1/"),
                                      std::string("/v1/search/"),
                                      std::string("/v2/a"),
                                      std::string("/v2/token/"),
                                      std::string("/v2/_catalog/"),
                                      std::string("/v2/_catalog/x"),
                                      std::string("/v2x"),
                                      std::string("/V2/"),
                                      std::string("/v2/a/manifests"),
                                      std::string("/v2/a/manifests/"),
                                      std::string("/v2/a/tags"),
                                      std::string("/v2/a/tags/list/"),
                                      std::string("/v2/a/tags/latest"),
                                      std::string("/v2/a/Manifests/x"),
                                      std::string("/v2/manifests/x"),
                                      std::string("/v2/A/manifests/x"),
                                      std::string("/v2/a_/manifests/x"),
                                      std::string("/v2/a/-b/manifests/x"),
                                      std::string("/v2/a:b/manifests/x"),
                                      std::string("/v2/_catalog/manifests/x"),
                                      std::string("/v2/a b/manifests/x"),
                                      std::string("/v2/a;b/manifests/x"),
                                      std::string("/v2/a/manifests/-x"),
                                      std::string("/v2/a/manifests/x:"),
                                      std::string("/v2/a/manifests/x@y"),
                                      std::string("/v2/a/blobs/x"),
                                      std::string("/v2/a/blobs/latest"),
                                      std::string("/v2/a/referrers/latest"),
                                      std::string("/v2/A/blobs/uploads/x"),
                                      std::string("/v2/blobs/uploads/"),
                                      std::string("/v2/\xc3\xa4/manifests/x"),
                                      "/v2/a/blobs/" + kDigest + "0",
                                      "/v2/a/blobs/" + kDigest + "/",
                                      std::string("/index"),
                                      std::string("/index/static/"),
                                      std::string("/index/dynamic"),
                                      std::string("/pulp/container/"),
                                      std::string("/pulp/container/a/tags/list"),
                                      "/pulp/container/a/referrers/" + kDigest,
                                      std::string("/pulp/container/a/blobs/uploads/x"),
                                      "/pulp/content/a/blobs/" + kDigest,
                                      std::string("/pulpcore_registry/v2/a/manifests/x"),
                                      "/v2/" + std::string(256, 'a') + "/manifests/x",
                                      "/v2/a/manifests/" + std::string(129, 'x')}) {
        CAPTURE(target);
        CHECK(read(target) == "unknown");
    }
    CHECK(read("/v2/" + std::string(255, 'a') + "/tags/list") == "tags " + std::string(255, 'a'));
    CHECK(problem("/v2/A/manifests/x", "/v2/A/manifests/x") ==
          "unknown: the repository name breaks the OCI grammar");
    CHECK(problem("/v2/a/blobs/x", "/v2/a/blobs/x") ==
          "unknown: the tag or digest breaks the OCI grammar");
    CHECK(problem("/v2/a", "/v2/a") == "unknown: it is no request that a registry answers");
}

TEST_CASE("a path that another reader could take for another one is refused whoever asks") {
    const struct {
        const char* target;
        const char* uri;
        const char* words;
    } rows[] = {
        {"/v2/a//manifests/x", "/v2/a/manifests/x", "the path holds repeated slashes"},
        {"//v2/a/manifests/x", "/v2/a/manifests/x", "the path holds repeated slashes"},
        {"/v2/a/manifests//", "/v2/a/manifests//", "the path holds repeated slashes"},
        {"/x", "/v2//", "the path holds repeated slashes"},
        {"/v2/secret/../a/manifests/x", "/v2/a/manifests/x", "the path holds a dot segment"},
        {"/v2/a/manifests/1/%2e%2E/../../b/manifests/x", "/v2/b/manifests/x",
         "the path holds a dot segment"},
        {"/v2/./a/manifests/x", "/v2/a/manifests/x", "the path holds a dot segment"},
        {"/v2/a%2Fb/manifests/x", "/v2/a/b/manifests/x", "the path holds an encoded slash (%2F)"},
        {"/v2/a%5cb/manifests/x", "/v2/a\\b/manifests/x", "the path holds a backslash"},
        {"/v2/a\\b/manifests/x", "/v2/a\\b/manifests/x", "the path holds a backslash"},
        {"/v2/a%00/manifests/x", "/v2/a/manifests/x", "the path holds a control character"},
        {"/v2/a\x01/manifests/x", "/v2/a\x01/manifests/x", "the path holds a control character"},
        {"/v2/?a=\x7f", "/v2/", "the path holds a control character"},
        {"/v2/?a=\r\nX:", "/v2/", "the path holds a control character"},
        {"/v2/a%zz/manifests/x", "/v2/a/manifests/x", "the path holds a broken percent escape"},
        {"/v2/a/manifests/x#y", "/v2/a/manifests/x", "the path holds a fragment (#)"},
        {"", "", "the path holds no slash at its beginning"},
        {"*", "*", "the path holds no slash at its beginning"},
        {"v2/", "v2/", "the path holds no slash at its beginning"},
        {"?/v2/", "/v2/", "the path holds no slash at its beginning"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.target, row.uri);
        CHECK(problem(row.target, row.uri) == row.words);
        CHECK(problem(row.target, row.uri, "PUT") == row.words);
    }
}

TEST_CASE("an escaped or rewritten path is never taken for what it could stand for") {
    const char* const words = "unknown: the path is escaped or was rewritten";
    CHECK(problem("/v2/%61/manifests/x", "/v2/a/manifests/x") == words);
    CHECK(problem("/v2/a/manifests/sha256%3Aaa", "/v2/a/manifests/sha256:aa") == words);
    CHECK(problem("/v2/a%252Fb/manifests/x", "/v2/a%2Fb/manifests/x") == words);
    CHECK(problem("/elsewhere", "/v2/a/manifests/x") == words);
    CHECK(problem("/v2/a/manifests/x", "/elsewhere") == words);
    CHECK(problem("/v2/a/manifests/x", "/v2/a/manifests/x") == "known");
}

TEST_CASE("every other method is an upload") {
    for (const char* method :
         {"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "MKCOL", "get", "Head", ""}) {
        CAPTURE(method);
        CHECK(read("/v2/a/manifests/x", method) == "upload a x");
        CHECK(read("/v2/a/blobs/uploads/", method) == "upload a");
        CHECK(read("/v2/_catalog", method) == "upload");
        CHECK(read("/index/static", method) == "upload");
        CHECK(read("/v2/A/blobs/uploads/", method) == "upload");
        CHECK(problem("/v2/%61/manifests/x", "/v2/a/manifests/x", method) == "known");
    }
    CHECK(read("/v2/token", "POST") == "token exchange");
    CHECK(read("/v2/token", "PUT") == "upload");
}

TEST_CASE("the query is kept as the client sent it and decides nothing") {
    const auto query = [](const char* target) {
        return std::string(parse_registry_request("GET", target, "/v2/_catalog")->query);
    };
    CHECK(query("/v2/_catalog?n=1&last=a%2Fb?c") == "n=1&last=a%2Fb?c");
    CHECK(query("/v2/_catalog?") == "");
    CHECK(query("/v2/_catalog") == "");
    CHECK(read("/v2/_catalog?/../v2/a//b%zz") == "catalog");
}

TEST_CASE("exactly the kinds with one repository are decided by its name") {
    for (int i = 0; i <= static_cast<int>(RegistryKind::unknown); ++i) {
        const auto kind = static_cast<RegistryKind>(i);
        CAPTURE(registry_kind_word(kind));
        const bool expected = kind == RegistryKind::tags || kind == RegistryKind::manifest ||
                              kind == RegistryKind::blob || kind == RegistryKind::referrers ||
                              kind == RegistryKind::container_redirect;
        CHECK(reads_repository(kind) == expected);
    }
}

TEST_CASE("reads of a repository are what the specification's expressions match") {
    const std::string component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
    const std::regex expression("/v2/(" + component + "(?:/" + component +
                                ")*)/(?:tags/list|manifests/[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127})");
    const char* const pieces[] = {"/",           "/", "a",    "b0",   "_",    "__",
                                  ".",           "-", "--",   "tags", "list", "/tags/list",
                                  "/manifests/", "A", "/v2/", "1.0"};
    std::mt19937 random(1);
    int matched = 0;
    for (int i = 0; i < 50'000; ++i) {
        std::string path = "/v2/a";
        for (std::size_t n = random() % 6; n > 0; --n) {
            path += pieces[random() % (sizeof pieces / sizeof *pieces)];
        }
        path += random() % 2 == 0 ? "/tags/list" : "/manifests/x";
        CAPTURE(path);
        std::smatch match;
        const bool expected = std::regex_match(path, match, expression);
        const auto request = parse_registry_request("GET", path, path);
        REQUIRE((request.ok() && reads_repository(request->kind)) == expected);
        if (expected) {
            REQUIRE(request->repository == match.str(1));
            ++matched;
        }
    }
    CHECK(matched > 5'000);
}
