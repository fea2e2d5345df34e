#include "certguard/registry_answer.hpp"

#include <set>
#include <string>

#include "catch.hpp"
#include "certguard/authorization_header.hpp"

using namespace certguard;

namespace {

class Names final : public ListedNames {
  public:
    Names(std::initializer_list<std::string> names) : names_(names) {}
    explicit Names(std::set<std::string> names) : names_(std::move(names)) {}
    void each(std::string_view last, const NameTest& wanted, const NameTest& take) const override {
        for (const std::string& name : names_) {
            if (name > last && wanted(name)) {
                ++given;
                if (!take(name)) {
                    return;
                }
            }
        }
    }
    mutable int given = 0;

  private:
    std::set<std::string> names_;
};

const Names kNames = {"acme/a", "acme/b", "acme/b-1", "acme/b/c", "zeta/app"};

/// The header's value; "" when it is not there once.
std::string header(const RegistryAnswer& answer, std::string_view name) {
    std::string value;
    int found = 0;
    for (const auto& [key, text] : answer.headers) {
        if (key == name) {
            value = text;
            ++found;
        }
    }
    return found == 1 ? value : "";
}

struct Page {
    std::string body;
    std::string link;
};

Page page(const Names& names, const char* query) {
    const auto answer = catalog_answer(names, query);
    REQUIRE(answer.ok());
    CHECK(answer->status == 200);
    return {answer->body, header(*answer, "Link")};
}

std::string challenge(std::string_view host, std::string_view scope = "s") {
    return bearer_challenge(host, scope).value_or("none");
}

}  // namespace

TEST_CASE("a challenge is written as Katello's, for the host that the client named") {
    CHECK(challenge("test.host", "repository:registry:pull,push") ==
          "Bearer realm=\"https://test.host/v2/token\",service=\"test.host\","
          "scope=\"repository:registry:pull,push\"");
    CHECK(challenge("test.host:8443") ==
          "Bearer realm=\"https://test.host:8443/v2/token\",service=\"test.host\",scope=\"s\"");
    CHECK(challenge("192.0.2.1:443") ==
          "Bearer realm=\"https://192.0.2.1:443/v2/token\",service=\"192.0.2.1\",scope=\"s\"");
    CHECK(challenge("[2001:db8::1]:443") ==
          "Bearer realm=\"https://[2001:db8::1]:443/v2/token\",service=\"[2001:db8::1]\","
          "scope=\"s\"");
    for (const char* good :
         {"localhost", "a-b_c.d", "[::1]", "HOST.example:1", "host:65535", "[::ffff:192.0.2.1]"}) {
        CAPTURE(good);
        CHECK(challenge(good) != "none");
    }
}

TEST_CASE("nothing but a host and a port gets into a challenge") {
    for (const std::string& bad : {std::string(),
                                   std::string(":443"),
                                   std::string("host:"),
                                   std::string("host:0"),
                                   std::string("host:65536"),
                                   std::string("host:123456"),
                                   std::string("host:x"),
                                   std::string("host:1:2"),
                                   std::string("host:+1"),
                                   std::string("host\""),
                                   std::string("host\",service=\"x"),
                                   std::string("host/evil"),
                                   std::string("user@host"),
                                   std::string("host\\"),
                                   std::string("host,x"),
                                   std::string("host;x"),
                                   std::string("host evil"),
                                   std::string(" host"),
                                   std::string("host "),
                                   std::string("host\r\nX: y"),
                                   std::string("h\0st", 4),
                                   std::string("h\xc3\xb6st"),
                                   std::string("host%2e"),
                                   std::string("host?x"),
                                   std::string("host#x"),
                                   std::string("::1"),
                                   std::string("[]"),
                                   std::string("[:"),
                                   std::string("[::1"),
                                   std::string("[::1]x"),
                                   std::string("[::1]]"),
                                   std::string("[host]"),
                                   std::string("[::1%eth0]"),
                                   std::string("[[::1]]"),
                                   std::string(256, 'a')}) {
        CAPTURE(bad);
        CHECK(challenge(bad) == "none");
    }
    CHECK(challenge(std::string(255, 'a')) != "none");
    for (const char* bad : {"a\"b", "a b", "a\\b", "a\nb", "a\x7f", "\xc3\xa4"}) {
        CAPTURE(bad);
        CHECK(challenge("host", bad) == "none");
    }
}

