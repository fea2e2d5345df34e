// One test per row of the tables in DESIGN.md, sections 6 and 7; the last ones sweep all cells.
#include "certguard/registry_decision.hpp"

#include <algorithm>
#include <string>

#include "catch.hpp"

using namespace certguard;

namespace {

using Action = RegistryAction;
using Shown = RegistryCertificate::State;
using Lookup = RegistryLookup::State;

const std::string kDigest = "sha256:" + std::string(64, 'a');
constexpr char kUuid[] = "0d1c3f2e-8a55-4d3b-9a4e-5f6071829304";
constexpr std::int64_t kNow = 1'900'000'000;

class Repositories : public PullableRepositories {
  public:
    bool contains(std::string_view name) const override { return names_->contains(name); }
    void each(std::string_view last, const NameTest& wanted, const NameTest& take) const override {
        each_name({names_}, last, wanted, take);
    }

  private:
    std::shared_ptr<const NameSet> names_ =
        std::make_shared<const NameSet>(NameList{"acme/app1", "acme/web", "public/tool"});
};

const Repositories kRepositories;

/// A host's good certificate, known to Katello, without Authorization, where users can be passed.
RegistryQuestion ask(std::string_view target, const char* method = "GET") {
    RegistryQuestion question;
    const std::string_view path = target.substr(0, target.find('?'));
    question.request = parse_registry_request(method, target, path).value();
    question.host = "registry.example.com:443";
    question.can_pass = true;
    question.now = kNow;
    question.certificate.state = Shown::host;
    question.certificate.uuid = kUuid;
    question.certificate.organization = "ACME";
    question.certificate.not_before = kNow - 100;
    question.certificate.not_after = kNow + 100;
    question.lookup.state = Lookup::known_host;
    question.lookup.repositories = &kRepositories;
    question.lookup.organization = "ACME";
    question.lookup.retry_after = 9;
    return question;
}

RegistryQuestion ask_with_bad(std::string_view target, Reason reason, const char* method = "GET") {
    RegistryQuestion question = ask(target, method);
    question.certificate.state = Shown::bad;
    question.certificate.reason = reason;
    question.certificate.message = "for the admin";
    question.lookup = {};
    return question;
}

RegistryQuestion ask_without_certificate(std::string_view target, const char* method = "GET") {
    RegistryQuestion question = ask(target, method);
    question.certificate = {};
    question.lookup = {};
    return question;
}

std::string header(const RegistryOutcome& outcome, std::string_view name) {
    for (const auto& [key, value] : outcome.answer.headers) {
        if (key == name) {
            return value;
        }
    }
    return "";
}

std::string challenge(const std::string& scope) {
    return "Bearer realm=\"https://registry.example.com:443/v2/token\","
           "service=\"registry.example.com\",scope=\"" +
           scope + "\"";
}

const std::string kLoginChallenge = challenge("repository:registry:pull,push");

void check_passed(const RegistryQuestion& question, Reason reason) {
    const RegistryOutcome outcome = decide_registry(question);
    CHECK(outcome.action == Action::pass);
    CHECK(outcome.verdict == Verdict::passed);
    CHECK(outcome.reason == reason);
    CHECK(outcome.drop_authorization == (question.authorization == Authorization::marker));
}

void check_granted(const RegistryQuestion& question, Action action = Action::grant) {
    const RegistryOutcome outcome = decide_registry(question);
    CHECK(outcome.action == action);
    CHECK(outcome.verdict == Verdict::granted);
    CHECK(outcome.reason == Reason::ok);
    CHECK(outcome.drop_authorization == (question.authorization == Authorization::marker));
    CHECK(outcome.message.empty());
}

/// A refusal with an OCI error; its text has no line end and nothing of the admin's message.
RegistryOutcome check_refused(const RegistryQuestion& question, Reason reason, int status,
                              const std::string& code, const std::string& text,
                              const std::string& challenge) {
    RegistryOutcome outcome = decide_registry(question);
    CHECK(outcome.action == Action::answer);
    CHECK(outcome.verdict == (status == 503 ? Verdict::unavailable : Verdict::denied));
    CHECK(outcome.reason == reason);
    CHECK(outcome.answer.status == status);
    CHECK(outcome.answer.body ==
          "{\"errors\":[{\"code\":\"" + code + "\",\"message\":\"" + text + "\"}]}");
    CHECK(header(outcome, "WWW-Authenticate") == challenge);
    CHECK(header(outcome, "Docker-Distribution-API-Version") == "registry/2.0");
    CHECK_FALSE(outcome.message.empty());
    return outcome;
}

RegistryOutcome check_answered(const RegistryQuestion& question, int status,
                               const std::string& body) {
    RegistryOutcome outcome = decide_registry(question);
    CHECK(outcome.action == Action::answer);
    CHECK(outcome.verdict == Verdict::granted);
    CHECK(outcome.reason == Reason::ok);
    CHECK(outcome.answer.status == status);
    CHECK(outcome.answer.body == body);
    return outcome;
}

/// Everything that only reads one repository, with NAME in it.
std::vector<std::string> reads_of(const std::string& name) {
    return {"/v2/" + name + "/manifests/1.0",
            "/v2/" + name + "/manifests/" + kDigest,
            "/v2/" + name + "/blobs/" + kDigest,
            "/v2/" + name + "/tags/list?n=5",
            "/v2/" + name + "/referrers/" + kDigest,
            "/pulp/container/" + name + "/manifests/" + kDigest + "?validate_token=a:b",
            "/pulp/container/" + name + "/blobs/" + kDigest};
}

/// What a registry is asked for beside repositories; the last one is unknown.
const std::vector<std::string> kOtherReads = {
    "/v2/",       "/v2/token?service=x", "/v2/_catalog",    "/v1/_ping",
    "/v1/search", "/index/static?os=x",  "/v2/A/tags/list",
};

std::vector<std::string> all_reads() {
    std::vector<std::string> all = reads_of("acme/web");
    all.insert(all.end(), kOtherReads.begin(), kOtherReads.end());
    return all;
}

struct Change {
    const char* method;
    const char* target;
};
const Change kChanges[] = {
    {"POST",
     "/v2/acme/web/blobs/uploads/?from=acme/x&mount="
     "sha256:0"},
    {"PATCH", "/v2/acme/web/blobs/uploads/1"},
    {"PUT", "/v2/acme/web/manifests/1.0"},
    {"DELETE", "/v2/acme/web/manifests/1.0"},
    {"GET", "/v2/acme/web/blobs/uploads/1"},
    {"OPTIONS", "/v2/"},
    {"POST", "/v2/_catalog"},
    {"PUT", "/v2/token"},
    {"POST", "/index/static"},
};

constexpr Reason kBadReasons[] = {
    Reason::bad_certificate, Reason::certificate_too_large, Reason::not_yet_valid,
    Reason::expired,         Reason::untrusted_issuer,      Reason::wrong_purpose,
    Reason::revoked,         Reason::crl_expired,           Reason::crl_missing,
    Reason::not_a_host,
};

}  // namespace

