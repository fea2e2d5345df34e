// The decision as a table: guard, certificate, request and time in, verdict and reason out.
#include "certguard/decision.hpp"

#include <algorithm>
#include <ctime>
#include <string>

#include "catch.hpp"
#include "certguard/host_reply.hpp"
#include "rhsm_encoder.hpp"
#include "test_pki.hpp"

using namespace certguard;

namespace {

const std::int64_t kNow = std::time(nullptr);
constexpr std::int64_t kDay = test_pki::kDay;
const char kUuid[] = "0d1c6f2e-7c1b-4f7e-9d58-3f1d2ab05000";

const test_pki::Identity& ca() {
    static const test_pki::Identity identity = test_pki::make_ca({});
    return identity;
}

test_pki::Spec host() {
    test_pki::Spec spec;
    spec.common_name = kUuid;
    spec.organizations = {"ACME"};
    return spec;
}

ClientCertificate client(const test_pki::Spec& spec, const test_pki::Identity& issuer = ca()) {
    return ClientCertificate(
        Certificate::from_der(test_pki::make_leaf(spec, &issuer).der()).value());
}

/// A host whose entitlement names PATHS.
ClientCertificate entitled(const std::vector<std::string>& paths) {
    test_pki::Spec spec = host();
    spec.extensions = rhsm_encoder::v3_extensions(paths);
    return client(spec);
}

Guard guard(GuardType type) {
    Guard made;
    made.settings.name = "content";
    made.settings.type = type;
    const auto built = TrustStore::build({{"ca.pem", ca().pem()}}, {}, kNow);
    REQUIRE(built.store != nullptr);
    made.trust =
        std::make_shared<TrustFiles>(std::vector<std::string>{}, std::vector<std::string>{});
    made.trust->adopt(built.store);
    return made;
}

Request request(std::string_view path) {
    Request made;
    made.target = path;
    made.path = path;
    return made;
}

/// A lookup's answer: the host is in ORGANIZATION, in the environments LABELS.
HostReply known_host(const std::string& organization, const std::vector<std::string>& labels) {
    HostProfile profile;
    profile.organization = organization;
    for (const std::string& label : labels) {
        profile.environments.push_back({label, ""});
    }
    HostReply reply;
    reply.outcome = LookupOutcome::known;
    reply.profile = std::make_shared<const HostProfile>(std::move(profile));
    return reply;
}

Guard host_guard() {
    Guard made = guard(GuardType::host);
    made.settings.lookup = LookupName{"katello", {}};
    made.settings.path_prefix = "/pulp/content/";
    return made;
}

std::string decided(const Guard& by, ClientCertificate* certificate, const Request& what,
                    std::int64_t now = kNow) {
    const Decision decision = decide(by, certificate, what, now);
    return std::string(verdict_word(decision.verdict)) + " " +
           std::string(reason_word(decision.reason));
}

}  // namespace

TEST_CASE("x509: a good certificate opens everything, no other does") {
    const Guard x509 = guard(GuardType::x509);
    ClientCertificate good = client(host());
    CHECK(decided(x509, &good, request("/any/where")) == "granted ok");
    CHECK(decided(x509, nullptr, request("/any/where")) == "denied no_certificate");

    const test_pki::Identity other = test_pki::make_ca({});
    ClientCertificate stranger = client(host(), other);
    CHECK(decided(x509, &stranger, request("/")) == "denied untrusted_issuer");
}

