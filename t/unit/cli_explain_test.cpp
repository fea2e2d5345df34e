#include "catch.hpp"
#include "cli/time_argument.hpp"
#include "cli_test_helpers.hpp"
#include "temporary_directory.hpp"

using namespace certguard;
using namespace certguard::test;

namespace {

const std::string kCertificate = vector_file("real/pulp-v3.4-one-two-var.pem");
const std::string kEntitled =
    "/pulp/content/Default_Organization/Library/content/dist/rhel8/8.4/x86_64/baseos/os/x.rpm";

struct Site {
    TemporaryDirectory directory;
    std::string policy =
        directory.write("policy.yaml", "version: 1\nguards:\n  content:\n    type: rhsm\n    ca: " +
                                           vector_file("real/ca-pulp-katello-default.pem") +
                                           "\n    path_prefix: /pulp/content/\n");

    Ran explain(std::vector<std::string> more) const {
        more.insert(more.begin(), {"explain", "--policy", policy, "--guard", "content"});
        return run_certguard(more);
    }
    Ran with_certificate(const std::string& uri, const std::string& at = "2026-01-01") const {
        return explain({"--certificate", kCertificate, "--uri", uri, "--at", at, "--offline"});
    }
};

}  // namespace

TEST_CASE("certguard explain shows a grant and what led to it") {
    const Site site;
    const Ran ran = site.with_certificate(kEntitled);
    CHECK(ran.status == cli::kYes);
    CHECK(ran.err.empty());
    CHECK(contains(ran.out, "decision:  granted\nreason:    ok\nguard:     content (rhsm)\n"));
    CHECK(contains(ran.out, "request:   GET " + kEntitled + "\nat:        2026-01-01T00:00:00Z\n"));
    CHECK(contains(ran.out, "steps:\n  1. uri: nginx reads the path \"" + kEntitled + "\"\n  2. "));
    CHECK(site.with_certificate("https://foreman.example.com" + kEntitled + "?a=b").status ==
          cli::kYes);
}

TEST_CASE("certguard explain shows why a request is refused, with its HTTP status") {
    const Site site;
    struct Case {
        Ran ran;
        std::string reason;
        std::string status;
    };
    const Case table[] = {
        {site.with_certificate("/pulp/content/Other/x"), "not_entitled", "403"},
        {site.with_certificate("/elsewhere"), "not_entitled", "403"},
        {site.with_certificate(kEntitled, "2050-01-01"), "expired", "403"},
        {site.with_certificate(kEntitled, "2016-03-24T03:59:59Z"), "not_yet_valid", "403"},
        {site.with_certificate(kEntitled + "/../../x"), "bad_request_path", "400"},
        {site.with_certificate("/a/../../x"), "bad_request_path", "400"},
        {site.with_certificate("no-slash"), "bad_request_path", "400"},
        {site.explain({"--uri", kEntitled}), "no_certificate", "403"},
    };
    for (const Case& row : table) {
        CAPTURE(row.reason, row.ran.err);
        CHECK(row.ran.status == cli::kNo);
        CHECK(contains(row.ran.out, "decision:  denied\nreason:    " + row.reason +
                                        "\nstatus:    " + row.status + "\n"));
        CHECK(contains(row.ran.out, "refused: "));
    }
    CHECK(contains(site.explain({"--uri", kEntitled}).out, "certguard_pass"));
}

