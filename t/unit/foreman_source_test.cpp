// LookupSourceType::foreman, against what Foreman and Katello answer.
#include <string>
#include <vector>

#include "certguard/limits.hpp"
#include "lookup_test_helpers.hpp"

using namespace certguard;
using Failure = HttpResponse::Failure;

namespace {

const std::string kHosts = "/api/v2/hosts";
const std::string kRepositories = "/katello/api/v2/repositories";
const std::string kOrganizations = "/katello/api/v2/organizations";
const std::string kVersions = "/katello/api/v2/content_view_versions";

/// Foreman, that knows the host of FILE and the organization's label.
AskedSource foreman(const std::string& file = "hosts-5.0.json") {
    AskedSource asked(LookupSourceType::foreman);
    asked.client.on(kHosts, http_answer(200, katello_answer(file)));
    asked.client.on(kOrganizations, http_answer(200, katello_answer("organizations.json")));
    return asked;
}

Answer<HostAnswer> host_when_hosts_answer(HttpResponse response) {
    AskedSource asked(LookupSourceType::foreman);
    asked.client.on(kHosts, std::move(response));
    return asked.host();
}

Answer<HostAnswer> host_when_hosts_answer(const std::string& body) {
    return host_when_hosts_answer(http_answer(200, body));
}

/// A row of /api/v2/hosts with this content facet.
std::string hosts_with(const std::string& content_facet, const std::string& uuid = kUuid) {
    return R"({"total":9,"subtotal":1,"results":[{"id":41,"organization_id":null,)"
           R"("subscription_facet_attributes":{"uuid":")" +
           uuid + R"("},"content_facet_attributes":)" + content_facet + "}]}";
}

Answer<NameList> names_when_repositories_answer(HttpResponse response) {
    AskedSource asked(LookupSourceType::foreman);
    asked.client.on(kRepositories, std::move(response));
    return asked.environment("7-5");
}

Answer<NameList> names_when_repositories_answer(const std::string& body) {
    return names_when_repositories_answer(http_answer(200, body));
}

std::string repository(const std::string& name) {
    return R"({"container_repository_name":")" + name + "\"}";
}

std::string repositories(const std::string& rows, const std::string& subtotal) {
    return R"({"subtotal":)" + subtotal + R"(,"error":null,"results":[)" + rows + "]}";
}

bool mentions(const std::string& message, const std::string& part) {
    return message.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a host's environments are found in the JSON of every Katello from 4.14 on") {
    for (const char* version : {"4.14", "4.15", "4.18", "4.20", "5.0"}) {
        CAPTURE(version);
        AskedSource asked = foreman("hosts-" + std::string(version) + ".json");
        const auto answer = asked.host();
        REQUIRE(answer.status == LookupStatus::found);
        CHECK(answer.message.empty());
        CHECK(answer.value.organization == "ACME");
        CHECK(labels(answer.value) == "Dev/web,Library");
        CHECK(keys(answer.value) == "7-5,1-1");
        CHECK(answer.value.repositories.empty());
    }
}

TEST_CASE("what ends a question that was begun, or what many wait for, is urgent") {
    AskedSource asked = foreman();
    asked.client.on(kRepositories, http_answer(200, repositories("", "0")));
    asked.client.on("/v2/_catalog", http_answer(200, R"({"repositories":[]})"));
    asked.host();
    asked.environment("7-5");
    asked.public_names();
    for (const HttpRequest& request : asked.client.requests) {
        CAPTURE(request.url);
        CHECK(request.urgent == (request.url.find(kHosts) == std::string::npos));
    }
    CHECK(asked.client.requests.size() == 4);
}