TEST_CASE("a guard with names grants certificates of these CNs only, whole, in either case") {
    Guard x509 = guard(GuardType::x509);
    x509.settings.names = {"other.example.com", "proxy.example.com"};
    const auto named = [](const std::string& name) {
        test_pki::Spec spec;
        spec.common_name = name;
        return client(spec);
    };
    for (const char* name : {"proxy.example.com", "Proxy.EXAMPLE.com", "other.example.com"}) {
        CAPTURE(name);
        ClientCertificate certificate = named(name);
        CHECK(decided(x509, &certificate, request("/")) == "granted ok");
    }
    for (const char* name :
         {"proxy.example.co", "proxy.example.com.evil.test", "a.proxy.example.com",
          "proxy.example.com ", "proxy-example.com", kUuid, ""}) {
        CAPTURE(name);
        ClientCertificate certificate = named(name);
        const Decision decision = decide(x509, &certificate, request("/"), kNow);
        CHECK(decision.reason == Reason::name_not_listed);
        CHECK(decision.status == 403);
        CHECK(decision.trusted);
        CHECK(
            decision.message.find("the guard \"content\" is for certificates with a CN of its list "
                                  "\"names\" only") != std::string::npos);
    }
    test_pki::Spec good;
    good.common_name = "proxy.example.com";
    ClientCertificate stranger = client(good, test_pki::make_ca({}));
    CHECK(decided(x509, &stranger, request("/")) == "denied untrusted_issuer");
    std::vector<std::string> steps;
    ClientCertificate certificate = named("proxy.example.com");
    decide(x509, &certificate, request("/"), kNow, &steps);
    CHECK(std::find(steps.begin(), steps.end(), "name: the CN is one of the guard's names") !=
          steps.end());
}

TEST_CASE("a trusted proxy's request is Katello's to decide, never a grant") {
    const test_pki::Identity proxies_ca = test_pki::make_ca({});
    Guard proxies = guard(GuardType::x509);
    proxies.settings.name = "proxies";
    proxies.settings.names = {"proxy.example.com"};
    proxies.trust->adopt(TrustStore::build({{"p.pem", proxies_ca.pem()}}, {}, kNow).store);
    Guard hosts = host_guard();
    hosts.trusted_proxies = &proxies;
    test_pki::Spec spec;
    spec.common_name = "proxy.example.com";
    ClientCertificate proxy = client(spec, proxies_ca);
    const HostReply known = known_host("ACME", {"Library"});
    Request asked = request("/pulp/content/ACME/Library/x");
    for (const HostReply* reply : {static_cast<const HostReply*>(nullptr), &known}) {
        asked.reply = reply;
        asked.can_pass = false;
        const Decision refused = decide(hosts, &proxy, asked, kNow);
        CHECK(refused.verdict == Verdict::denied);
        CHECK(refused.reason == Reason::trusted_proxy);
        CHECK(refused.status == 403);
        CHECK(refused.trusted);
        CHECK_FALSE(refused.ask_lookup);
        asked.can_pass = true;
        CHECK(decided(hosts, &proxy, asked) == "passed trusted_proxy");
    }
    // What proxies' guard does not grant is judged like any other certificate.
    CHECK(decided(hosts, &proxy, asked, kNow + 40 * kDay) == "denied untrusted_issuer");
    ClientCertificate of_hosts_ca = client(spec);
    CHECK(decided(hosts, &of_hosts_ca, asked) == "denied not_a_host");
    spec.common_name = "other.example.com";
    ClientCertificate other = client(spec, proxies_ca);
    CHECK(decided(hosts, &other, asked) == "denied untrusted_issuer");
    ClientCertificate a_host = client(host());
    CHECK(decided(hosts, &a_host, asked) == "granted ok");
    hosts.trusted_proxies = nullptr;
    CHECK(decided(hosts, &proxy, asked) == "denied untrusted_issuer");

    hosts.trusted_proxies = &proxies;
    asked.path = asked.target = "/pulp/content/%2F";
    const Decision bad_path = decide(hosts, &proxy, asked, kNow);
    CHECK(bad_path.reason == Reason::bad_request_path);
    CHECK(bad_path.trusted);
}

TEST_CASE("a guard that needs a lookup grants nothing without its answer") {
    ClientCertificate certificate = entitled({"/a"});
    CHECK(decided(guard(GuardType::rhsm), &certificate, request("/a")) == "granted ok");
    CHECK(decided(guard(GuardType::host), &certificate, request("/a")) ==
          "unavailable lookup_failed");
    for (const GuardType type : {GuardType::x509, GuardType::rhsm}) {
        Guard with_host = guard(type);
        with_host.settings.require_host = LookupName{"katello", {}};
        CHECK(decided(with_host, &certificate, request("/a")) == "unavailable lookup_failed");
        CHECK(decided(with_host, nullptr, request("/a")) == "denied no_certificate");
    }
}