TEST_CASE("certguard explain answers in JSON") {
    const Site site;
    const Ran denied =
        site.explain({"--json", "--uri", "/a%20b?c", "--at", "@0", "--method", "PUT"});
    CHECK(denied.status == cli::kNo);
    CHECK(contains(denied.out,
                   R"({"granted":false,"decision":"denied","reason":"no_certificate","status":403,)"
                   R"("message":")"));
    CHECK(contains(denied.out,
                   R"("guard":"content","type":"rhsm","serves":"content","method":"PUT",)"
                   R"("uri":"/a%20b?c","path":"/a b","repository":null,)"
                   R"("at":"1970-01-01T00:00:00Z","host":null,"environments":null,"lookup":null,)"
                   R"("steps":["uri: )"));
    const Ran granted = site.explain(
        {"--json", "--certificate", kCertificate, "--uri", kEntitled, "--at", "2026-01-01"});
    CHECK(granted.status == cli::kYes);
    CHECK(contains(granted.out,
                   R"({"granted":true,"decision":"granted","reason":"ok","status":null,)"
                   R"("message":null,)"));
    CHECK(contains(site.explain({"--json", "--uri", "/.."}).out, R"("path":null)"));
}

TEST_CASE("what certguard explain can't use is trouble, all of it at once") {
    const Site site;
    const Ran ran = run_certguard({"explain", "--policy", site.policy, "--guard", "nope", "--uri",
                                   "/x", "--certificate", "/missing", "--at", "soon"});
    CHECK(ran.status == cli::kTrouble);
    CHECK(ran.out.empty());
    CHECK(contains(ran.err, "--guard: \"nope\" is not in the policy, which has content\n"));
    CHECK(contains(ran.err, "--certificate: /missing: "));
    CHECK(contains(ran.err, "--at: found \"soon\", expected a time like 2026-01-31"));

    const std::string bad = site.directory.write("bad.yaml", "version: 2\n");
    const Ran invalid =
        run_certguard({"explain", "--policy", bad, "--guard", "content", "--uri", "/x"});
    CHECK(invalid.status == cli::kTrouble);
    CHECK(contains(invalid.err, bad + ":1:10: version: error: "));
}

TEST_CASE("certguard explain says that a trusted proxy does not ask for itself") {
    const Site site;
    const std::string ca = "ca: " + vector_file("real/ca-pulp-katello-default.pem");
    const std::string policy = site.directory.write(
        "proxies.yaml",
        "version: 1\ntrusted_proxies: proxies\nguards:\n"
        "  hosts: {type: host, lookup: own, " +
            ca + "}\n  proxies: {type: x509, names: 13F56FE3EC9C4AA98C8FECD857AB6885, " + ca +
            "}\n  others: {type: x509, names: other.example.com, " + ca +
            "}\nlookups:\n  own: {source: certificate}\n");
    const auto explain = [&](const char* guard, std::vector<std::string> more = {}) {
        more.insert(more.begin(), {"explain", "--policy", policy, "--guard", guard, "--certificate",
                                   kCertificate, "--uri", "/x", "--at", "2026-01-01"});
        return run_certguard(more);
    };
    const Ran refused = explain("hosts");
    CHECK(refused.status == cli::kNo);
    CHECK(contains(refused.out, "decision:  denied\nreason:    trusted_proxy\nstatus:    403\n"));
    CHECK(contains(refused.out,
                   "proxy: the certificate is a trusted proxy's (guard \"proxies\"), "
                   "so it does not decide, and may bring its client's identity\n"));
    CHECK(contains(refused.out, "a location with certguard_pass hands the request on instead"));
    CHECK(contains(explain("hosts", {"--pass"}).out,
                   "decision:  passed\nreason:    trusted_proxy\n"));
    const Ran listed = explain("proxies");
    CHECK(contains(listed.out, "decision:  granted\n"));
    CHECK(contains(listed.out, "name: the CN is one of the guard's names\n"));
    const Ran other = explain("others");
    CHECK(contains(other.out, "reason:    name_not_listed\nstatus:    403\n"));
    CHECK(contains(other.out,
                   "CN is \"13f56fe3ec9c4aa98c8fecd857ab6885\", and the guard \"others\""));
}

TEST_CASE("times are calendar days and hours in UTC, or seconds since the epoch") {
    CHECK(cli::parse_time("1970-01-01") == 0);
    CHECK(cli::parse_time("1970-01-02T00:00:01") == 86401);
    CHECK(cli::parse_time("1970-01-02 00:00:01Z") == 86401);
    CHECK(cli::parse_time("2024-02-29Z") == 1709164800);
    CHECK(cli::parse_time("2049-12-01T13:00:00Z") == 2521976400);
    CHECK(cli::parse_time("@-1") == -1);
    CHECK(cli::parse_time("@1767225600") == 1767225600);
    for (const char* text : {"",
                             "now",
                             "2026",
                             "2026-1-1",
                             "2023-02-29",
                             "2026-13-01",
                             "2026-00-10",
                             "2026-01-00",
                             "2026-01-01T",
                             "2026-01-01T24:00:00",
                             "2026-01-01T00:60:00",
                             "2026-01-01T00:00:60",
                             "2026-01-01T00:00",
                             "2026-01-01T00:00:00+01:00",
                             "2026-01-01ZZ",
                             "1767225600",
                             "@",
                             "@1x",
                             "@99999999999999999999",
                             " 2026-01-01",
                             "20a6-01-01"}) {
        CAPTURE(text);
        CHECK_FALSE(cli::parse_time(text));
    }
    CHECK(cli::iso_time(1767225600) == "2026-01-01T00:00:00Z");
    CHECK(cli::iso_time(-1) == "1969-12-31T23:59:59Z");
}