TEST_CASE("before Katello 4.14 the environments' labels are asked for beside the host") {
    AskedSource asked = foreman("hosts-4.8.json");
    asked.client.on("content_view_id=7&environment_id=5",
                    http_answer(200, katello_answer("versions-4.8-web.json")));
    asked.client.on("content_view_id=1&environment_id=1",
                    http_answer(200, katello_answer("versions-4.8-default.json")));
    for (int round = 0; round < 2; ++round) {
        const auto answer = asked.host();
        REQUIRE(answer.status == LookupStatus::found);
        CHECK(labels(answer.value) == "Dev/web,Library");
        CHECK(keys(answer.value) == "7-5,1-1");
    }
    // They never change, so they are asked for once.
    CHECK(asked.client.urls() ==
          std::vector<std::string>{
              kKatello + kHosts + "?search=subscription_uuid%3D%22" + kUuid + "%22&per_page=2",
              kKatello + kVersions + "?content_view_id=7&environment_id=5",
              kKatello + kVersions + "?content_view_id=1&environment_id=1",
              kKatello + kOrganizations + "?per_page=all",
              kKatello + kHosts + "?search=subscription_uuid%3D%22" + kUuid + "%22&per_page=2"});
}

TEST_CASE("up to Katello 4.7 a host has one environment") {
    AskedSource asked = foreman("hosts-4.7.json");
    asked.client.on(kVersions, http_answer(200, katello_answer("versions-4.8-web.json")));
    const auto answer = asked.host();
    REQUIRE(answer.status == LookupStatus::found);
    CHECK(labels(answer.value) == "Dev/web");
    CHECK(keys(answer.value) == "7-5");
}

TEST_CASE("an answer about labels that is of no use leaves a label empty") {
    AskedSource asked = foreman("hosts-4.8.json");
    SECTION("because Katello hides it") {
        asked.client.on(kVersions, http_answer(404, "{}"));
    }
    SECTION("because it is about other ids, or has no good label") {
        asked.client.on(kVersions, http_answer(200, R"({"results":[null,{},
            {"content_view":{"id":8,"label":"web"},"environments":[{"id":5,"label":"Dev"}]},
            {"content_view":{"id":7,"label":".."},"environments":[{"id":5,"label":"Dev"}]},
            {"content_view":{"id":7,"label":"web"},"environments":[{"id":6,"label":"Dev"}]}]})"));
    }
    const auto answer = asked.host();
    REQUIRE(answer.status == LookupStatus::found);
    CHECK(labels(answer.value) == ",");
    CHECK(keys(answer.value) == "7-5,1-1");
}

TEST_CASE("the organization's label is asked for once, and may be missing") {
    SECTION("hosts of the same organization share it") {
        AskedSource asked = foreman();
        CHECK(asked.host().value.organization == "ACME");
        CHECK(asked.host().value.organization == "ACME");
        CHECK(asked.client.requests.size() == 3);
    }
    SECTION("Katello lists it not") {
        AskedSource asked(LookupSourceType::foreman);
        asked.client.on(kHosts, http_answer(200, katello_answer("hosts-5.0.json")));
        asked.client.on(kOrganizations, http_answer(200, R"({"results":[{"id":4,"label":"ACME"},
            {"id":3,"label":"../.."},{"id":3},null,{"label":"ACME"}]})"));
        CHECK(asked.host().status == LookupStatus::found);
        CHECK(asked.host().value.organization.empty());
    }
    SECTION("Katello has no such API") {
        AskedSource asked(LookupSourceType::foreman);
        asked.client.on(kHosts, http_answer(200, katello_answer("hosts-5.0.json")));
        CHECK(asked.host().status == LookupStatus::found);
        CHECK(asked.host().value.organization.empty());
    }
    SECTION("the host has none") {
        AskedSource asked(LookupSourceType::foreman);
        asked.client.on(kHosts, http_answer(200, hosts_with("{}")));
        CHECK(asked.host().status == LookupStatus::found);
        CHECK(asked.client.requests.size() == 1);
    }
}

TEST_CASE("when a label can't be asked for, there is no answer") {
    AskedSource asked(LookupSourceType::foreman);
    asked.client.on(kHosts, http_answer(200, katello_answer("hosts-5.0.json")));
    asked.client.on(kOrganizations, http_answer(403, "{}"));
    asked.client.on(kOrganizations, http_answer(503, "{}"));
    asked.client.on(kOrganizations, http_answer(200, "[]"));
    CHECK(asked.host().status == LookupStatus::refused);
    CHECK(asked.host().status == LookupStatus::unavailable);
    CHECK(asked.host().status == LookupStatus::failed);
}