TEST_CASE("the same certificate is judged by the clock each time") {
    const Guard x509 = guard(GuardType::x509);
    test_pki::Spec spec = host();
    spec.not_before = kNow - 10;
    spec.not_after = kNow + 10;
    ClientCertificate certificate = client(spec);
    CHECK(decided(x509, &certificate, request("/"), kNow - 11) == "denied not_yet_valid");
    CHECK(decided(x509, &certificate, request("/"), kNow - 10) == "granted ok");
    CHECK(decided(x509, &certificate, request("/"), kNow + 9) == "granted ok");
    CHECK(decided(x509, &certificate, request("/"), kNow + 11) == "denied expired");
    CHECK(decided(x509, &certificate, request("/"), kNow) == "granted ok");
}

TEST_CASE("a guard that gets a new trust store forgets what the old one said") {
    Guard x509 = guard(GuardType::x509);
    ClientCertificate certificate = client(host());
    CHECK(decided(x509, &certificate, request("/")) == "granted ok");
    const test_pki::Identity other = test_pki::make_ca({});
    x509.trust->adopt(TrustStore::build({{"other.pem", other.pem()}}, {}, kNow).store);
    CHECK(decided(x509, &certificate, request("/")) == "denied untrusted_issuer");
    x509.trust->adopt(nullptr);
    CHECK(decided(x509, &certificate, request("/")) == "unavailable internal_error");
}

TEST_CASE("many guards with stores of their own do not mix up their verdicts") {
    std::vector<Guard> guards;
    std::vector<test_pki::Identity> issuers;
    for (int i = 0; i < 12; ++i) {
        issuers.push_back(test_pki::make_ca({}));
        guards.push_back(guard(GuardType::x509));
        guards.back().trust->adopt(
            TrustStore::build({{"ca.pem", issuers.back().pem()}}, {}, kNow).store);
    }
    ClientCertificate certificate = client(host(), issuers[7]);
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 12; ++i) {
            CAPTURE(round, i);
            CHECK(decided(guards[i], &certificate, request("/")) ==
                  (i == 7 ? "granted ok" : "denied untrusted_issuer"));
        }
    }
}

TEST_CASE("rhsm: the path has to lie below an authorized one, behind the prefix") {
    Guard rhsm = guard(GuardType::rhsm);
    rhsm.settings.path_prefix = "/pulp/content/";
    ClientCertificate certificate = entitled({"/some/path/foo"});
    struct {
        const char* path;
        const char* decision;
    } const rows[] = {
        {"/pulp/content/some/path/foo", "granted ok"},
        {"/pulp/content/some/path/foo/", "granted ok"},
        {"/pulp/content/some/path/foo/x", "granted ok"},
        {"/pulp/content/some/path", "denied not_entitled"},
        {"/pulp/content/some/path/foobar", "denied not_entitled"},
        {"/pulp/content", "denied not_entitled"},
        {"/some/path/foo", "denied not_entitled"},
        {"/pulp/contents/some/path/foo", "denied not_entitled"},
        {"/pulp/content/some/path/foo/../bar", "denied bad_request_path"},
        {"/pulp/content/some/path/foo/a%2Fb", "denied bad_request_path"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.path);
        CHECK(decided(rhsm, &certificate, request(row.path)) == row.decision);
    }
}

TEST_CASE("rhsm: an identity certificate is trusted and names no paths") {
    const Guard rhsm = guard(GuardType::rhsm);
    ClientCertificate identity = client(host());
    CHECK(decided(rhsm, &identity, request("/some")) == "denied not_entitled");
    CHECK(decide(rhsm, &identity, request("/some"), kNow).trusted);
}

TEST_CASE("rhsm: a payload that breaks the format opens nothing") {
    const Guard rhsm = guard(GuardType::rhsm);
    test_pki::Spec spec = host();
    spec.extensions = rhsm_encoder::v3_extensions({"/some/path"});
    for (test_pki::Extension& extension : spec.extensions) {
        if (extension.oid == "1.3.6.1.4.1.2312.9.7") {
            extension.der.pop_back();
        }
    }
    ClientCertificate broken = client(spec);
    CHECK(decided(rhsm, &broken, request("/some/path")) == "denied bad_certificate");
}