TEST_CASE("a host's certificate opens its own and the public repositories") {
    for (const char* method : {"GET", "HEAD"}) {
        for (const char* name : {"acme/web", "acme/app1", "public/tool"}) {
            for (const std::string& target : reads_of(name)) {
                CAPTURE(method, target);
                check_granted(ask(target, method));
            }
        }
    }
}

TEST_CASE("a repository that is not in the list is denied in words that hide if it exists") {
    for (const char* method : {"GET", "HEAD"}) {
        for (const std::string name : {"acme/other", "acme/app10", "acme/app1/sub", "acme/app",
                                       "acme", "no/such/repository"}) {
            for (const std::string& target : reads_of(name)) {
                CAPTURE(method, target);
                check_refused(ask(target, method), Reason::not_in_environment, 403, "DENIED",
                              "host " + std::string(kUuid) + " has no access to " + name, "");
            }
        }
    }
}

TEST_CASE("a ping of a known host is answered with 200 and a challenge") {
    for (const char* target : {"/v2", "/v2/"}) {
        const auto outcome = check_answered(ask(target), 200, "{}");
        CHECK(header(outcome, "WWW-Authenticate") == kLoginChallenge);
    }
}

TEST_CASE("a host that the challenge can't name gets none") {
    RegistryQuestion question = ask("/v2/");
    question.host = "evil\",x=\"";
    CHECK(header(check_answered(question, 200, "{}"), "WWW-Authenticate") == "");
}

