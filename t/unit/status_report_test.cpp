// The two texts of certguard_status.
#include "certguard/status_report.hpp"

#include <string>

#include "catch.hpp"

using namespace certguard;

namespace {

StatusReport full_report() {
    StatusReport report;
    report.version = "1.2.3";
    report.decisions = {{"registry", Counted::granted, Reason::ok, 41},
                        {"registry", Counted::audit_denied, Reason::expired, 1}};
    StatusReport::Trust trust;
    trust.guard = "registry";
    trust.generation = 3;
    trust.age = 60;
    trust.is_failing = true;
    trust.ca_expires_in = -5;
    trust.crl_expires_in = 86400;
    report.trust = {trust};
    StatusReport::Lookup lookup;
    lookup.name = "katello";
    lookup.source = "foreman";
    lookup.is_open = true;
    lookup.retry_after = 4000;
    lookup.failures = 5;
    lookup.requests = {0, 10, 2, 3, 4};
    lookup.answers = {7, 1, 0, 5, 0};
    lookup.times[0] = 12;
    lookup.times.back() = 1;
    lookup.milliseconds = 12'034;
    report.lookups = {lookup};
    report.waiting = 8;
    report.questions = 2;
    CacheStatistics cache{};
    cache.hosts = 100;
    cache.environments = 9;
    cache.lookups = 1;
    cache.bytes = 1000;
    cache.used_bytes = 600;
    cache.free_bytes = 400;
    cache.hits = 5;
    cache.misses = 6;
    cache.stores = 11;
    cache.store_failures = 12;
    cache.evictions = 13;
    cache.purges = 14;
    cache.resets = 15;
    report.cache = cache;
    report.certificate_expires_in = 3600;
    return report;
}

/// The samples alone.
std::string samples(const std::string& text) {
    std::string kept;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find('\n', at) + 1;
        if (text[at] != '#') {
            kept += text.substr(at, end - at);
        }
        at = end;
    }
    return kept;
}

}  // namespace

TEST_CASE("Prometheus gets a sample of everything") {
    CHECK(samples(status_prometheus(full_report())) ==
          R"(certguard_info{version="1.2.3"} 1
certguard_decisions_total{guard="registry",decision="granted",reason="ok"} 41
certguard_decisions_total{guard="registry",decision="audit_denied",reason="expired"} 1
certguard_trust_generation{guard="registry"} 3
certguard_trust_age_seconds{guard="registry"} 60
certguard_trust_failing{guard="registry"} 1
certguard_ca_expires_in_seconds{guard="registry"} -5
certguard_crl_expires_in_seconds{guard="registry"} 86400
certguard_client_certificate_expires_in_seconds 3600
certguard_lookup_requests_total{lookup="katello",cache="none"} 0
certguard_lookup_requests_total{lookup="katello",cache="hit"} 10
certguard_lookup_requests_total{lookup="katello",cache="stale"} 2
certguard_lookup_requests_total{lookup="katello",cache="miss"} 3
certguard_lookup_requests_total{lookup="katello",cache="joined"} 4
certguard_lookup_answers_total{lookup="katello",source="foreman",result="found"} 7
certguard_lookup_answers_total{lookup="katello",source="foreman",result="unknown_host"} 1
certguard_lookup_answers_total{lookup="katello",source="foreman",result="refused"} 0
certguard_lookup_answers_total{lookup="katello",source="foreman",result="unavailable"} 5
certguard_lookup_answers_total{lookup="katello",source="foreman",result="failed"} 0
certguard_lookup_answers_total{lookup="katello",source="foreman",result="misconfigured"} 0
certguard_lookup_answer_seconds_bucket{lookup="katello",le="0.005"} 12
certguard_lookup_answer_seconds_bucket{lookup="katello",le="0.010"} 12
certguard_lookup_answer_seconds_bucket{lookup="katello",le="0.025"} 12
certguard_lookup_answer_seconds_bucket{lookup="katello",le="0.050"} 12
certguard_lookup_answer_seconds_bucket{lookup="katello",le="0.100"} 12
certguard_lookup_answer_seconds_bucket{lookup="katello",le="0.250"} 12
certguard_lookup_answer_seconds_bucket{lookup="katello",le="0.500"} 12
certguard_lookup_answer_seconds_bucket{lookup="katello",le="1.000"} 12
certguard_lookup_answer_seconds_bucket{lookup="katello",le="2.500"} 12
certguard_lookup_answer_seconds_bucket{lookup="katello",le="5.000"} 12
certguard_lookup_answer_seconds_bucket{lookup="katello",le="10.000"} 12
certguard_lookup_answer_seconds_bucket{lookup="katello",le="+Inf"} 13
certguard_lookup_answer_seconds_sum{lookup="katello"} 12.034
certguard_lookup_answer_seconds_count{lookup="katello"} 13
certguard_lookup_circuit_open{lookup="katello"} 1
certguard_waiting_requests 8
certguard_lookup_questions 2
certguard_cache_entries{kind="host"} 100
certguard_cache_entries{kind="environment"} 9
certguard_zone_bytes{state="used"} 600
certguard_zone_bytes{state="free"} 400
certguard_zone_size_bytes 1000
certguard_cache_stores_total 11
certguard_cache_store_failures_total 12
certguard_cache_evictions_total 13
certguard_cache_purges_total 14
certguard_cache_resets_total 15
)");
}

