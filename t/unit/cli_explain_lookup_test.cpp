// certguard explain with guards that need a lookup.
#include "catch.hpp"
#include "cli_lookup_site.hpp"

using namespace certguard;
using namespace certguard::test;

namespace {

const std::string kManifest = "/v2/acme/nginx/manifests/latest";
const std::string kMarker = "Bearer certguard.use-the-client-certificate";

/// The guards "registry", "content" (of type host) and "live" (x509 that requires a host), with the
/// lookup NAME.
std::string guards_for(const std::string& name) {
    return "  registry: {type: host, ca: ca.pem, serves: registry, lookup: " + name +
           "}\n"
           "  content: {type: host, ca: ca.pem, path_prefix: /pulp/content, lookup: " +
           name +
           "}\n"
           "  live: {type: x509, ca: ca.pem, require_host: " +
           name + "}\n";
}

struct Explaining {
    LookupSite site;
    std::string policy = site.policy(site.file_lookup(), guards_for("site"));

    /// GUARD's decision about a GET of URI by the host's certificate, or a NOBODY's.
    Ran explain(const std::string& guard, const std::string& uri,
                std::vector<std::string> more = {}, const std::string& host = kHost,
                const std::string& organization = "ACME") const {
        std::vector<std::string> arguments = {"explain", "--policy", policy, "--guard",
                                              guard,     "--uri",    uri};
        if (!host.empty()) {
            arguments.insert(arguments.end(),
                             {"--certificate", site.certificate(host, organization)});
        }
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run_certguard(arguments);
    }
};

const std::string kNobody;

std::string decided(const std::string& decision, const std::string& reason) {
    return "decision:  " + decision + "\nreason:    " + reason + "\n";
}

}  // namespace

TEST_CASE("certguard explain shows what a registry guard grants, and what the lookup said") {
    const Explaining scene;
    const Ran ran = scene.explain("registry", kManifest);
    CAPTURE(ran.out, ran.err);
    CHECK(ran.status == cli::kYes);
    CHECK(ran.err.empty());
    CHECK(contains(ran.out, decided("granted", "ok") +
                                "guard:     registry (host, serves a registry)\n"
                                "request:   GET " +
                                kManifest + "\n"));
    CHECK(contains(ran.out, "host:      " + kHost + "\n"));
    CHECK(contains(ran.out,
                   "steps:\n"
                   "  1. uri: nginx reads the path \"" +
                       kManifest +
                       "\"\n"
                       "  2. authorization: none\n"
                       "  3. certificate: trusted, and a host's\n"
                       "  4. lookup site: known, of organization ACME; environments: Dev/web, "
                       "Library; 2 repositories, 1 public one (file, "));
    CHECK(contains(ran.out,
                   "  5. registry: manifest of acme/nginx\n"
                   "  6. host: known to the lookup\n"
                   "  7. granted: to the location's own handler\n"));
}

TEST_CASE("certguard explain decides about each request of a registry's client") {
    const Explaining scene;
    struct Case {
        std::string uri;
        std::vector<std::string> more;
        int status;
        std::string part;
    };
    const Case table[] = {
        {"/v2/", {}, cli::kYes, "answer: certguard itself sends 200"},
        {"/v2/token", {}, cli::kYes, "answer: certguard itself sends 200"},
        {"/v2/_catalog", {}, cli::kYes, "answer: certguard itself sends 200"},
        {"/v2/acme/open/tags/list", {"--method", "HEAD"}, cli::kYes, "tags of acme/open"},
        {"/index/static", {}, cli::kYes, "out of its answer goes what the host may not pull"},
        {kManifest, {"--authorization", kMarker}, cli::kYes, "the certificate decides"},
        {"/v2/acme/other/tags/list", {}, cli::kNo, "status:    403"},
        {"/v2/acme/nginx/manifests/b%61d", {}, cli::kNo, "status:    400"},
        {"/v2/acme%2Fnginx/tags/list", {}, cli::kNo, "status:    400"},
        {"/v2/../../x", {}, cli::kNo, "nginx itself refuses the URI"},
        {"/v2/acme/nginx/blobs/uploads/", {"--method", "POST"}, cli::kNo, "reason:    upload"},
    };
    for (const Case& row : table) {
        const Ran ran = scene.explain("registry", row.uri, row.more);
        CAPTURE(row.uri, ran.out, ran.err);
        CHECK(ran.status == row.status);
        CHECK(contains(ran.out, row.part));
    }
}