TEST_CASE("a known host that asks for a token without a user gets the marker") {
    const std::string body = "{\"token\":\"" + std::string(kMarkerToken) + "\",\"expires_in\":300}";
    RegistryQuestion question = ask("/v2/token?scope=repository%3Ax%3Apull&service=y");
    check_answered(question, 200, body);
    question.authorization = Authorization::marker;
    check_answered(question, 200, body);
}

TEST_CASE("the catalog is the host's list and the public names") {
    check_answered(ask("/v2/_catalog"), 200,
                   R"({"repositories":["acme/app1","acme/web","public/tool"]})");
    const auto outcome =
        check_answered(ask("/v2/_catalog?n=1"), 200, R"({"repositories":["acme/app1"]})");
    CHECK(header(outcome, "Link") == R"(</v2/_catalog?last=acme%2Fapp1&n=1>; rel="next")");
}

TEST_CASE("a page that can't be made out is a bad request") {
    for (const char* target : {"/v2/_catalog?n=-1", "/v1/search?n=x"}) {
        CAPTURE(target);
        check_refused(ask(target), Reason::bad_request_path, 400, "UNSUPPORTED",
                      "n must be a number", "");
    }
    check_refused(ask("/v2/_catalog?last=%zz"), Reason::bad_request_path, 400, "UNSUPPORTED",
                  "last can't be decoded", "");
}

TEST_CASE("the version 1 requests are answered as Katello answers them") {
    check_answered(ask("/v1/_ping"), 200, "");
    check_answered(ask("/v1/search?q=tool"), 200,
                   R"({"num_results":1,"query":"tool","results":)"
                   R"([{"name":"public/tool","description":null}]})");
    RegistryQuestion podman = ask("/v1/search?q=tool");
    podman.speaks_v2 = true;
    check_answered(podman, 404, "{}");
}

TEST_CASE("a known host's flatpak index is asked for and filtered") {
    check_granted(ask("/index/static?os=linux"), Action::filter_index);
    check_granted(ask("/index/static?os=linux", "HEAD"), Action::filter_index);
}

TEST_CASE("what no certificate could open is refused before anybody is asked") {
    for (const char* target : {"/v2/A/manifests/x", "/v2/acme/web", "/index/dynamic", "/x"}) {
        CAPTURE(target);
        RegistryQuestion question = ask(target);
        question.lookup = {};
        const RegistryOutcome outcome = decide_registry(question);
        CHECK(outcome.action == Action::answer);
        CHECK(outcome.reason == Reason::bad_request_path);
        CHECK(outcome.answer.status == 400);
        CHECK(outcome.answer.body.find("NAME_INVALID") != std::string::npos);
    }
}

TEST_CASE("a path with two readings is refused as a bad name") {
    const auto parsed = parse_registry_request("GET", "/v2/a/../b/tags/list", "/v2/b/tags/list");
    const RegistryOutcome outcome = refuse_registry_path(parsed.error());
    CHECK(outcome.action == Action::answer);
    CHECK(outcome.verdict == Verdict::denied);
    CHECK(outcome.reason == Reason::bad_request_path);
    CHECK(outcome.answer.status == 400);
    CHECK(outcome.answer.body ==
          R"({"errors":[{"code":"NAME_INVALID","message":"the path holds a dot segment"}]})");
}