TEST_CASE("each metric is announced once, before its samples") {
    const std::string text = status_prometheus(full_report());
    std::string announced;
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
        const std::string line = text.substr(at, text.find('\n', at) - at);
        if (line.rfind("# TYPE ", 0) == 0) {
            announced = line.substr(7, line.find(' ', 7) - 7);
            CAPTURE(announced);
            CHECK(text.find("# TYPE " + announced + " ") == at);
        } else if (line[0] != '#') {
            CAPTURE(line);
            CHECK(line.rfind(announced, 0) == 0);
        }
    }
}

TEST_CASE("the JSON has everything, too") {
    const std::string text = status_json(full_report());
    for (
        const char* part :
        {R"("version":"1.2.3")",
         R"({"guard":"registry","decision":"audit_denied","reason":"expired","count":1})",
         R"({"guard":"registry","generation":3,"age_seconds":60,"failing":true,"ca_expires_in_seconds":-5,"crl_expires_in_seconds":86400})",
         R"("lookup":"katello","source":"foreman","circuit":"open","retry_after_ms":4000,"failures_in_a_row":5)",
         R"("requests":{"none":0,"hit":10,"stale":2,"miss":3,"joined":4})",
         R"("answers":{"found":7,"unknown_host":1,"refused":0,"unavailable":5,"failed":0,"misconfigured":0})",
         R"({"up_to":5,"count":12})", R"({"up_to":null,"count":1}],"answer_time_sum_ms":12034)",
         R"("waiting_requests":8,"questions":2)",
         R"("cache":{"hosts":100,"environments":9,"lookups":1,"zone_bytes":1000,"used_bytes":600,"free_bytes":400,"hits":5,"misses":6,"stores":11,"store_failures":12,"evictions":13,"purges":14,"resets":15})",
         R"("client_certificate_expires_in_seconds":3600)"}) {
        CAPTURE(part);
        CHECK(text.find(part) != std::string::npos);
    }
    const std::string empty = status_json(StatusReport());
    CHECK(empty.find(R"("cache":null)") != std::string::npos);
    CHECK(empty.find(R"("client_certificate_expires_in_seconds":null)") != std::string::npos);
}

TEST_CASE("names can't break out of Prometheus' labels") {
    StatusReport report;
    report.version = "1\"\\\n";
    StatusReport::Lookup lookup;
    lookup.name = "a\"} 1\nforged_metric 1";
    lookup.source = "foreman";
    report.lookups.push_back(lookup);
    const std::string text = status_prometheus(report);
    CHECK(text.find("certguard_info{version=\"1\\\"\\\\\\n\"} 1\n") != std::string::npos);
    CHECK(text.find("\nforged_metric") == std::string::npos);
}

TEST_CASE("a histogram's buckets add up to its count") {
    StatusReport report;
    StatusReport::Lookup lookup;
    lookup.name = "katello";
    lookup.source = "foreman";
    lookup.times.front() = 2;
    lookup.times.back() = 3;
    lookup.milliseconds = 61'007;
    report.lookups.push_back(lookup);
    const std::string text = status_prometheus(report);
    for (const char* line :
         {"certguard_lookup_answer_seconds_bucket{lookup=\"katello\",le=\"0.005\"} 2\n",
          "certguard_lookup_answer_seconds_bucket{lookup=\"katello\",le=\"10.000\"} 2\n",
          "certguard_lookup_answer_seconds_bucket{lookup=\"katello\",le=\"+Inf\"} 5\n",
          "certguard_lookup_answer_seconds_sum{lookup=\"katello\"} 61.007\n",
          "certguard_lookup_answer_seconds_count{lookup=\"katello\"} 5\n"}) {
        CAPTURE(line);
        CHECK(text.find(line) != std::string::npos);
    }
}
