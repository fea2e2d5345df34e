#include "catch.hpp"
#include "cli_lookup_site.hpp"
#include "rhsm_encoder.hpp"

using namespace certguard;
using namespace certguard::test;

namespace {

/// `certguard host` for UUID with a policy that has LOOKUPS.
Ran ask(const LookupSite& site, const std::string& lookups, const std::string& uuid = kHost,
        std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"host", uuid, "--policy", site.policy(lookups)});
    return run_certguard(more);
}

/// The same of a Foreman that answers as SCRIPT says.
Ran ask_foreman(const ScriptedServer::Script& script, const std::string& more_keys = "",
                std::vector<std::string> more = {}) {
    const LookupSite site;
    const ScriptedServer server(script);
    return ask(site, site.foreman_lookup(server.url(), more_keys), kHost, std::move(more));
}

}  // namespace

TEST_CASE("certguard host shows what a hosts file says") {
    const LookupSite site;
    const Ran ran = ask(site, site.file_lookup());
    CHECK(ran.status == cli::kYes);
    CHECK(ran.err.empty());
    CHECK(contains(ran.out, "host:          " + kHost +
                                "\n"
                                "lookup:        site (file)\n"
                                "answer:        known\n"
                                "organization:  ACME\n"
                                "environments:  2\n"
                                "  Dev/web\n"
                                "  Library\n"
                                "repositories:  2\n"
                                "  acme/nginx\n"
                                "  acme/redis\n"
                                "public:        1\n"
                                "  acme/open\n"
                                "took:          "));
}

TEST_CASE("certguard host takes a UUID in capitals, too") {
    const LookupSite site;
    const Ran ran = ask(site, site.file_lookup(), "0D1C3F2E-8A55-4D3B-9A4E-5F6071829304");
    CHECK(ran.status == cli::kYes);
    CHECK(contains(ran.out, "host:          " + kHost));
}

TEST_CASE("certguard host says that there is no such host, with exit status 1") {
    const LookupSite site;
    const Ran ran = ask(site, site.file_lookup(), kStranger);
    CHECK(ran.status == cli::kNo);
    CHECK(contains(ran.out, "answer:        unknown_host\n"));
    CHECK_FALSE(contains(ran.out, "environments"));
    CHECK(ran.err == "certguard: the hosts file has no such host\n");
}

TEST_CASE("certguard host answers in JSON") {
    const LookupSite site;
    const Ran known = ask(site, site.file_lookup(), kHost, {"--json"});
    CHECK(known.status == cli::kYes);
    CHECK(
        contains(known.out, "{\"host\":\"" + kHost +
                                R"(","lookup":"site","source":"file","url":null,"answer":"known",)"
                                R"("message":null,"organization":"ACME",)"
                                R"("environments":["Dev/web","Library"],)"
                                R"("repositories":["acme/nginx","acme/redis"],)"
                                R"("public":["acme/open"],"milliseconds":)"));
    CHECK(contains(known.out, R"(,"requests":[]})"));
    const Ran unknown = ask(site, site.file_lookup(), kStranger, {"--json"});
    CHECK(unknown.status == cli::kNo);
    CHECK(unknown.err.empty());
    CHECK(contains(unknown.out, R"("answer":"unknown_host","message":"the hosts file has no)"));
    CHECK(contains(unknown.out, R"("organization":null,"environments":null,"repositories":null,)"
                                R"("public":null,)"));
}

TEST_CASE("certguard host asks Foreman as nginx does, and tells whom it asked") {
    const LookupSite site;
    const ScriptedServer server(katello_5());
    const Ran ran = ask(site, site.foreman_lookup(server.url()));
    CAPTURE(ran.out, ran.err);
    CHECK(ran.status == cli::kYes);
    CHECK(contains(ran.out, "lookup:        katello (foreman, " + server.url() + ")\n"));
    CHECK(contains(ran.out,
                   "organization:  ACME\n"
                   "environments:  2\n  Dev/web\n  Library\n"
                   "repositories:  2\n"
                   "  acme/dev/web/prod/busybox\n  acme/dev/web/prod/nginx\n"
                   "public:        1\n  acme/open/busybox\n"
                   "took:          "));
    CHECK(contains(ran.out, "  GET /api/v2/hosts?search=subscription_uuid%3D%22" + kHost +
                                "%22&per_page=2 -> 200, "));
    CHECK(contains(ran.out, "  GET /v2/_catalog -> 200, "));
    CHECK(server.requests() == 5);
    CHECK_FALSE(contains(ran.out, kPassword));
}