TEST_CASE("a good certificate makes certguard ask for its host first") {
    for (const std::string& target : all_reads()) {
        CAPTURE(target);
        RegistryQuestion question = ask(target);
        question.lookup = {};
        if (question.request.kind != RegistryKind::unknown) {
            CHECK(decide_registry(question).action == Action::ask_lookup);
        }
    }
}

TEST_CASE("a user decides about his own requests, whatever the certificate is") {
    for (const std::string& target : all_reads()) {
        CAPTURE(target);
        for (RegistryQuestion question : {ask(target), ask_without_certificate(target),
                                          ask_with_bad(target, Reason::expired)}) {
            question.authorization = Authorization::user;
            check_passed(question, Reason::user_credentials);
        }
    }
}

TEST_CASE("a user's upload is passed, whatever the certificate is") {
    for (const Change& change : kChanges) {
        CAPTURE(change.method, change.target);
        for (RegistryQuestion question :
             {ask(change.target, change.method),
              ask_without_certificate(change.target, change.method),
              ask_with_bad(change.target, Reason::revoked, change.method)}) {
            question.authorization = Authorization::user;
            check_passed(question, Reason::upload);
        }
    }
}

TEST_CASE("an upload without a user is refused with the challenge and never passed") {
    const char* const text =
        "authentication required: a client certificate may only read, log in to change something";
    for (const Authorization authorization : {Authorization::none, Authorization::marker}) {
        for (const Change& change : kChanges) {
            CAPTURE(change.method, change.target);
            for (RegistryQuestion question :
                 {ask(change.target, change.method),
                  ask_without_certificate(change.target, change.method),
                  ask_with_bad(change.target, Reason::revoked, change.method)}) {
                question.authorization = authorization;
                const bool has_name = !question.request.repository.empty();
                check_refused(
                    question, Reason::upload, 401, "UNAUTHORIZED", text,
                    has_name ? challenge("repository:acme/web:pull,push") : kLoginChallenge);
            }
        }
    }
}

TEST_CASE("a token is exchanged by the backend alone") {
    for (const Authorization authorization :
         {Authorization::none, Authorization::marker, Authorization::user}) {
        for (RegistryQuestion question :
             {ask("/v2/token", "POST"), ask_without_certificate("/v2/token", "POST"),
              ask_with_bad("/v2/token", Reason::expired, "POST")}) {
            question.authorization = authorization;
            check_passed(question, Reason::user_credentials);
        }
    }
}

TEST_CASE("without certificate and user the backend is asked") {
    for (const Authorization authorization : {Authorization::none, Authorization::marker}) {
        for (const std::string& target : all_reads()) {
            CAPTURE(target);
            RegistryQuestion question = ask_without_certificate(target);
            question.authorization = authorization;
            check_passed(question, Reason::no_certificate);
        }
    }
}

TEST_CASE("without certguard_pass, who shows nothing is challenged") {
    const char* const text =
        "authentication required: log in, or use the certificate of a registered host";
    for (const std::string& target : kOtherReads) {
        CAPTURE(target);
        RegistryQuestion question = ask_without_certificate(target);
        question.can_pass = false;
        const bool is_token = question.request.kind == RegistryKind::token;
        check_refused(question, Reason::no_certificate, 401, "UNAUTHORIZED", text,
                      is_token ? "" : kLoginChallenge);
    }
    RegistryQuestion question = ask_without_certificate("/v2/acme/web/tags/list");
    question.can_pass = false;
    check_refused(question, Reason::no_certificate, 401, "UNAUTHORIZED", text,
                  challenge("repository:acme/web:pull"));
}

