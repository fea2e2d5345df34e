// LookupSourceType::catalog, and the public names.
#include <string>
#include <vector>

#include "certguard/limits.hpp"
#include "lookup_test_helpers.hpp"

using namespace certguard;
using Failure = HttpResponse::Failure;
using Headers = std::vector<std::pair<std::string, std::string>>;

namespace {

Answer<HostAnswer> host_when_catalog_answers(HttpResponse response) {
    AskedSource asked(LookupSourceType::catalog);
    asked.client.on("/v2/_catalog", std::move(response));
    return asked.host();
}

Answer<HostAnswer> host_when_catalog_answers(const std::string& body) {
    return host_when_catalog_answers(http_answer(200, body));
}

}  // namespace

TEST_CASE("the catalog of a host is asked for by its UUID and gives its repositories") {
    AskedSource asked(LookupSourceType::catalog);
    asked.client.on("/v2/_catalog", http_answer(200, katello_answer("catalog.json")));
    const auto answer = asked.host();
    REQUIRE(answer.status == LookupStatus::found);
    CHECK(answer.value.repositories == NameList{"acme/dev/web/prod/nginx", "acme/prod/busybox"});
    CHECK(answer.value.environments.empty());
    CHECK(answer.value.organization.empty());
    REQUIRE(asked.client.requests.size() == 1);
    CHECK(asked.client.requests[0].url == kKatello + "/v2/_catalog");
    // Before 4.18 Katello knows no HostUUID, and would take the proxy's own certificate for that of
    // an unknown host, to whom it shows everything.
    CHECK(asked.client.requests[0].headers == Headers{{"Accept", "application/json"},
                                                      {"X_RHSM_SSL_CLIENT_CERT", "(null)"},
                                                      {"HostUUID", kUuid}});
}

TEST_CASE("the public catalog is asked for without any identity") {
    AskedSource asked(LookupSourceType::catalog);
    asked.client.on("/v2/_catalog", http_answer(200, R"({"repositories":["public/one"]})"));
    CHECK(asked.public_names().value == NameList{"public/one"});
    REQUIRE(asked.client.requests.size() == 1);
    CHECK(asked.client.requests[0].anonymous);
    CHECK(asked.client.requests[0].headers ==
          Headers{{"Accept", "application/json"}, {"X_RHSM_SSL_CLIENT_CERT", "(null)"}});
}

TEST_CASE("a Katello without a registry has no public names, and no catalog for hosts") {
    AskedSource asked(LookupSourceType::catalog);
    asked.client.on("/v2/_catalog",
                    http_answer(404, R"({"error":{"message":"Registry not configured"}})"));
    CHECK(asked.public_names().status == LookupStatus::found);
    CHECK(asked.public_names().value.empty());
    CHECK(asked.host().status == LookupStatus::failed);
}

TEST_CASE("an empty catalog is a host with nothing of its own") {
    for (const char* body : {R"({"repositories":[]})", R"({"repositories":[null]})",
                             R"({"repositories":[null,null]})"}) {
        CAPTURE(body);
        const auto answer = host_when_catalog_answers(body);
        CHECK(answer.status == LookupStatus::found);
        CHECK(answer.value.repositories.empty());
    }
}

TEST_CASE("entries of a catalog that are no repository's name are left out") {
    const auto answer = host_when_catalog_answers(
        R"({"repositories":[1,true,{"a":"b"},["c"],"","Bad","a//b","../x","a b","a\u0000","\ud800",
            "good","x/../y",")" +
        std::string(256, 'a') + "\"]}");
    REQUIRE(answer.status == LookupStatus::found);
    CHECK(answer.value.repositories == NameList{"good"});
}

TEST_CASE("what is no catalog is no answer") {
    for (const char* body :
         {"", "null", "[]", "{}", R"({"repositories":null})", R"({"repositories":{}})",
          R"({"repositories":"a"})", R"({"repositories":["a"],"repositories":["b"]})",
          R"({"repositories":["a")", R"({"repositories":["a"]} x)", "{\"repositories\":[\"\xff\"]}",
          "<html>"}) {
        CAPTURE(body);
        const auto answer = host_when_catalog_answers(body);
        CHECK(answer.status == LookupStatus::failed);
        CHECK(answer.value.repositories.empty());
        CHECK_FALSE(answer.message.empty());
    }
}

TEST_CASE("a catalog in pages is no answer, because it is not whole") {
    HttpResponse response = http_answer(200, R"({"repositories":["a"]})");
    response.link = R"(</v2/_catalog?last=a&n=1>; rel="next")";
    CHECK(host_when_catalog_answers(std::move(response)).status == LookupStatus::failed);
}

TEST_CASE("a catalog may have 100,000 repositories, not one more") {
    const auto catalog_of = [](std::size_t count) {
        std::string list;
        for (std::size_t i = 0; i < count; ++i) {
            list += (i == 0 ? "\"" : ",\"") + std::to_string(i) + '"';
        }
        return R"({"repositories":[)" + list + "]}";
    };
    CHECK(host_when_catalog_answers(catalog_of(limits::kAnswerNames)).value.repositories.size() ==
          limits::kAnswerNames);
    const auto answer = host_when_catalog_answers(catalog_of(limits::kAnswerNames + 1));
    CHECK(answer.status == LookupStatus::failed);
    CHECK(answer.message.find("more than 100000 repositories") != std::string::npos);
}

TEST_CASE("each HTTP outcome of the catalog has its status") {
    for (const int status : {401, 403}) {
        const auto answer = host_when_catalog_answers(http_answer(status, ""));
        CHECK(answer.status == LookupStatus::refused);
        CHECK(answer.message.find("source: foreman") != std::string::npos);
    }
    AskedSource asked(LookupSourceType::foreman);
    asked.client.on("/v2/_catalog", http_answer(401, ""));
    CHECK(asked.public_names().status == LookupStatus::refused);
    CHECK(asked.public_names().message.find("in front of it") != std::string::npos);
    for (const int status : {301, 307, 404, 410, 500}) {
        CAPTURE(status);
        CHECK(host_when_catalog_answers(http_answer(status, "")).status == LookupStatus::failed);
    }
    CHECK(host_when_catalog_answers(http_failure(Failure::connection, "refused")).status ==
          LookupStatus::unavailable);
}

TEST_CASE("a catalog names no environments to ask for") {
    AskedSource asked(LookupSourceType::catalog);
    CHECK(asked.environment("7-5").status == LookupStatus::found);
    CHECK(asked.client.requests.empty());
}