TEST_CASE("certguard explain says when a request is certguard_pass's to take") {
    const Explaining scene;
    const std::vector<std::string> user = {"--authorization", "Basic x"};
    const std::string hint = "a location with certguard_pass hands the request on instead";
    const Ran without = scene.explain("registry", kManifest, user);
    CHECK(without.status == cli::kNo);
    CHECK(contains(without.out, decided("denied", "user_credentials") + "status:    401\n"));
    CHECK(contains(without.out, hint));

    const Ran with = scene.explain("registry", kManifest, {user[0], user[1], "--pass"});
    CHECK(with.status == cli::kNo);
    CHECK(contains(with.out, decided("passed", "user_credentials") + "guard: "));
    CHECK(contains(with.out, "passed: to certguard_pass, as it came"));
    CHECK_FALSE(contains(with.out, hint));

    CHECK(contains(scene.explain("registry", kManifest, {"--pass"}, kNobody).out,
                   decided("passed", "no_certificate")));
    CHECK(contains(scene.explain("content", "/x", {"--pass"}, kNobody).out,
                   decided("passed", "no_certificate")));
    CHECK_FALSE(contains(scene.explain("registry", "/v2/acme/other/tags/list").out, hint));
}

TEST_CASE("an Authorization header is never shown") {
    const Explaining scene;
    const std::string secret = "Bearer hunter2";
    std::string all;
    for (const std::vector<std::string>& more : std::vector<std::vector<std::string>>{
             {"--authorization", secret},
             {"--authorization=" + secret},
             {"--authorization", secret, "--json"},
             {"--authorization", secret, "--bogus"},
             {"--authorization", secret, "--authorization", secret},
             {"--authorization", "Bearer", "hunter2"}}) {
        const Ran ran = scene.explain("registry", kManifest, more);
        all += ran.out + ran.err;
    }
    CHECK(contains(all, "perhaps because --authorization needs its value in quotes"));
    CHECK_FALSE(contains(all, "hunter2"));
    CHECK(contains(run_certguard({"explain", "--authorization", secret}).err, "required"));
}

TEST_CASE("certguard explain finds content in the environments that the lookup tells") {
    const Explaining scene;
    const Ran granted = scene.explain("content", "/pulp/content/ACME/Dev/web/custom/x.rpm");
    CAPTURE(granted.out);
    CHECK(granted.status == cli::kYes);
    CHECK(contains(granted.out, "lookup site: known, of organization ACME; environments: "));
    CHECK(contains(granted.out, "path: in the host's environment Dev/web\n"));
    const Ran denied = scene.explain("content", "/pulp/content/ACME/Prod/web/x.rpm");
    CHECK(denied.status == cli::kNo);
    CHECK(contains(denied.out, decided("denied", "not_in_environment")));
    const Ran moved = scene.explain("content", "/pulp/content/ACME/Dev/web/x", {}, kHost, "OTHER");
    CHECK(contains(moved.out, decided("denied", "organization_mismatch")));
}

TEST_CASE("certguard explain asks whether a host is still there") {
    const Explaining scene;
    CHECK(scene.explain("live", "/x").status == cli::kYes);
    const Ran gone = scene.explain("live", "/x", {}, kStranger);
    CHECK(gone.status == cli::kNo);
    CHECK(contains(gone.out, decided("denied", "unknown_host")));
    CHECK(contains(gone.out, "lookup site: unknown_host, the hosts file has no such host"));
    CHECK(contains(scene.explain("registry", kManifest, {}, kStranger).out,
                   decided("denied", "unknown_host") + "status:    401\n"));
}