TEST_CASE("without certguard_pass no user gets through, not even beside a good certificate") {
    for (RegistryQuestion question :
         {ask("/v2/acme/web/tags/list"), ask_without_certificate("/v2/acme/web/tags/list")}) {
        question.can_pass = false;
        question.authorization = Authorization::user;
        check_refused(question, Reason::user_credentials, 401, "UNAUTHORIZED",
                      "logins are not accepted here", challenge("repository:acme/web:pull"));
    }
    RegistryQuestion upload = ask("/v2/acme/web/manifests/1", "PUT");
    upload.can_pass = false;
    upload.authorization = Authorization::user;
    check_refused(upload, Reason::upload, 401, "UNAUTHORIZED", "logins are not accepted here",
                  challenge("repository:acme/web:pull,push"));
}

TEST_CASE("a bad certificate is told what is wrong, with a way to log in beside it") {
    for (const Authorization authorization : {Authorization::none, Authorization::marker}) {
        for (const Reason reason : kBadReasons) {
            for (const std::string& target : all_reads()) {
                CAPTURE(reason_word(reason), target);
                RegistryQuestion question = ask_with_bad(target, reason);
                question.authorization = authorization;
                const RegistryOutcome outcome = decide_registry(question);
                CHECK(outcome.action == Action::answer);
                CHECK(outcome.verdict == Verdict::denied);
                CHECK(outcome.reason == reason);
                CHECK(outcome.message == "for the admin");
                CHECK(outcome.answer.status == 401);
                CHECK(outcome.answer.body.find(R"([{"code":"UNAUTHORIZED","message":)"
                                               R"("client certificate rejected: )") !=
                      std::string::npos);
                CHECK(outcome.answer.body.find("admin") == std::string::npos);
                const bool is_token = question.request.kind == RegistryKind::token;
                CHECK(header(outcome, "WWW-Authenticate").empty() == is_token);
            }
        }
    }
}