TEST_CASE("errors have the form and the codes of the OCI specification") {
    const struct {
        OciError code;
        const char* word;
    } rows[] = {
        {OciError::denied, "DENIED"},
        {OciError::name_invalid, "NAME_INVALID"},
        {OciError::unauthorized, "UNAUTHORIZED"},
        {OciError::unsupported, "UNSUPPORTED"},
        {OciError::unavailable, "UNAVAILABLE"},
    };
    for (const auto& row : rows) {
        const RegistryAnswer answer = error_answer(418, row.code, "no \"tea\"\n");
        CHECK(answer.status == 418);
        CHECK(answer.body == R"({"errors":[{"code":")" + std::string(row.word) +
                                 R"(","message":"no \"tea\"\n"}]})");
        CHECK(header(answer, "Content-Type") == "application/json");
        CHECK(header(answer, "Docker-Distribution-API-Version") == "registry/2.0");
        CHECK(header(answer, "Cache-Control") == "no-store");
        CHECK(answer.reason_phrase.empty());
    }
}

TEST_CASE("401 carries the challenge that it was given") {
    const RegistryAnswer with = unauthorized_answer("why", "Bearer x");
    CHECK(with.status == 401);
    CHECK(with.body == R"({"errors":[{"code":"UNAUTHORIZED","message":"why"}]})");
    CHECK(header(with, "WWW-Authenticate") == "Bearer x");
    CHECK(header(unauthorized_answer("why", std::nullopt), "WWW-Authenticate") == "");
}

TEST_CASE("503 says it thrice, because podman reads no body") {
    const RegistryAnswer answer = unavailable_answer("no answer - try later", 7);
    CHECK(answer.status == 503);
    CHECK(answer.reason_phrase == "no answer - try later");
    CHECK(header(answer, "Warning") == "299 - \"no answer - try later\"");
    CHECK(header(answer, "Retry-After") == "7");
    CHECK(answer.body ==
          R"({"errors":[{"code":"UNAVAILABLE","message":"no answer - try later"}]})");
    CHECK(header(unavailable_answer("x", 0), "Retry-After") == "1");
    const RegistryAnswer hostile = unavailable_answer("a\r\nX: \"\\\xc3\xa4\x7f", 1);
    CHECK(hostile.reason_phrase == "aX: ");
    CHECK(header(hostile, "Warning") == "299 - \"aX: \"");
}

TEST_CASE("a ping is answered with an empty object and the challenge") {
    const RegistryAnswer answer = ping_answer("Bearer x");
    CHECK(answer.status == 200);
    CHECK(answer.body == "{}");
    CHECK(header(answer, "WWW-Authenticate") == "Bearer x");
    CHECK(header(ping_answer(std::nullopt), "WWW-Authenticate") == "");
    CHECK(v1_ping_answer().status == 200);
    CHECK(v1_ping_answer().body.empty());
}

TEST_CASE("the marker token comes without a date of issue") {
    const RegistryAnswer answer = marker_token_answer();
    CHECK(answer.status == 200);
    CHECK(answer.body == R"({"token":")" + std::string(kMarkerToken) + R"(","expires_in":300})");
}

TEST_CASE("the catalog is one page when no size is asked for") {
    const Page all = page(kNames, "");
    CHECK(all.body == R"({"repositories":["acme/a","acme/b","acme/b-1","acme/b/c","zeta/app"]})");
    CHECK(all.link == "");
    CHECK(page(Names({}), "").body == R"({"repositories":[]})");
}

TEST_CASE("the catalog is paged by n and last, with a link to what follows") {
    const Page first = page(kNames, "n=2");
    CHECK(first.body == R"({"repositories":["acme/a","acme/b"]})");
    CHECK(first.link == R"(</v2/_catalog?last=acme%2Fb&n=2>; rel="next")");
    const Page second = page(kNames, "last=acme%2Fb&n=2");
    CHECK(second.body == R"({"repositories":["acme/b-1","acme/b/c"]})");
    CHECK(second.link == R"(</v2/_catalog?last=acme%2Fb%2Fc&n=2>; rel="next")");
    const Page third = page(kNames, "n=2&last=acme/b/c");
    CHECK(third.body == R"({"repositories":["zeta/app"]})");
    CHECK(third.link == "");
    CHECK(page(kNames, "n=2&last=zeta/app").body == R"({"repositories":[]})");
}

TEST_CASE("the catalog goes on behind a name that is not in it") {
    CHECK(page(kNames, "last=acme/b0").body == R"({"repositories":["zeta/app"]})");
    CHECK(page(kNames, "last=acme").body == page(kNames, "").body);
    CHECK(page(kNames, "last=").body == page(kNames, "").body);
    CHECK(page(kNames, "last=%7e").body == R"({"repositories":[]})");
}