TEST_CASE("rhsm: trust comes before the payload") {
    const Guard rhsm = guard(GuardType::rhsm);
    test_pki::Spec spec = host();
    spec.extensions = rhsm_encoder::v3_extensions({"/some/path"});
    spec.not_after = kNow - kDay / 2;
    ClientCertificate late = client(spec);
    CHECK(decided(rhsm, &late, request("/some/path")) == "denied expired");
    CHECK_FALSE(decide(rhsm, &late, request("/some/path"), kNow).trusted);
}

TEST_CASE("match base_path: at, above or below the distribution that the request is for (G6)") {
    Guard rhsm = guard(GuardType::rhsm);
    rhsm.settings.path_prefix = "/pulp/content/";
    rhsm.settings.match = PathMatch::base_path;
    rhsm.settings.base_paths = {"some", "some/path/bar", "some/path", "some/path/foo"};
    ClientCertificate certificate = entitled({"/some/path/foo"});
    struct {
        const char* path;
        const char* decision;
    } const rows[] = {
        {"/pulp/content/some/x", "granted ok"},
        {"/pulp/content/some/path/x", "granted ok"},
        {"/pulp/content/some/path/foo/x", "granted ok"},
        {"/pulp/content/some/path/bar/x", "denied not_entitled"},  // the longest base path counts
        {"/pulp/content/some/pathology", "granted ok"},            // of the distribution "some"
        {"/pulp/content/another/path", "denied not_entitled"},
        {"/pulp/content/", "denied not_entitled"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.path);
        CHECK(decided(rhsm, &certificate, request(row.path)) == row.decision);
    }
}

TEST_CASE("no certificate is passed only where the location has a certguard_pass") {
    const Guard x509 = guard(GuardType::x509);
    Request with_pass = request("/a%2Fb");
    with_pass.can_pass = true;
    CHECK(decided(x509, nullptr, with_pass) == "passed no_certificate");
    ClientCertificate good = client(host());
    CHECK(decided(x509, &good, with_pass) == "denied bad_request_path");
}

TEST_CASE("a certificate that the backend could not take as a header is refused") {
    Guard x509 = guard(GuardType::x509);
    ClientCertificate certificate = client(host());
    const std::size_t length = certificate.urlencoded_pem().size();
    x509.settings.max_header = length;
    CHECK(decided(x509, &certificate, request("/")) == "granted ok");
    x509.settings.max_header = length - 1;
    CHECK(decided(x509, &certificate, request("/")) == "denied certificate_too_large");
    x509.settings.forward_header.clear();
    CHECK(decided(x509, &certificate, request("/")) == "granted ok");
}

TEST_CASE("each refusal has a status and a line for the admin; a grant has none") {
    const Guard x509 = guard(GuardType::x509);
    ClientCertificate good = client(host());
    CHECK(decide(x509, &good, request("/"), kNow).message.empty());
    const Decision none = decide(x509, nullptr, request("/"), kNow);
    CHECK(none.status == 403);
    CHECK_FALSE(none.message.empty());
    CHECK(decide(x509, &good, request("/.."), kNow).status == 400);
    const Decision unreadable = unreadable_certificate({Reason::bad_certificate, "why"});
    CHECK(unreadable.verdict == Verdict::denied);
    CHECK(unreadable.reason == Reason::bad_certificate);
    CHECK(unreadable.message == "why");
}

TEST_CASE("a path that is refused says nothing against the certificate") {
    const Guard x509 = guard(GuardType::x509);
    ClientCertificate good = client(host());
    ClientCertificate stranger = client(host(), test_pki::make_ca({}));
    for (const auto& [certificate, trusted] : {std::pair(&good, true), {&stranger, false}}) {
        const Decision decision = decide(x509, certificate, request("/.."), kNow);
        CHECK(decision.reason == Reason::bad_request_path);
        CHECK(decision.trusted == trusted);
    }
}