TEST_CASE("a host that the search does not find is unknown") {
    const auto answer = host_when_hosts_answer(R"({"total":812,"subtotal":0,"results":[]})");
    CHECK(answer.status == LookupStatus::unknown_host);
    CHECK(mentions(answer.message, "\"certguard\""));
    CHECK(mentions(answer.message, "organization and location"));
    CHECK_FALSE(mentions(answer.message, "no host at all"));
}

TEST_CASE("a user that sees no host at all is named in the message") {
    const auto answer = host_when_hosts_answer(R"({"total":0,"subtotal":0,"results":[]})");
    CHECK(answer.status == LookupStatus::unknown_host);
    CHECK(mentions(answer.message, "sees no host at all"));
}

TEST_CASE("two hosts with one UUID, or the wrong host, are a misconfiguration") {
    const std::string row = R"({"subscription_facet_attributes":{"uuid":")" + kUuid + "\"}}";
    for (const std::string& body :
         {R"({"subtotal":2,"results":[)" + row + "," + row + "]}",
          R"({"subtotal":"2","results":[)" + row + "]}", R"({"results":[)" + row + "," + row + "]}",
          R"({"subtotal":3,"results":[)" + row + "," + row + "," + row + "]}",
          hosts_with("{}", "11111111-8a55-4d3b-9a4e-5f6071829304"), hosts_with("{}", ""),
          std::string(R"({"subtotal":1,"results":[{"id":41}]})"),
          std::string(R"({"subtotal":1,"results":[{"subscription_facet_attributes":null}]})"),
          std::string(R"({"results":[{"subscription_facet_attributes":{"uuid":1}}]})")}) {
        CAPTURE(body);
        const auto answer = host_when_hosts_answer(body);
        CHECK(answer.status == LookupStatus::misconfigured);
        CHECK(answer.value.environments.empty());
        CHECK_FALSE(answer.message.empty());
    }
}

TEST_CASE("a host's UUID may come in upper case") {
    CHECK(host_when_hosts_answer(hosts_with("{}", "0D1C3F2E-8A55-4D3B-9A4E-5F6071829304")).status ==
          LookupStatus::found);
}

TEST_CASE("ids may arrive as strings, and what is no environment is left out") {
    const auto answer = host_when_hosts_answer(hosts_with(R"({"content_view_environments":[null,1,
        {"content_view":{"id":"7"},"lifecycle_environment":{"id":"5"},"label":"Dev/web"},
        {"content_view":null,"lifecycle_environment":{"id":5}},
        {"content_view":{"id":-1},"lifecycle_environment":{"id":5}},
        {"content_view":{"id":8.5},"lifecycle_environment":{"id":5}},
        {"content_view":{"id":null},"lifecycle_environment":{"id":5},"label":"Dev/other"}]})"));
    REQUIRE(answer.status == LookupStatus::found);
    CHECK(labels(answer.value) == "Dev/web,Dev/other");
    CHECK(keys(answer.value) == "7-5,");
}

TEST_CASE("a host without content has no environments") {
    for (const char* facet : {"{}", "null", R"({"content_view_environments":[]})",
                              R"({"content_view_environments":null})",
                              R"({"content_view":null,"lifecycle_environment":null})",
                              R"({"content_view_environments":[],"content_view":{"id":7},
                                  "lifecycle_environment":{"id":5}})"}) {
        CAPTURE(facet);
        const auto answer = host_when_hosts_answer(hosts_with(facet));
        CHECK(answer.status == LookupStatus::found);
        CHECK(answer.value.environments.empty());
    }
}