TEST_CASE("certguard host tells a host that Foreman does not know from one it may not see") {
    const Ran ran = ask_foreman(
        KatelloScript().on("/api/v2/hosts", "200 OK", R"({"total":0,"subtotal":0,"results":[]})"));
    CHECK(ran.status == cli::kNo);
    CHECK(contains(ran.out, "answer:        unknown_host\n"));
    CHECK(contains(ran.err, "it needs view_hosts and the host's organization and location"));
    CHECK(contains(ran.err, "the user sees no host at all"));
}

TEST_CASE("a lookup that gives no answer is trouble for certguard host, with the reason") {
    struct Case {
        ScriptedServer::Script script;
        std::string answer;
        std::string message;
    };
    const std::string hosts = "/api/v2/hosts";
    const std::string twice =
        R"({"total":2,"subtotal":2,"results":[{"id":1,"subscription_facet_attributes":{"uuid":")" +
        kHost + R"("}},{"id":2,"subscription_facet_attributes":{"uuid":")" + kHost + R"("}}]})";
    const Case table[] = {
        {KatelloScript().on(hosts, "401 Unauthorized",
                            R"({"error":{"message":"Unable to authenticate user certguard"}})"),
         "refused", "check user and password_file"},
        {KatelloScript().on(hosts, "403 Forbidden", R"({"error":{"message":"Access denied"}})"),
         "refused", "the user needs view_hosts"},
        {KatelloScript().on(hosts, "200 OK", twice), "misconfigured", "more than one host"},
        {KatelloScript().on(hosts, "503 Service Unavailable", "x"), "unavailable", "HTTP 503"},
        {KatelloScript().on(hosts, "200 OK", "<html>"), "unavailable", "Content-Type"},
        {[](ScriptedServer::Connection& connection) { connection.close(); }, "unavailable", "GET"},
    };
    for (const Case& row : table) {
        const Ran ran = ask_foreman(row.script);
        CAPTURE(row.answer, row.message, ran.out, ran.err);
        CHECK(ran.status == cli::kTrouble);
        CHECK(contains(ran.out, "answer:        " + row.answer + "\n"));
        CHECK(contains(ran.err + ran.out, row.message));
        CHECK_FALSE(contains(ran.out, "repositories:"));
        const Ran json = ask_foreman(row.script, "", {"--json"});
        CHECK(json.status == cli::kTrouble);
        CHECK(contains(json.out, R"("answer":")" + row.answer + R"(","message":")"));
        CHECK_FALSE(contains(ran.out + ran.err + json.out + json.err, kPassword));
    }
}