TEST_CASE("a decision tells whether it is made by what a lookup has said") {
    ClientCertificate good = client(host());
    ClientCertificate stranger = client(host(), test_pki::make_ca({}));
    const HostReply known = known_host("ACME", {"Dev/web"});
    const HostReply away;
    const auto by_lookup = [by = host_guard()](ClientCertificate& certificate, const char* path,
                                               const HostReply* reply) {
        Request asked = request(path);
        asked.reply = reply;
        return decide(by, &certificate, asked, kNow).by_lookup;
    };
    const char* const kPath = "/pulp/content/ACME/Dev/web/x";
    CHECK(by_lookup(good, kPath, &known));
    CHECK(by_lookup(good, "/pulp/content/ACME/Prod/x", &known));
    CHECK(by_lookup(good, kPath, &away));
    CHECK_FALSE(by_lookup(good, kPath, nullptr));
    CHECK_FALSE(by_lookup(stranger, kPath, &known));
    CHECK_FALSE(by_lookup(good, "/..", &known));
}

TEST_CASE("the steps tell how a decision came about") {
    Guard rhsm = guard(GuardType::rhsm);
    ClientCertificate certificate = entitled({"/some/path/foo"});
    std::vector<std::string> steps;
    (void)decide(rhsm, &certificate, request("/some/path/foo/x"), kNow, &steps);
    CHECK(steps.size() >= 4);
    steps.clear();
    (void)decide(rhsm, &certificate, request("/elsewhere"), kNow, &steps);
    REQUIRE_FALSE(steps.empty());
    CHECK(steps.back().rfind("refused: ", 0) == 0);
}

TEST_CASE("a guard that needs a lookup asks for it once all else is well") {
    ClientCertificate good = client(host());
    const Guard by = host_guard();
    const Decision decision = decide(by, &good, request("/pulp/content/ACME/Dev/web/x"), kNow);
    CHECK(decision.ask_lookup);
    CHECK(decision.verdict == Verdict::unavailable);
    CHECK(decision.reason == Reason::lookup_failed);
    CHECK(decision.status == 503);
    CHECK(decision.trusted);

    ClientCertificate stranger = client(host(), test_pki::make_ca({}));
    CHECK_FALSE(decide(by, &stranger, request("/pulp/content/ACME/Dev/x"), kNow).ask_lookup);
    test_pki::Spec server = host();
    server.common_name = "katello.example.com";
    ClientCertificate infrastructure = client(server);
    CHECK(decided(by, &infrastructure, request("/pulp/content/ACME/Dev/x")) == "denied not_a_host");
    CHECK_FALSE(decide(by, &infrastructure, request("/pulp/content/ACME/Dev/x"), kNow).ask_lookup);

    Guard entitling = guard(GuardType::rhsm);
    entitling.settings.require_host = LookupName{"katello", {}};
    ClientCertificate with_paths = entitled({"/ACME/Dev"});
    CHECK(decide(entitling, &with_paths, request("/ACME/Dev/x"), kNow).ask_lookup);
    CHECK_FALSE(decide(entitling, &with_paths, request("/ACME/Other"), kNow).ask_lookup);
    CHECK(decided(entitling, &with_paths, request("/ACME/Other")) == "denied not_entitled");
}

TEST_CASE("content of a host guard lies below one of the host's environments") {
    ClientCertificate good = client(host());
    const Guard by = host_guard();
    const auto asked = [&](const HostReply& reply, std::string_view path) {
        Request what = request(path);
        what.reply = &reply;
        return decided(by, &good, what);
    };
    const HostReply reply = known_host("ACME", {"Dev/web", "Test"});
    for (const char* path : {"/pulp/content/ACME/Dev/web/custom/p/r/repodata/repomd.xml",
                             "/pulp/content/ACME/Dev/web", "/pulp/content//ACME//Dev/web/",
                             "/pulp/content/ACME/Test/x", "/pulp/content/ACME/Test"}) {
        CAPTURE(path);
        CHECK(asked(reply, path) == "granted ok");
    }
    for (const char* path :
         {"/pulp/content/ACME/Dev", "/pulp/content/ACME/Dev/", "/pulp/content/ACME/Dev/web2/x",
          "/pulp/content/ACME/dev/web/x", "/pulp/content/acme/Dev/web/x",
          "/pulp/content/ACME/Testing/x", "/pulp/content/Other/Dev/web/x", "/pulp/content/",
          "/pulp/content/ACME", "/ACME/Dev/web/x", "/pulp/contents/ACME/Dev/web/x",
          "/pulp/content/ACME/content_views/web/1.0/x"}) {
        CAPTURE(path);
        CHECK(asked(reply, path) == "denied not_in_environment");
    }
    CHECK(asked(known_host("ACME", {}), "/pulp/content/ACME/Dev/web/x") ==
          "denied not_in_environment");
    CHECK(asked(known_host("ACME", {"Library"}), "/pulp/content/ACME/Library/custom/p/r/x") ==
          "granted ok");
}