TEST_CASE("a host may have 256 environments, not one more") {
    const auto answer_with = [](std::size_t count) {
        std::string list;
        for (std::size_t i = 0; i < count; ++i) {
            list += (i == 0 ? "" : ",") + std::string(R"({"content_view":{"id":)") +
                    std::to_string(i) + R"(},"lifecycle_environment":{"id":5},"label":"Dev/web"})";
        }
        return host_when_hosts_answer(
            hosts_with(R"({"content_view_environments":[)" + list + "]}"));
    };
    CHECK(answer_with(limits::kHostEnvironments).value.environments.size() ==
          limits::kHostEnvironments);
    const auto answer = answer_with(limits::kHostEnvironments + 1);
    CHECK(answer.status == LookupStatus::failed);
    CHECK(mentions(answer.message, "more than 256 environments"));
}

TEST_CASE("what is not the JSON of Foreman's API is no answer") {
    for (const std::string& body : {
             std::string(),
             std::string("null"),
             std::string("[]"),
             std::string("{}"),
             std::string("<!DOCTYPE html><html></html>"),
             std::string(R"({"results":null})"),
             std::string(R"({"results":{}})"),
             std::string(R"({"results":[1]})"),
             std::string(R"({"results":[null]})"),
             std::string(R"({"results":[[]]})"),
             std::string(R"({"subtotal":0,"results":[]}{"subtotal":0,"results":[]})"),
             std::string(R"({"subtotal":1,"results":[]})"),
             std::string(R"({"results":[],"results":[{}]})"),
             std::string(R"({"subtotal":0,"results":[)"),
             hosts_with(R"({"content_view_environments":{}})"),
             hosts_with(R"({"content_view_environments":[{"label":"a","label":"b"}]})"),
             hosts_with("{").substr(0, 150),
         }) {
        CAPTURE(body);
        const auto answer = host_when_hosts_answer(body);
        CHECK(answer.status == LookupStatus::failed);
        CHECK_FALSE(answer.message.empty());
    }
}

TEST_CASE("an answer cut off anywhere is no answer") {
    const std::string whole = katello_answer("hosts-5.0.json");
    const std::size_t end = whole.rfind('}');
    for (std::size_t length = 0; length < end; ++length) {
        if (host_when_hosts_answer(whole.substr(0, length)).status != LookupStatus::failed) {
            FAIL("cut after " << length << " bytes");
        }
    }
}

TEST_CASE("each HTTP outcome of the host question has its status") {
    struct {
        HttpResponse response;
        LookupStatus status;
        const char* message;  // part of it
    } const rows[] = {
        {http_failure(Failure::timeout, "no answer in 5 s"), LookupStatus::unavailable,
         "no answer in 5 s"},
        {http_failure(Failure::connection, "connection refused"), LookupStatus::unavailable,
         "check the lookup's url"},
        {http_failure(Failure::tls, "unknown CA"), LookupStatus::unavailable,
         "check the lookup's url, ca"},
        {http_failure(Failure::too_large, "too large"), LookupStatus::failed,
         "at most 16777216 bytes"},
        {http_failure(Failure::overloaded, "queue full"), LookupStatus::unavailable, "queue full"},
        {http_failure(Failure::other, "no memory"), LookupStatus::unavailable, "no memory"},
        {http_answer(301, "", "text/html"), LookupStatus::failed, "redirect"},
        {http_answer(302, ""), LookupStatus::failed, "HTTP 302"},
        {http_answer(401, R"({"error":{"message":"Unable to authenticate user certguard"}})"),
         LookupStatus::refused, "\"Unable to authenticate user certguard\""},
        {http_answer(401, "<html>"), LookupStatus::refused, "check user and password_file"},
        {http_answer(403, R"({"error":{"message":"Access denied","details":"Missing one of the
            required permissions: view_hosts","missing_permissions":["view_hosts"]}})"),
         LookupStatus::refused, "the user needs view_hosts"},
        {http_answer(403,
                     R"({"error":{"message":"Access denied","details":"Missing: view_hosts"}})"),
         LookupStatus::refused, "\"Access denied: Missing: view_hosts\""},
        {http_answer(400, R"({"error":{"message":"Field 'subscription_uuid' not recognized"}})"),
         LookupStatus::failed, "Field 'subscription_uuid' not recognized"},
        {http_answer(404, "<html>", "text/html"), LookupStatus::failed, "check its url"},
        {http_answer(410, "{}"), LookupStatus::failed, "HTTP 410"},
        {http_answer(204, ""), LookupStatus::failed, "HTTP 204"},
        {http_answer(500, "<html>", "text/html"), LookupStatus::failed, "HTTP 500"},
        {http_answer(503, R"({"displayMessage":"maintenance"})"), LookupStatus::unavailable,
         "HTTP 503"},
        {http_answer(502, ""), LookupStatus::unavailable, "HTTP 502"},
        {http_answer(504, ""), LookupStatus::unavailable, "HTTP 504"},
        {http_answer(505, ""), LookupStatus::failed, "HTTP 505"},
        {http_answer(200, "<html>", "text/html"), LookupStatus::failed, "\"text/html\""},
    };
    for (const auto& row : rows) {
        const auto answer = host_when_hosts_answer(row.response);
        CAPTURE(row.response.status, row.response.message, answer.message);
        CHECK(answer.status == row.status);
        CHECK(mentions(answer.message, row.message));
        CHECK(mentions(answer.message, kKatello));
        CHECK_FALSE(mentions(answer.message, "the-password"));
        CHECK(answer.value.environments.empty());
    }
}