TEST_CASE("following the links of a catalog gives each name once") {
    for (int size = 1; size <= 6; ++size) {
        CAPTURE(size);
        std::string query = "n=" + std::to_string(size);
        std::string all;
        int pages = 0;
        while (!query.empty() && ++pages < 9) {
            const Page it = page(kNames, query.c_str());
            const std::size_t open = it.body.find('[');
            const std::string names = it.body.substr(open + 1, it.body.find(']') - open - 1);
            all += (all.empty() || names.empty() ? "" : ",") + names;
            const std::size_t question = it.link.find('?');
            query = question == std::string::npos
                        ? ""
                        : it.link.substr(question + 1, it.link.find('>') - question - 1);
        }
        CHECK(all == R"("acme/a","acme/b","acme/b-1","acme/b/c","zeta/app")");
        CHECK(pages == (5 + size - 1) / size);
    }
}

TEST_CASE("a hostile page size makes an empty page, the whole list or an error") {
    CHECK(page(kNames, "n=0").body == R"({"repositories":[]})");
    CHECK(page(kNames, "n=0").link == "");
    for (const char* huge : {"n=5", "n=6", "n=18446744073709551615", "n=18446744073709551616",
                             "n=99999999999999999999999999999999999999999"}) {
        CAPTURE(huge);
        CHECK(page(kNames, huge).body == page(kNames, "").body);
        CHECK(page(kNames, huge).link == "");
    }
    CHECK(page(kNames, "n=0004").body ==
          R"({"repositories":["acme/a","acme/b","acme/b-1","acme/b/c"]})");
    for (const char* bad :
         {"n=", "n", "n=-1", "n=+1", "n=1.0", "n=0x1", "n=1e3", "n=a", "n=%31", "n= 1", "n=1%00"}) {
        CAPTURE(bad);
        const auto answer = catalog_answer(kNames, bad);
        REQUIRE_FALSE(answer.ok());
        CHECK(answer.error().message == "n must be a number");
        CHECK(answer.error().reason == Reason::bad_request_path);
        CHECK_FALSE(search_answer(kNames, bad, false).ok());
    }
    for (const char* bad : {"last=%", "last=%zz", "last=%00", "last=%0d%0aX:", "last=%ff"}) {
        CAPTURE(bad);
        CHECK_FALSE(catalog_answer(kNames, bad).ok());
    }
}

TEST_CASE("a search finds names by a part of them in any case") {
    const auto found = [](const char* query) {
        return search_answer(kNames, query, false).value().body;
    };
    CHECK(found("q=B-&n=25") == R"({"num_results":1,"query":"B-","results":)"
                                R"([{"name":"acme/b-1","description":null}]})");
    CHECK(found("q=acme&n=2") == R"({"num_results":2,"query":"acme","results":)"
                                 R"([{"name":"acme/a","description":null},)"
                                 R"({"name":"acme/b","description":null}]})");
    CHECK(found("q=nothing") == R"({"num_results":0,"query":"nothing","results":[]})");
    CHECK(found("q=%22%3C") == R"({"num_results":0,"query":"\"<","results":[]})");
    CHECK(found("n=0") == R"({"num_results":0,"query":"","results":[]})");
    CHECK(found("q=%2F").find("\"num_results\":5") != std::string::npos);
    CHECK(found("").find("\"num_results\":5") != std::string::npos);
    CHECK_FALSE(search_answer(kNames, "q=%ff", false).ok());
}

TEST_CASE("a search gives 25 names when no number is asked for") {
    std::set<std::string> many;
    for (int i = 0; i < 30; ++i) {
        many.insert("name-" + std::to_string(i));
    }
    const auto body = search_answer(Names(many), "q=name", false).value().body;
    CHECK(body.find("\"num_results\":25,") != std::string::npos);
}

TEST_CASE("a list asks for no more names than it shows, and one to know whether there are more") {
    const struct {
        const char* query;
        int in_catalog;
        int in_search;
    } rows[] = {{"n=0", 1, 0}, {"n=1", 2, 1}, {"n=2", 3, 2}, {"n=4", 5, 4}, {"n=5", 5, 5}};
    for (const auto& row : rows) {
        CAPTURE(row.query);
        const Names names = kNames;
        const int before = names.given;
        REQUIRE(catalog_answer(names, row.query).ok());
        CHECK(names.given - before == row.in_catalog);
        REQUIRE(search_answer(names, row.query, false).ok());
        CHECK(names.given - before == row.in_catalog + row.in_search);
    }
}

TEST_CASE("a search by a client of registry 2.0 leads it to the catalog") {
    const auto answer = search_answer(kNames, "q=a", true);
    REQUIRE(answer.ok());
    CHECK(answer->status == 404);
    CHECK(answer->body == "{}");
}
