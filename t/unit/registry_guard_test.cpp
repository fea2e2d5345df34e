// A registry guard from certificate to outcome: what its tables (registry_decision_test) are asked.
#include "certguard/registry_guard.hpp"

#include <algorithm>
#include <cctype>
#include <ctime>
#include <random>
#include <set>
#include <string>

#include "catch.hpp"
#include "test_pki.hpp"

using namespace certguard;

namespace {

const std::int64_t kNow = std::time(nullptr);
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

using Client = Result<std::shared_ptr<ClientCertificate>>;

Client client(const test_pki::Spec& spec, const test_pki::Identity& issuer = ca()) {
    return std::make_shared<ClientCertificate>(
        Certificate::from_der(test_pki::make_leaf(spec, &issuer).der()).value());
}

Guard registry(const std::vector<TrustFileText>& crls = {}) {
    Guard made;
    made.settings.name = "registry";
    made.settings.type = GuardType::host;
    made.settings.serves = GuardServes::registry;
    const auto built = TrustStore::build({{"ca.pem", ca().pem()}}, crls, kNow);
    REQUIRE(built.store != nullptr);
    made.trust =
        std::make_shared<TrustFiles>(std::vector<std::string>{}, std::vector<std::string>{});
    made.trust->adopt(built.store);
    return made;
}

RegistryQuestion question(std::string_view target) {
    RegistryQuestion made;
    const std::string_view path = target.substr(0, target.find('?'));
    made.request = parse_registry_request("GET", target, path).value();
    made.host = "registry.example.com";
    made.now = kNow;
    return made;
}

HostReply knows(const NameList& own, const NameList& open = {}) {
    auto profile = std::make_shared<HostProfile>();
    profile->organization = "ACME";
    LookupResult result;
    result.outcome = LookupOutcome::known;
    result.access = std::make_shared<const HostAccess>(
        profile, std::vector<HostAccess::Names>{std::make_shared<const NameSet>(own)},
        std::make_shared<const NameSet>(open));
    return HostReply(result);
}

RegistryRuling ruling(const char* target, const Client& who, const HostReply* reply = nullptr) {
    return decide_registry_guard(registry(), who, question(target), reply);
}

std::string words(const RegistryOutcome& outcome) {
    return std::string(verdict_word(outcome.verdict)) + " " +
           std::string(reason_word(outcome.reason)) + " " + std::to_string(outcome.answer.status);
}

const char kManifest[] = "/v2/acme/web/manifests/latest";

}  // namespace

TEST_CASE("a registry guard asks its lookup for a host with a good certificate") {
    const RegistryRuling decided = ruling(kManifest, client(host()));
    CHECK(decided.outcome.action == RegistryAction::ask_lookup);
    CHECK(decided.trusted);
}

TEST_CASE("a registry guard grants what the host or anybody may pull, whole names only") {
    const HostReply reply = knows({"acme/web"}, {"open/tools"});
    for (const char* granted : {kManifest, "/v2/open/tools/tags/list"}) {
        CAPTURE(granted);
        CHECK(ruling(granted, client(host()), &reply).outcome.action == RegistryAction::grant);
    }
    for (const char* denied : {"/v2/acme/web2/manifests/latest", "/v2/acme/web/sub/tags/list",
                               "/v2/acme/manifests/latest"}) {
        CAPTURE(denied);
        CHECK(words(ruling(denied, client(host()), &reply).outcome) ==
              "denied not_in_environment 403");
    }
}

TEST_CASE("a reply about one repository speaks for that one alone") {
    RepositoryAccess one;
    one.listed = true;
    one.profile = std::make_shared<HostProfile>();
    const HostReply yes(one);
    CHECK(ruling(kManifest, client(host()), &yes).outcome.action == RegistryAction::grant);
    one.listed = false;
    const HostReply no(one);
    CHECK(words(ruling(kManifest, client(host()), &no).outcome) == "denied not_in_environment 403");
    one.is_public = true;
    const HostReply open(one);
    CHECK(ruling(kManifest, client(host()), &open).outcome.action == RegistryAction::grant);
}