TEST_CASE("messages are one line, whatever the server says") {
    const auto answer = host_when_hosts_answer(
        http_answer(401, R"({"error":"a\nb\u0000c\u001b[2J)" + std::string(5000, 'x') + "\"}",
                    "text\r\n/html"));
    CHECK(answer.status == LookupStatus::refused);
    CHECK(answer.message.size() < 600);
    for (const char c : answer.message) {
        CHECK(static_cast<unsigned char>(c) >= 0x20);
    }
}

TEST_CASE("an environment's repositories are one request and come sorted") {
    for (const char* version : {"4.8", "5.0"}) {
        CAPTURE(version);
        AskedSource asked(LookupSourceType::foreman);
        asked.client.on(
            kRepositories,
            http_answer(200, katello_answer("repositories-" + std::string(version) + ".json")));
        const auto answer = asked.environment("7-5");
        REQUIRE(answer.status == LookupStatus::found);
        CHECK(answer.value ==
              (version == std::string("4.8")
                   ? NameList{"acme-dev-web-prod-busybox", "acme-dev-web-prod-nginx"}
                   : NameList{"acme/dev/web/prod/busybox", "acme/dev/web/prod/nginx"}));
        CHECK(asked.client.urls() ==
              std::vector<std::string>{kKatello + kRepositories +
                                       "?content_view_id=7&environment_id=5&content_type=docker"
                                       "&full_result=true"});
    }
}

TEST_CASE("an environment without containers has no repositories") {
    const auto answer = names_when_repositories_answer(repositories("", "0"));
    CHECK(answer.status == LookupStatus::found);
    CHECK(answer.value.empty());
}

TEST_CASE("what is no repository's name is left out") {
    const auto answer = names_when_repositories_answer(repositories(
        R"(null,1,"x",[],{},{"container_repository_name":null},{"container_repository_name":1},)" +
            repository("good/name") + "," + repository("good/name") + "," + repository("Bad/Name") +
            "," + repository("../etc") + "," + repository("a b") + "," + repository(R"(a\nb)") +
            "," + repository(R"(\ud800)") + "," + repository(std::string(255, 'a')) + "," +
            repository(std::string(256, 'a')) + R"(,{"relative_path":"relative/path"})",
        "17"));
    REQUIRE(answer.status == LookupStatus::found);
    CHECK(answer.value == NameList{std::string(255, 'a'), "good/name"});
}

TEST_CASE("repositories of another environment are no answer") {
    for (const char* ids :
         {R"("environment":{"id":6},"content_view":{"id":7})",
          R"("environment":{"id":5},"content_view":{"id":1})", R"("environment":{"id":"6"})"}) {
        CAPTURE(ids);
        const auto answer = names_when_repositories_answer(repositories(
            repository("a") + R"(,{"container_repository_name":"b",)" + ids + "}", "2"));
        CHECK(answer.status == LookupStatus::failed);
        CHECK(mentions(answer.message, "another environment"));
    }
}