TEST_CASE("certguard host waits no longer than the policy says") {
    const Ran ran = ask_foreman(
        [](ScriptedServer::Connection& connection) {
            (void)connection.read_request();
            connection.wait_until_client_closes();
        },
        ", timeout: 200ms, connect_timeout: 100ms", {"--json"});
    CHECK(ran.status == cli::kTrouble);
    CHECK(contains(ran.out, R"("answer":"unavailable","message":")"));
    CHECK(contains(ran.out, R"(,"status":null,"problem":")"));
}

TEST_CASE("a name that nobody knows is an answer of its own") {
    const LookupSite site;
    const Ran ran = ask(site, site.foreman_lookup("https://katello.invalid"));
    CHECK(ran.status == cli::kTrouble);
    CHECK(contains(ran.out, "answer:        unavailable\n"));
    CHECK(contains(ran.err, "lookup \"katello\": cannot resolve katello.invalid: "));
}

TEST_CASE("what a source can't tell is not shown as nothing") {
    const LookupSite site;
    const ScriptedServer server(
        KatelloScript().on("/v2/_catalog", "200 OK", R"({"repositories":["acme/a","acme/b"]})"));
    const Ran ran = ask(site, site.lookup("catalog", server.url()));
    CHECK(ran.status == cli::kYes);
    CHECK(contains(ran.out,
                   "organization:  not told\n"
                   "environments:  not told by this source\n"
                   "repositories:  2\n  acme/a\n  acme/b\n"));
    const Ran json = ask(site, site.lookup("catalog", server.url()), kHost, {"--json"});
    CHECK(
        contains(json.out, R"("organization":null,"environments":null,"repositories":["acme/a")"));
}

TEST_CASE("Candlepin is shown the host's certificate, and its private key is shown to nobody") {
    const LookupSite site;
    const ScriptedServer server(
        KatelloScript().on("/rhsm/consumers/" + kHost, "200 OK", katello_file("consumer.json")));
    const std::string lookup = site.lookup("consumer", server.url());
    const Ran ran = ask(site, lookup, kHost, {"--certificate", site.certificate()});
    CAPTURE(ran.err);
    CHECK(ran.status == cli::kYes);
    CHECK(contains(ran.out,
                   "organization:  ACME\nenvironments:  2\n  Dev/web\n  Library\n"
                   "repositories:  not told by this source\n"
                   "public:        not told by this source\n"));
    CHECK_FALSE(contains(ran.out + ran.err, "CANARY"));
    REQUIRE(server.heads().size() == 1);
    CHECK(contains(server.heads()[0], "X_RHSM_SSL_CLIENT_CERT: -----BEGIN CERTIFICATE----- "));

    const Ran gone = ask(site, lookup, kStranger, {"--certificate", site.certificate(kStranger)});
    CHECK(gone.status == cli::kNo);
    CHECK(contains(gone.err, "the host is not registered (any more)"));
}

TEST_CASE("the host's SCA certificate alone tells its environments") {
    const LookupSite site;
    const std::string sca =
        site.certificate(kHost, "ACME", rhsm_encoder::v3_extensions({"/ACME/Dev/web"}, true));
    const std::string lookup = "  sca: {source: certificate}\n";
    const Ran ran = ask(site, lookup, kHost, {"--certificate", sca});
    CHECK(ran.status == cli::kYes);
    CHECK(contains(ran.out, "environments:  1\n  Dev/web\n"));
    const Ran identity = ask(site, lookup, kHost, {"--certificate", site.certificate()});
    CHECK(identity.status == cli::kTrouble);
    CHECK(contains(identity.out, "answer:        misconfigured\n"));
    CHECK(contains(identity.err, "needs the host's SCA certificate"));
}

TEST_CASE("certguard host must know which lookup is meant") {
    const LookupSite site;
    const std::string both = site.file_lookup("a") + site.file_lookup("b");
    const Ran none_named = ask(site, both);
    CHECK(none_named.status == cli::kTrouble);
    CHECK(none_named.err == "certguard: --lookup is required: the policy has a, b\n");
    CHECK(ask(site, both, kHost, {"--lookup", "b"}).status == cli::kYes);
    CHECK(contains(ask(site, both, kHost, {"--lookup", "c"}).err,
                   "--lookup: \"c\" is not in the policy, which has a, b\n"));
    const std::string without =
        site.directory.write("none.yaml", "version: 1\nguards: {a: {type: x509, ca: ca.pem}}\n");
    const Ran none = run_certguard({"host", kHost, "--policy", without});
    CHECK(none.status == cli::kTrouble);
    CHECK(none.err == "certguard: the policy has no lookups\n");
}

TEST_CASE("what certguard host can't use is trouble, and nobody is asked") {
    const LookupSite site;
    const ScriptedServer server(katello_5());
    const std::string consumer = site.lookup("consumer", server.url());
    const Ran no_uuid = ask(site, consumer, "web1.example.com", {"--certificate", "/missing"});
    CHECK(no_uuid.status == cli::kTrouble);
    CHECK(contains(no_uuid.err, "found \"web1.example.com\", expected a host's UUID"));
    CHECK(contains(no_uuid.err, "--certificate: /missing: "));

    const Ran no_certificate = ask(site, consumer);
    CHECK(no_certificate.status == cli::kTrouble);
    CHECK(contains(no_certificate.err, "--certificate is required: the lookup katello"));

    const Ran another = ask(site, consumer, kHost, {"--certificate", site.certificate(kStranger)});
    CHECK(another.status == cli::kTrouble);
    CHECK(contains(another.err, "is not of this host; its subject is "));

    const Ran bad_ca = ask(site,
                           "  katello: {source: catalog, url: https://katello.invalid, "
                           "ca: token}\n");
    CHECK(bad_ca.status == cli::kTrouble);
    CHECK(contains(bad_ca.err, "there is no CA certificate in PEM"));
    CHECK(server.requests() == 0);
}