TEST_CASE("lists come from the host's and the public names together") {
    const HostReply reply = knows({"acme/web", "acme/db"}, {"open/tools", "acme/db"});
    const RegistryRuling decided = ruling("/v2/_catalog", client(host()), &reply);
    CHECK(decided.outcome.answer.body == R"({"repositories":["acme/db","acme/web","open/tools"]})");
}

TEST_CASE("every page of a catalog and every search is what a list of all names would give") {
    std::mt19937 random(11);
    const Client who = client(host());
    const Guard guard = registry();
    const auto answer = [&](const std::string& target, const HostReply& reply) {
        return decide_registry_guard(guard, who, question(target), &reply).outcome.answer;
    };
    const auto some_names = [&random] {
        NameList names;
        for (auto count = random() % 50; count > 0; --count) {
            names.push_back("acme/" + std::string(1 + random() % 2, 'a') +
                            std::to_string(random() % 99));
        }
        return names;
    };
    const std::string lasts[] = {"", "acme/a5", "acme/a50", "acme/a500", "acme/aa9", "a", "zzz"};
    const std::string sizes[] = {"", "0", "1", "2", "7", "98", "100", "18446744073709551616"};
    for (int round = 0; round < 20; ++round) {
        const NameList own = some_names();
        const NameList open = some_names();
        const HostReply reply = knows(own, open);
        std::set<std::string> all(own.begin(), own.end());
        all.insert(open.begin(), open.end());
        for (const std::string& last : lasts) {
            for (const std::string& size : sizes) {
                const std::size_t most = size.empty() || size.size() > 3 ? 1'000 : std::stoul(size);
                std::string body;
                std::string end;
                std::size_t count = 0;
                auto name = all.upper_bound(last);
                for (; name != all.end() && count < most; ++name, ++count) {
                    body += (count == 0 ? "\"" : ",\"") + *name + "\"";
                    end = *name;
                }
                const bool has_link = name != all.end() && count > 0;
                std::string query = "?last=" + last;
                if (!size.empty()) {
                    query += "&n=" + size;
                }
                CAPTURE(round, query);
                const RegistryAnswer page = answer("/v2/_catalog" + query, reply);
                REQUIRE(page.body == R"({"repositories":[)" + body + "]}");
                std::string link;
                for (const auto& [key, value] : page.headers) {
                    link += key == "Link" ? value : "";
                }
                REQUIRE(link == (has_link ? "</v2/_catalog?last=acme%2F" + end.substr(5) +
                                                "&n=" + size + ">; rel=\"next\""
                                          : ""));
            }
        }
        for (const char* part : {"", "a", "AA1", "7", "acme/a", "nowhere"}) {
            std::string lower = part;
            std::transform(lower.begin(), lower.end(), lower.begin(),
                           [](char c) { return static_cast<char>(std::tolower(c)); });
            std::string results;
            int count = 0;
            for (const std::string& name : all) {
                if (count < 25 && name.find(lower) != std::string::npos) {
                    results += (count++ == 0 ? "" : ",") + (R"({"name":")" + name) +
                               R"(","description":null})";
                }
            }
            CAPTURE(round, part);
            REQUIRE(answer(std::string("/v1/search?q=") + part, reply).body ==
                    R"({"num_results":)" + std::to_string(count) + R"(,"query":")" + part +
                        R"(","results":[)" + results + "]}");
        }
    }
}

TEST_CASE("certificates that are no host's are rejected with their reason") {
    struct Row {
        const char* what;
        Client who;
        const char* words;
        bool trusted;
    };
    test_pki::Spec server = host();
    server.common_name = "katello.example.com";
    const Row rows[] = {
        {"foreign", client(host(), test_pki::make_ca({})), "denied untrusted_issuer 401", false},
        {"infrastructure", client(server), "denied not_a_host 401", true},
        {"unreadable", Error{Reason::bad_certificate, "broken"}, "denied bad_certificate 401",
         false},
    };
    const HostReply reply = knows({"acme/web"});
    for (const Row& row : rows) {
        CAPTURE(row.what);
        for (const HostReply* lookup : {static_cast<const HostReply*>(nullptr), &reply}) {
            const RegistryRuling decided = ruling(kManifest, row.who, lookup);
            CHECK(words(decided.outcome) == row.words);
            CHECK(decided.trusted == row.trusted);
        }
    }
}