TEST_CASE("the certificate's organization counts where the lookup tells none, and labels only") {
    ClientCertificate good = client(host());
    test_pki::Spec spec = host();
    spec.organizations = {};
    ClientCertificate homeless = client(spec);
    const Guard by = host_guard();
    const auto asked = [&](ClientCertificate& who, const HostReply& reply, std::string_view path) {
        Request what = request(path);
        what.reply = &reply;
        return decided(by, &who, what);
    };
    CHECK(asked(good, known_host("", {"Dev"}), "/pulp/content/ACME/Dev/x") == "granted ok");
    CHECK(asked(homeless, known_host("", {"Dev"}), "/pulp/content/ACME/Dev/x") ==
          "denied not_in_environment");
    CHECK(asked(homeless, known_host("", {"Dev"}), "/pulp/content/Dev/x") ==
          "denied not_in_environment");
    CHECK(asked(homeless, known_host("ACME", {"Dev"}), "/pulp/content/ACME/Dev/x") == "granted ok");
    for (const char* label : {"", "/", "//", "..", "Dev/", "/Dev", "Dev/web/more", "a b"}) {
        CAPTURE(label);
        CHECK(asked(good, known_host("ACME", {label}), "/pulp/content/ACME/Dev/web/more/x") ==
              "denied not_in_environment");
    }
    for (const char* organization : {"/", "ACME/Dev"}) {
        CAPTURE(organization);
        CHECK(asked(homeless, known_host(organization, {"Dev"}), "/pulp/content/ACME/Dev/Dev/x") ==
              "denied not_in_environment");
    }
}

TEST_CASE("what a lookup says about the host decides for every kind of content guard") {
    ClientCertificate good = client(host());
    Guard x509 = guard(GuardType::x509);
    x509.settings.require_host = LookupName{"katello", {}};
    const auto asked = [&](const Guard& by, const HostReply& reply) {
        Request what = request("/pulp/content/ACME/Dev/x");
        what.reply = &reply;
        return decide(by, &good, what, kNow);
    };
    const auto word = [](const Decision& decision) {
        return std::string(verdict_word(decision.verdict)) + " " +
               std::string(reason_word(decision.reason)) + " " + std::to_string(decision.status);
    };
    CHECK(asked(x509, known_host("ACME", {})).verdict == Verdict::granted);
    CHECK(asked(x509, known_host("", {})).verdict == Verdict::granted);
    for (const Guard& by : {x509, host_guard()}) {
        HostReply reply;
        reply.retry_after = 17;
        CHECK(word(asked(by, reply)) == "unavailable lookup_failed 503");
        CHECK(asked(by, reply).retry_after == 17);
        CHECK_FALSE(asked(by, reply).ask_lookup);
        reply.outcome = LookupOutcome::unknown_host;
        CHECK(word(asked(by, reply)) == "denied unknown_host 403");
        reply.outcome = LookupOutcome::misconfigured;
        CHECK(word(asked(by, reply)) == "denied lookup_failed 403");
        CHECK(word(asked(by, known_host("Other", {"Dev"}))) == "denied organization_mismatch 403");
        CHECK(asked(by, reply).trusted);
    }
}

TEST_CASE("a host's certificate that is too large is refused before anybody is asked") {
    ClientCertificate good = client(host());
    Guard by = host_guard();
    by.settings.max_header = 100;
    const Decision decision = decide(by, &good, request("/pulp/content/ACME/Dev/x"), kNow);
    CHECK(decision.reason == Reason::certificate_too_large);
    CHECK_FALSE(decision.ask_lookup);
}