TEST_CASE("a search that Katello could not do is not an empty list") {
    const auto answer = names_when_repositories_answer(
        R"({"total":0,"subtotal":0,"error":"Invalid search query","results":[]})");
    CHECK(answer.status == LookupStatus::failed);
    CHECK(mentions(answer.message, "\"Invalid search query\""));
    CHECK(names_when_repositories_answer(R"({"error":{"x":1},"results":[]})").status ==
          LookupStatus::failed);
}

TEST_CASE("an answer in pages is read to its end") {
    AskedSource asked(LookupSourceType::foreman);
    asked.client.on(
        "full_result",
        http_answer(200, repositories(repository("c") + "," + repository("a"), "\"5\"")));
    asked.client.on("&page=2",
                    http_answer(200, repositories(repository("b") + "," + repository("a"), "5")));
    asked.client.on("&page=3", http_answer(200, repositories(repository("d"), "5")));
    const auto answer = asked.environment("7-5");
    REQUIRE(answer.status == LookupStatus::found);
    CHECK(answer.value == NameList{"a", "b", "c", "d"});
    CHECK(asked.client.urls().back() ==
          kKatello + kRepositories +
              "?content_view_id=7&environment_id=5&content_type=docker&per_page=2&page=3");
    CHECK(asked.client.requests.size() == 3);
}

TEST_CASE("paging ends: at a page that is empty or repeated, and after 64 pages") {
    AskedSource asked(LookupSourceType::foreman);
    SECTION("rows that were there a moment ago are gone") {
        asked.client.on("full_result", http_answer(200, repositories(repository("a"), "5")));
        asked.client.on("&page=2", http_answer(200, repositories("", "1")));
        const auto answer = asked.environment("7-5");
        CHECK(answer.status == LookupStatus::found);
        CHECK(answer.value == NameList{"a"});
    }
    SECTION("a page is empty though there are more rows to come") {
        asked.client.on("full_result", http_answer(200, repositories(repository("a"), "5")));
        asked.client.on("&page=2", http_answer(200, repositories("", "5")));
        const auto answer = asked.environment("7-5");
        CHECK(answer.status == LookupStatus::failed);
        CHECK(mentions(answer.message, "counts repositories but has none"));
    }
    SECTION("Katello gives the same page again and again") {
        asked.client.on(kRepositories, http_answer(200, repositories(repository("a"), "5")));
        const auto answer = asked.environment("7-5");
        CHECK(answer.status == LookupStatus::failed);
        CHECK(mentions(answer.message, "repeats"));
        CHECK(asked.client.requests.size() == 2);
    }
    SECTION("there is always one more") {
        for (std::size_t i = 0; i < limits::kAnswerPages + 5; ++i) {
            asked.client.on(kRepositories,
                            http_answer(200, repositories(repository("a" + std::to_string(i)),
                                                          std::to_string(i + 2))));
        }
        const auto answer = asked.environment("7-5");
        CHECK(answer.status == LookupStatus::failed);
        CHECK(mentions(answer.message, "more than 64 pages"));
        CHECK(asked.client.requests.size() == limits::kAnswerPages);
    }
    SECTION("64 pages are fine") {
        for (std::size_t i = 0; i < limits::kAnswerPages; ++i) {
            asked.client.on(kRepositories,
                            http_answer(200, repositories(repository("a" + std::to_string(i)),
                                                          std::to_string(limits::kAnswerPages))));
        }
        CHECK(asked.environment("7-5").value.size() == limits::kAnswerPages);
    }
    SECTION("a later page fails") {
        asked.client.on("full_result", http_answer(200, repositories(repository("a"), "5")));
        asked.client.on("&page=2", http_answer(503, ""));
        CHECK(asked.environment("7-5").status == LookupStatus::unavailable);
    }
    SECTION("rows are counted, but there is none") {
        asked.client.on(kRepositories, http_answer(200, repositories("", "5")));
        CHECK(asked.environment("7-5").status == LookupStatus::failed);
    }
}