TEST_CASE("a registry's client is told since when its certificate does not count") {
    const test_pki::Identity leaf = test_pki::make_leaf(host(), &ca());
    const auto told = [&](test_pki::CrlSpec spec) {
        const Guard guard = registry({{"crl.pem", test_pki::pem(*test_pki::make_crl(spec, ca()))}});
        const Client who =
            std::make_shared<ClientCertificate>(Certificate::from_der(leaf.der()).value());
        return decide_registry_guard(guard, who, question(kManifest), nullptr).outcome.answer.body;
    };
    test_pki::CrlSpec spec;
    spec.revoked = {leaf.certificate};
    spec.revocation_date = "260102030405Z";
    CHECK(told(spec).find("rejected: it has been revoked since 2026-01-02 03:04:05 UTC\"") !=
          std::string::npos);
    spec.revocation_date = "unknown";
    CHECK(told(spec).find("rejected: it is revoked\"") != std::string::npos);
    spec.this_update = 1'700'000'000;
    spec.next_update = 1'700'086'400;
    CHECK(told(spec).find("rejected: it can't be checked for revocation since "
                          "2023-11-15 22:13:20 UTC\"") != std::string::npos);
}

TEST_CASE("a registry passes a trusted proxy's request on, and grants it nothing") {
    Guard proxies = registry();
    proxies.settings.name = "proxies";
    proxies.settings.type = GuardType::x509;
    proxies.settings.serves = GuardServes::content;
    proxies.settings.names = {"proxy.example.com"};
    Guard guard = registry();
    guard.trusted_proxies = &proxies;
    test_pki::Spec spec;
    spec.common_name = "Proxy.example.com";
    const Client proxy = client(spec);
    const HostReply reply = knows({"acme/web"});
    for (const char* target : {kManifest, "/v2/", "/v2/_catalog", "/v2/token", "/index/static"}) {
        CAPTURE(target);
        RegistryQuestion asked = question(target);
        for (const HostReply* lookup : {static_cast<const HostReply*>(nullptr), &reply}) {
            asked.can_pass = true;
            std::vector<std::string> steps;
            const RegistryRuling passed =
                decide_registry_guard(guard, proxy, asked, lookup, &steps);
            CHECK(passed.outcome.action == RegistryAction::pass);
            CHECK(passed.outcome.reason == Reason::trusted_proxy);
            CHECK(passed.trusted);
            CHECK(steps.at(0).find("a trusted proxy's (guard \"proxies\")") != std::string::npos);
            asked.can_pass = false;
            CHECK(words(decide_registry_guard(guard, proxy, asked, lookup).outcome) ==
                  "denied trusted_proxy 401");
        }
        asked.can_pass = true;
        asked.was_located = false;
        CHECK(words(decide_registry_guard(guard, proxy, asked, &reply).outcome) ==
              "denied refused_by_server 401");
    }
    RegistryQuestion upload = question(kManifest);
    upload.request.kind = RegistryKind::upload;
    upload.can_pass = true;
    CHECK(words(decide_registry_guard(guard, proxy, upload, nullptr).outcome) ==
          "denied upload 401");
    spec.common_name = "other.example.com";
    CHECK(words(decide_registry_guard(guard, client(spec), question(kManifest), nullptr).outcome) ==
          "denied not_a_host 401");
}