TEST_CASE("offline, what only a lookup can tell is unavailable, and trouble") {
    const Explaining scene;
    const std::pair<std::string, std::string> table[] = {
        {"registry", kManifest}, {"content", "/pulp/content/ACME/Dev/web/x"}, {"live", "/x"}};
    for (const auto& [guard, uri] : table) {
        const Ran ran = scene.explain(guard, uri, {"--offline"});
        CAPTURE(guard, ran.out);
        CHECK(ran.status == cli::kTrouble);
        CHECK(contains(ran.out, decided("unavailable", "lookup_failed") + "status:    503\n"));
        CHECK(contains(ran.out, "lookup site: not asked (--offline)\n"));
        CHECK(contains(scene.explain(guard, uri, {"--offline", "--json"}).out,
                       R"("message":"the lookup \"site\" has to be asked, and was not (--off)"));
    }
    // What can be decided without it is.
    CHECK(scene.explain("registry", kManifest, {"--offline", "--at", "2050-01-01"}).status ==
          cli::kNo);
    CHECK(scene.explain("content", "/elsewhere", {"--offline"}, "katello.example.com").status ==
          cli::kNo);
}

TEST_CASE("another time changes the certificate, not the lookup's answer") {
    const Explaining scene;
    const Ran ran = scene.explain("live", "/x", {"--at", "2050-01-01"});
    CHECK(ran.status == cli::kNo);
    CHECK(contains(ran.out, decided("denied", "expired")));
    CHECK_FALSE(contains(ran.out, "lookup site"));
}

TEST_CASE("certguard explain asks Katello, and tells whom it asked and how long that took") {
    const LookupSite site;
    const std::vector<std::string> request = {
        "--guard",       "registry",         "--uri", "/v2/acme/dev/web/prod/nginx/tags/list",
        "--certificate", site.certificate(),
    };
    const auto explain = [&](const ScriptedServer::Script& script, const std::string& more) {
        const ScriptedServer server(script);
        std::vector<std::string> arguments = {
            "explain", "--policy",
            site.policy(site.foreman_lookup(server.url()), guards_for("katello"))};
        arguments.insert(arguments.end(), request.begin(), request.end());
        if (!more.empty()) {
            arguments.push_back(more);
        }
        return run_certguard(arguments);
    };
    const Ran granted = explain(katello_5(), "");
    CAPTURE(granted.out, granted.err);
    CHECK(granted.status == cli::kYes);
    CHECK(contains(granted.out,
                   "4. lookup katello: GET /api/v2/hosts?search=subscription_uuid%3D%22" + kHost +
                       "%22&per_page=2 -> 200, "));
    CHECK(contains(granted.out,
                   "lookup katello: known, of organization ACME; environments: "
                   "Dev/web, Library; 2 repositories, 1 public one (foreman, "));

    const auto refusing = KatelloScript().on("/api", "401 Unauthorized", "{}");
    const Ran refused = explain(refusing, "");
    CHECK(refused.status == cli::kTrouble);
    CHECK(contains(refused.out, decided("unavailable", "lookup_failed") + "status:    503\n"));
    CHECK(contains(refused.out, "lookup katello: refused, http://127.0.0.1:"));
    CHECK(contains(refused.out, "check user and password_file"));

    const Ran json = explain(refusing, "--json");
    CHECK(json.status == cli::kTrouble);
    CHECK(contains(json.out, R"("serves":"registry","method":"GET",)"));
    CHECK(contains(json.out, R"("repository":"acme/dev/web/prod/nginx",)"));
    CHECK(contains(json.out, R"("environments":null,"lookup":{"name":"katello",)"
                             R"("source":"foreman","asked":true,"answer":"refused","message":")"));
    CHECK(contains(json.out, R"("status":401,"problem":null,"milliseconds":)"));
    const Ran granted_json = explain(katello_5(), "--json");
    CHECK(contains(granted_json.out, R"("environments":["Dev/web","Library"],"lookup":{)"));
    for (const Ran& ran : {granted, refused, json, granted_json}) {
        CHECK_FALSE(contains(ran.out + ran.err, kPassword));
    }
}

TEST_CASE("a lookup that nginx would not start with is trouble for certguard explain") {
    const LookupSite site;
    const Ran ran =
        run_certguard({"explain", "--policy",
                       site.policy("  katello: {source: catalog, url: https://katello.invalid, "
                                   "ca: token}\n",
                                   "  r: {type: host, ca: ca.pem, serves: registry, lookup: "
                                   "katello}\n"),
                       "--guard", "r", "--uri", "/v2/", "--certificate", site.certificate()});
    CHECK(ran.status == cli::kTrouble);
    CHECK(ran.out.empty());
    CHECK(contains(ran.err, "there is no CA certificate in PEM"));
}
