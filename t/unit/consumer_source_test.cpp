// LookupSourceType::consumer, and the private key that must not get out of its answer.
#include <string>
#include <utility>
#include <vector>

#include "certguard/limits.hpp"
#include "consumer_question.hpp"
#include "lookup_test_helpers.hpp"

using namespace certguard;
using Failure = HttpResponse::Failure;
using Headers = std::vector<std::pair<std::string, std::string>>;

namespace {

const std::string kPem = "-----BEGIN CERTIFICATE-----\nAAAA\nBBBB\n-----END CERTIFICATE-----\n";
const std::string kCanary = "CANARY";

Answer<HostAnswer> host_when_candlepin_answers(HttpResponse response) {
    AskedSource asked(LookupSourceType::consumer);
    asked.client.on("/rhsm/consumers/", std::move(response));
    return asked.host(kUuid, kPem);
}

Answer<HostAnswer> host_when_candlepin_answers(const std::string& body) {
    return host_when_candlepin_answers(http_answer(200, body));
}

std::string consumer(const std::string& members) {
    return R"({"uuid":")" + kUuid + R"(","owner":{"key":"ACME"},)" + members + "}";
}

}  // namespace

TEST_CASE("Candlepin is shown the host's certificate and tells organization and environments") {
    AskedSource asked(LookupSourceType::consumer);
    asked.client.on("/rhsm/consumers/", http_answer(200, katello_answer("consumer.json")));
    const auto answer = asked.host(kUuid, kPem);
    REQUIRE(answer.status == LookupStatus::found);
    CHECK(answer.value.organization == "ACME");
    CHECK(labels(answer.value) == "Dev/web,Library");
    CHECK(keys(answer.value) == ",");
    CHECK(answer.value.repositories.empty());
    REQUIRE(asked.client.requests.size() == 1);
    CHECK(asked.client.requests[0].url == kKatello + "/rhsm/consumers/" + kUuid);
    CHECK(asked.client.requests[0].headers ==
          Headers{{"Accept", "application/json"},
                  {"X_RHSM_SSL_CLIENT_CERT",
                   "-----BEGIN CERTIFICATE----- AAAA BBBB -----END CERTIFICATE-----"}});
}

TEST_CASE("an older Candlepin joins the environments by commas") {
    for (const char* members :
         {R"("environment":{"name":"Dev/web,Library"})",
          R"("environments":null,"environment":{"id":"1","name":"Dev/web,Library"})",
          R"("environment":{"name":",Dev/web,,bad label,Library,"})"}) {
        CAPTURE(members);
        const auto answer = host_when_candlepin_answers(consumer(members));
        REQUIRE(answer.status == LookupStatus::found);
        CHECK(labels(answer.value) == "Dev/web,Library");
    }
}

TEST_CASE("a consumer may be in no environment") {
    for (const char* members :
         {R"("environments":[])", R"("environment":null)",
          R"("environments":[],"environment":null)",
          R"("environments":[],"environment":{"name":"Dev/web"})", R"("environment":{"name":null})",
          R"("environments":[{"name":"../.."},{"name":1},{}])"}) {
        CAPTURE(members);
        const auto answer = host_when_candlepin_answers(consumer(members));
        CHECK(answer.status == LookupStatus::found);
        CHECK(answer.value.environments.empty());
    }
}

TEST_CASE("a consumer that is gone is unknown") {
    for (const int status : {404, 410}) {
        const auto answer = host_when_candlepin_answers(
            http_answer(status, R"({"displayMessage":"Unit has been deleted"})", "text/plain"));
        CHECK(answer.status == LookupStatus::unknown_host);
        CHECK_FALSE(answer.message.empty());
    }
}

TEST_CASE("a refusal of the host's certificate also points to a server that drops the header") {
    for (const int status : {401, 403}) {
        const std::string message = host_when_candlepin_answers(http_answer(status, "")).message;
        CAPTURE(message);
        CHECK(message.find("check the lookup's url") != std::string::npos);
        CHECK(message.find("drops the header X_RHSM_SSL_CLIENT_CERT") != std::string::npos);
        CHECK(message.find("underscores_in_headers") != std::string::npos);
    }
}