TEST_CASE("a registry's decision tells whether it is made by what a lookup has said") {
    const HostReply known = knows({"acme/web"});
    const HostReply away;
    CHECK(ruling(kManifest, client(host()), &known).outcome.by_lookup);
    CHECK(ruling("/v2/other/tags/list", client(host()), &known).outcome.by_lookup);
    CHECK(ruling(kManifest, client(host()), &away).outcome.by_lookup);
    CHECK_FALSE(ruling(kManifest, client(host())).outcome.by_lookup);
    const Client foreign = client(host(), test_pki::make_ca({}));
    CHECK_FALSE(ruling(kManifest, foreign, &known).outcome.by_lookup);
    CHECK_FALSE(ruling(kManifest, Client(nullptr), &known).outcome.by_lookup);
}

TEST_CASE("a path that a registry refuses says nothing against the certificate") {
    const Error bad{Reason::bad_request_path, "the path holds a dot segment"};
    const auto refused = [&bad](const Client& who) {
        return refuse_registry_path(registry(), who, bad, kNow);
    };
    CHECK(words(refused(client(host())).outcome) == "denied bad_request_path 400");
    CHECK(refused(client(host())).trusted);
    CHECK_FALSE(refused(client(host(), test_pki::make_ca({}))).trusted);
    CHECK_FALSE(refused(Client(nullptr)).trusted);
    CHECK_FALSE(refused(Error{Reason::bad_certificate, "broken"}).trusted);
}

TEST_CASE("a certificate that the backend can't take is rejected before anybody is asked") {
    Guard guard = registry();
    guard.settings.max_header = 100;
    const RegistryRuling decided =
        decide_registry_guard(guard, client(host()), question(kManifest), nullptr);
    CHECK(words(decided.outcome) == "denied certificate_too_large 401");
    CHECK(decided.trusted);
}

TEST_CASE("what the lookup says about the host decides") {
    HostReply reply;
    reply.retry_after = 7;
    reply.message = "Katello is out";
    const RegistryRuling down = ruling(kManifest, client(host()), &reply);
    CHECK(words(down.outcome) == "unavailable lookup_failed 503");
    CHECK(down.outcome.message.find(": Katello is out") != std::string::npos);
    const auto& headers = down.outcome.answer.headers;
    CHECK(std::find(headers.begin(), headers.end(),
                    std::pair<std::string, std::string>("Retry-After", "7")) != headers.end());
    reply.outcome = LookupOutcome::unknown_host;
    CHECK(words(ruling(kManifest, client(host()), &reply).outcome) == "denied unknown_host 401");
    reply.outcome = LookupOutcome::misconfigured;
    const RegistryRuling wrong = ruling(kManifest, client(host()), &reply);
    CHECK(words(wrong.outcome) == "denied lookup_failed 401");
    CHECK(wrong.outcome.message.find(": Katello is out") != std::string::npos);
    test_pki::Spec other = host();
    other.organizations = {"Other"};
    const HostReply known = knows({"acme/web"});
    CHECK(words(ruling(kManifest, client(other), &known).outcome) ==
          "denied organization_mismatch 401");
}

TEST_CASE("a client without certificate is passed or sent to log in") {
    RegistryQuestion passing = question(kManifest);
    passing.can_pass = true;
    const Client nobody = std::shared_ptr<ClientCertificate>();
    const RegistryRuling passed = decide_registry_guard(registry(), nobody, passing, nullptr);
    CHECK(passed.outcome.action == RegistryAction::pass);
    CHECK(words(ruling(kManifest, nobody).outcome) == "denied no_certificate 401");
}

TEST_CASE("explaining a registry's decision tells its steps") {
    const HostReply reply = knows({"acme/web"});
    std::vector<std::string> steps;
    (void)decide_registry_guard(registry(), client(host()), question(kManifest), &reply, &steps);
    CHECK(steps == std::vector<std::string>{"certificate: trusted, and a host's",
                                            "registry: manifest of acme/web",
                                            "host: known to the lookup"});
    steps.clear();
    (void)decide_registry_guard(registry(), client(host()), question("/v2/other/tags/list"), &reply,
                                &steps);
    CHECK(steps.back().find("refused: ") == 0);
}