TEST_CASE("each fault of a certificate has words of its own, with its date") {
    const auto words = [](Reason reason, std::int64_t not_before, std::int64_t not_after,
                          std::optional<std::int64_t> since = std::nullopt) {
        RegistryQuestion question = ask_with_bad("/v2/token", reason);
        question.certificate.since = since;
        question.certificate.not_before = not_before;
        question.certificate.not_after = not_after;
        const std::string body = decide_registry(question).answer.body;
        const std::string before = "client certificate rejected: ";
        const std::size_t begin = body.find(before) + before.size();
        return body.substr(begin, body.find('"', begin) - begin);
    };
    CHECK(words(Reason::expired, 0, 1'800'000'000) == "it expired on 2027-01-15 08:00:00 UTC");
    CHECK(words(Reason::expired, 0, kNow) == "a CA that it depends on has expired");
    CHECK(words(Reason::expired, 0, kNow, 1'800'000'000) ==
          "a CA that it depends on expired on 2027-01-15 08:00:00 UTC");
    CHECK(words(Reason::expired, 0, 1'800'000'000, 1'700'000'000) ==
          "it expired on 2027-01-15 08:00:00 UTC");
    // OpenSSL 3.0 refuses in the last second already.
    CHECK(words(Reason::expired, 0, kNow, kNow) == "it expired on 2030-03-17 17:46:40 UTC");
    CHECK(words(Reason::expired, 0, INT64_MIN) == "it expired on a date out of range");
    CHECK(words(Reason::not_yet_valid, 2'000'000'000, 0) ==
          "it is not valid before 2033-05-18 03:33:20 UTC");
    CHECK(words(Reason::not_yet_valid, kNow, 0) == "a CA that it depends on is not valid yet");
    CHECK(words(Reason::untrusted_issuer, 0, 0) == "it is not from a CA that is accepted here");
    CHECK(words(Reason::wrong_purpose, 0, 0) == "it is not for TLS clients");
    CHECK(words(Reason::revoked, 0, 0) == "it is revoked");
    CHECK(words(Reason::revoked, 0, 0, 1'800'000'000) ==
          "it has been revoked since 2027-01-15 08:00:00 UTC");
    CHECK(words(Reason::crl_expired, 0, 0) == "it can't be checked for revocation");
    CHECK(words(Reason::crl_expired, 0, 0, 1'800'000'000) ==
          "it can't be checked for revocation since 2027-01-15 08:00:00 UTC");
    CHECK(words(Reason::crl_missing, 0, 0) == "it can't be checked for revocation");
    CHECK(words(Reason::certificate_too_large, 0, 0) == "it is too large");
    CHECK(words(Reason::not_a_host, 0, 0) == "it is not a host's, its CN is no consumer UUID");
    CHECK(words(Reason::bad_certificate, 0, 0) == "it can't be read");
    CHECK(words(Reason::internal_error, 0, 0) == "it can't be read");
}

TEST_CASE("a host that is unknown, ambiguous or another organization's is like a bad certificate") {
    const std::string host = "client certificate rejected: host " + std::string(kUuid);
    for (const std::string& target :
         {std::string("/v2/"), std::string("/v2/token"), std::string("/v2/_catalog"),
          std::string("/index/static"), std::string("/v1/search")}) {
        CAPTURE(target);
        const std::string want = target == "/v2/token" ? "" : kLoginChallenge;
        RegistryQuestion question = ask(target);
        question.lookup.organization = "Other";
        check_refused(question, Reason::organization_mismatch, 401, "UNAUTHORIZED",
                      host + " belongs to another organization", want);
        question.lookup = {};
        question.lookup.state = Lookup::unknown_host;
        check_refused(question, Reason::unknown_host, 401, "UNAUTHORIZED",
                      host + " is not registered", want);
        question.lookup.state = Lookup::misconfigured;
        check_refused(question, Reason::lookup_failed, 401, "UNAUTHORIZED",
                      host + " can't be told from others", want);
    }
}

TEST_CASE("a request that the server had refused is passed or refused, and opens nothing") {
    for (const std::string& target : all_reads()) {
        CAPTURE(target);
        RegistryQuestion question = ask(target);
        question.was_located = false;
        for (const Lookup state : {Lookup::not_asked, Lookup::known_host, Lookup::unavailable}) {
            question.lookup.state = state;
            const std::string repository(question.request.repository);
            const bool is_token = question.request.kind == RegistryKind::token;
            check_refused(
                question, Reason::refused_by_server, 401, "UNAUTHORIZED",
                "client certificate rejected: the server could not take it as it was sent",
                is_token             ? ""
                : repository.empty() ? kLoginChallenge
                                     : challenge("repository:acme/web:pull"));
        }
        question.authorization = Authorization::user;
        check_passed(question, Reason::user_credentials);
        RegistryQuestion anonymous = ask_without_certificate(target);
        anonymous.was_located = false;
        check_passed(anonymous, Reason::no_certificate);
    }
}

TEST_CASE("organizations are compared where both sides tell one") {
    for (const char* mine : {"", "ACME"}) {
        for (const char* katello : {"", "ACME"}) {
            RegistryQuestion question = ask("/v2/acme/web/tags/list");
            question.certificate.organization = mine;
            question.lookup.organization = katello;
            check_granted(question);
        }
    }
    RegistryQuestion question = ask("/v2/acme/web/tags/list");
    question.lookup.organization = "acme";
    CHECK(decide_registry(question).reason == Reason::organization_mismatch);
}

TEST_CASE("when nobody can tell, everything of the host's is 503 and nothing is an empty list") {
    const std::string text =
        "Katello gives no answer - host authorization not possible now, try again later";
    for (const std::string& target : all_reads()) {
        CAPTURE(target);
        RegistryQuestion question = ask(target);
        const RegistryKind kind = question.request.kind;
        if (kind == RegistryKind::unknown || kind == RegistryKind::ping ||
            kind == RegistryKind::token) {
            continue;
        }
        question.lookup.state = Lookup::unavailable;
        const RegistryOutcome outcome =
            check_refused(question, Reason::lookup_failed, 503, "UNAVAILABLE", text, "");
        CHECK(outcome.answer.reason_phrase == text);
        CHECK(header(outcome, "Retry-After") == "9");
        CHECK(header(outcome, "Warning") == "299 - \"" + text + "\"");
    }
}

TEST_CASE("when nobody can tell, a user can still log in, and a host's client goes on to a 503") {
    RegistryQuestion ping = ask("/v2/");
    ping.lookup.state = Lookup::unavailable;
    const RegistryOutcome outcome = decide_registry(ping);
    CHECK(outcome.action == Action::answer);
    CHECK(outcome.verdict == Verdict::unavailable);
    CHECK(outcome.reason == Reason::lookup_failed);
    CHECK(outcome.answer.status == 401);
    CHECK(header(outcome, "WWW-Authenticate") == kLoginChallenge);
    RegistryQuestion token = ask("/v2/token");
    token.lookup.state = Lookup::unavailable;
    CHECK(decide_registry(token).verdict == Verdict::unavailable);
    CHECK(decide_registry(token).answer.body == marker_token_answer().body);
}

TEST_CASE("the marker decides like no Authorization at all, and is always taken away") {
    for (const std::string& target : all_reads()) {
        for (RegistryQuestion question : {ask(target), ask_without_certificate(target),
                                          ask_with_bad(target, Reason::expired)}) {
            CAPTURE(target);
            const RegistryOutcome none = decide_registry(question);
            question.authorization = Authorization::marker;
            const RegistryOutcome marker = decide_registry(question);
            CHECK(marker.action == none.action);
            CHECK(marker.reason == none.reason);
            CHECK(marker.answer.body == none.answer.body);
            CHECK(marker.drop_authorization);
            CHECK_FALSE(none.drop_authorization);
        }
    }
}

TEST_CASE("in every cell, only a known host's read without a user is ever granted") {
    const std::vector<std::string> reads = all_reads();
    std::vector<RegistryQuestion> questions;
    for (const std::string& target : reads) {
        questions.push_back(ask(target));
        questions.push_back(ask(target, "HEAD"));
    }
    for (const Change& change : kChanges) {
        questions.push_back(ask(change.target, change.method));
    }
    questions.push_back(ask("/v2/token", "POST"));
    int granted = 0;
    for (RegistryQuestion question : questions) {
        for (int cell = 0; cell < 3 * 3 * 5 * 2; ++cell) {
            question.authorization = static_cast<Authorization>(cell % 3);
            question.certificate.state = static_cast<Shown>(cell / 3 % 3);
            question.lookup.state = static_cast<Lookup>(cell / 9 % 5);
            question.can_pass = cell / 45 == 1;
            const bool known_host = question.certificate.state == Shown::host &&
                                    question.lookup.state == Lookup::known_host &&
                                    question.authorization != Authorization::user;
            CAPTURE(registry_kind_word(question.request.kind), cell);
            const RegistryOutcome outcome = decide_registry(question);
            if (outcome.verdict == Verdict::granted) {
                REQUIRE(known_host);
                REQUIRE(question.request.kind != RegistryKind::upload);
                REQUIRE(question.request.kind != RegistryKind::token_exchange);
                REQUIRE(question.request.kind != RegistryKind::unknown);
                ++granted;
            }
            if (outcome.action == Action::pass) {
                REQUIRE(question.can_pass);
                REQUIRE((question.authorization == Authorization::user ||
                         question.request.kind == RegistryKind::token_exchange ||
                         question.certificate.state == Shown::none));
            }
            if (outcome.action == Action::answer) {
                REQUIRE(outcome.answer.status >= 200);
                // The marker opens nothing, so it may be given while nobody can tell.
                const bool is_marker = question.request.kind == RegistryKind::token &&
                                       outcome.verdict == Verdict::unavailable;
                REQUIRE((outcome.answer.status < 400) ==
                        (outcome.verdict == Verdict::granted || is_marker));
            }
        }
    }
    CHECK(granted == 26 * 2 * 2);  // 13 known reads, GET and HEAD; no header or the marker; pass
}