TEST_CASE("an environment may have 100,000 repositories, not one more") {
    const auto page_of = [](std::size_t count) {
        std::string rows;
        for (std::size_t i = 0; i < count; ++i) {
            rows += (i == 0 ? "" : ",") + repository(std::to_string(i));
        }
        return repositories(rows, "0");
    };
    CHECK(names_when_repositories_answer(page_of(limits::kAnswerNames)).value.size() ==
          limits::kAnswerNames);
    const auto answer = names_when_repositories_answer(page_of(limits::kAnswerNames + 1));
    CHECK(answer.status == LookupStatus::failed);
    CHECK(mentions(answer.message, "more than 100000 repositories"));
}

TEST_CASE("each HTTP outcome of the environment question has its status") {
    CHECK(names_when_repositories_answer(http_answer(401, "")).status == LookupStatus::refused);
    CHECK(names_when_repositories_answer(http_answer(403, "")).status == LookupStatus::refused);
    for (const int status : {301, 400, 404, 500}) {
        CAPTURE(status);
        CHECK(names_when_repositories_answer(http_answer(status, "")).status ==
              LookupStatus::failed);
    }
    CHECK(names_when_repositories_answer(http_failure(Failure::timeout, "")).status ==
          LookupStatus::unavailable);
    CHECK(names_when_repositories_answer("{}").status == LookupStatus::failed);
}

TEST_CASE("only a key that this source gave asks for an environment") {
    for (const char* key : {"", "-", "7", "7-", "-5", "7-5-", "7-5x", " 7-5", "a-b", "7&x=-5",
                            "7--5", "18446744073709551616-5"}) {
        CAPTURE(key);
        AskedSource asked(LookupSourceType::foreman);
        CHECK(asked.environment(key).status == LookupStatus::misconfigured);
        CHECK(asked.client.requests.empty());
    }
}

TEST_CASE("only a UUID gets into a request") {
    for (const std::string& uuid : {std::string(), kUuid + "%22", kUuid.substr(1) + "\"",
                                    kUuid.substr(1) + "\n", std::string(36, 'x')}) {
        CAPTURE(uuid);
        for (const LookupSourceType type :
             {LookupSourceType::foreman, LookupSourceType::catalog, LookupSourceType::consumer}) {
            AskedSource asked(type);
            CHECK(asked.host(uuid, "PEM").status == LookupStatus::misconfigured);
            CHECK(asked.client.requests.empty());
        }
    }
}

TEST_CASE("a question that is destroyed is cancelled and never answered") {
    AskedSource asked = foreman("hosts-4.8.json");
    bool is_answered = false;
    auto pending = asked.source->ask_host({kUuid, "", ""}, [&](auto) { is_answered = true; });
    CHECK(asked.client.waiting() == 1);
    pending.reset();
    CHECK(asked.client.waiting() == 0);
    asked.client.run();
    CHECK_FALSE(is_answered);
}

TEST_CASE("a question may be destroyed by its own answer") {
    AskedSource asked = foreman();
    std::unique_ptr<LookupSource::Pending> pending;
    bool is_answered = false;
    pending = asked.source->ask_host({kUuid, "", ""}, [&](auto answer) {
        pending.reset();
        is_answered = answer.status == LookupStatus::found;
    });
    asked.client.run();
    CHECK(is_answered);
    CHECK(pending == nullptr);
}

TEST_CASE("the source leaves the credentials to the client, and the public catalog has none") {
    AskedSource asked = foreman();
    asked.client.on("/v2/_catalog", http_answer(200, katello_answer("catalog.json")));
    asked.host();
    CHECK(asked.public_names().value == NameList{"acme/dev/web/prod/nginx", "acme/prod/busybox"});
    for (const HttpRequest& request : asked.client.requests) {
        CAPTURE(request.url);
        CHECK(request.anonymous == mentions(request.url, "/v2/_catalog"));
        CHECK(request.most_body_bytes == limits::kAnswerBytes);
        for (const auto& [name, value] : request.headers) {
            CHECK(name != "Authorization");
        }
    }
}