TEST_CASE("each other HTTP outcome of the consumer question has its status") {
    CHECK(host_when_candlepin_answers(http_answer(401, "")).status == LookupStatus::refused);
    CHECK(host_when_candlepin_answers(http_answer(403, "")).status == LookupStatus::refused);
    for (const int status : {302, 400, 500}) {
        CAPTURE(status);
        CHECK(host_when_candlepin_answers(http_answer(status, "")).status == LookupStatus::failed);
    }
    CHECK(host_when_candlepin_answers(http_failure(Failure::tls, "x")).status ==
          LookupStatus::unavailable);
}

TEST_CASE("an answer about another consumer is a misconfiguration") {
    for (const char* body :
         {R"({"uuid":"11111111-8a55-4d3b-9a4e-5f6071829304","owner":{"key":"A"}})",
          R"({"owner":{"key":"ACME"}})", R"({"uuid":null,"owner":{"key":"A"}})"}) {
        CAPTURE(body);
        CHECK(host_when_candlepin_answers(body).status == LookupStatus::misconfigured);
    }
}

TEST_CASE("what is not a consumer is no answer") {
    for (const std::string& body :
         {std::string(), std::string("{}"), std::string("[]"), std::string("<html>"),
          R"({"uuid":")" + kUuid + "\"}", R"({"uuid":")" + kUuid + R"(","owner":null})",
          R"({"uuid":")" + kUuid + R"(","owner":{"key":".."}})", consumer(R"("environments":{})"),
          consumer(R"("environments":[null])"), consumer(R"("uuid":"x")"),
          consumer(R"("owner":{"key":"B"})")}) {
        CAPTURE(body);
        CHECK(host_when_candlepin_answers(body).status == LookupStatus::failed);
    }
}

TEST_CASE("a consumer may have 256 environments, not one more") {
    for (const bool is_joined : {false, true}) {
        const auto answer_with = [is_joined](std::size_t count) {
            std::string list;
            for (std::size_t i = 0; i < count; ++i) {
                const std::string label = "E" + std::to_string(i);
                list += (i == 0 ? "" : ",") + (is_joined ? label : R"({"name":")" + label + "\"}");
            }
            return host_when_candlepin_answers(
                consumer(is_joined ? R"("environment":{"name":")" + list + "\"}"
                                   : R"("environments":[)" + list + "]"));
        };
        CHECK(answer_with(limits::kHostEnvironments).value.environments.size() ==
              limits::kHostEnvironments);
        CHECK(answer_with(limits::kHostEnvironments + 1).status == LookupStatus::failed);
    }
}

TEST_CASE("without the host's certificate Candlepin is not asked") {
    for (const char* pem : {"", "\n", "A\r\nX-Injected: 1", "A\tB", "A\x7f", "\xc3\xa4"}) {
        CAPTURE(pem);
        AskedSource asked(LookupSourceType::consumer);
        CHECK(asked.host(kUuid, pem).status == LookupStatus::misconfigured);
        CHECK(asked.client.requests.empty());
    }
}

TEST_CASE("nothing of the private key is left behind where a consumer was read") {
    const std::string whole = katello_answer("consumer.json");
    REQUIRE(whole.find(kCanary) != std::string::npos);
    for (const std::string& text : {whole, whole.substr(0, whole.size() - 3), "[" + whole + "]"}) {
        std::string body = text;
        body.reserve(body.size() + 4096);  // so that it need not move
        const std::string_view buffer(body.data(), body.size());
        const bool is_fit = read_consumer(body).ok();
        CHECK(is_fit == (text == whole));
        CHECK(body.empty());
        CHECK(body.data() == buffer.data());
        CHECK(buffer.find_first_not_of('\0') == std::string_view::npos);
    }
}

TEST_CASE("no message about a consumer quotes the body") {
    const std::string whole = katello_answer("consumer.json");
    for (const int status : {200, 302, 400, 401, 403, 404, 410, 500, 503}) {
        for (const std::string& body : {whole, whole.substr(0, whole.size() - 3)}) {
            const auto answer = host_when_candlepin_answers(http_answer(status, body));
            CAPTURE(status, answer.message);
            CHECK(answer.message.find(kCanary) == std::string::npos);
            CHECK(labels(answer.value).find(kCanary) == std::string::npos);
        }
    }
}
