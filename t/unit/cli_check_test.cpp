#include "catch.hpp"
#include "cli_test_helpers.hpp"
#include "temporary_directory.hpp"
#include "test_pki.hpp"

using namespace certguard;
using namespace certguard::test;

namespace {

const std::string kPolicy = "version: 1\nguards:\n  content: {type: rhsm, ca: ca.pem}\n";

struct Site {
    TemporaryDirectory directory;
    Site() {
        test_pki::Spec spec;
        spec.common_name = "Site CA";
        directory.write("ca.pem", test_pki::make_ca(spec).pem());
    }
    std::string policy(const std::string& text) const {
        return directory.write("policy.yaml", text);
    }
};

}  // namespace

TEST_CASE("certguard check says that a good policy is good") {
    const Site site;
    const std::string file = site.policy(kPolicy);
    const Ran text = run_certguard({"check", file});
    CHECK(text.status == cli::kYes);
    CHECK(text.out == file + ": ok, 1 guard\n");
    CHECK(text.err.empty());

    const Ran json = run_certguard({"check", "--json", file});
    CHECK(json.status == cli::kYes);
    CHECK(json.out ==
          "{\"ok\":true,\"file\":\"" + file + "\",\"guards\":[\"content\"],\"diagnostics\":[]}\n");
}

TEST_CASE("certguard check shows all errors, of the policy and of the files that it names") {
    const Site site;
    const std::string file =
        site.policy(kPolicy + "  b: {type: x509, ca: missing.pem}\nextra: 1\n");
    const Ran text = run_certguard({"check", file});
    CHECK(text.status == cli::kNo);
    CHECK(text.out == file + ": 2 errors\n");
    CHECK(contains(text.err, file + ":4:23: guards.b.ca: error: "));
    CHECK(contains(text.err, file + ":5:1: extra: error: unknown key"));

    const Ran json = run_certguard({"check", "--json", file});
    CHECK(json.status == cli::kNo);
    CHECK(json.err.empty());
    CHECK(contains(json.out, "{\"ok\":false,"));
    CHECK(contains(json.out,
                   "{\"severity\":\"error\",\"file\":\"" + file +
                       "\",\"line\":5,\"column\":1,\"key\":\"extra\",\"message\":\"unknown"));
}

TEST_CASE("warnings leave a policy good") {
    const Site site;
    test_pki::Spec spec;
    spec.common_name = "Old CA";
    spec.not_before = std::time(nullptr) - 9 * test_pki::kDay;
    spec.not_after = std::time(nullptr) - 2 * test_pki::kDay;
    site.directory.write("old.pem", test_pki::make_ca(spec).pem());
    const std::string file =
        site.policy("version: 1\nguards:\n  content: {type: x509, ca: [ca.pem, old.pem]}\n");
    const Ran ran = run_certguard({"check", file});
    CHECK(ran.status == cli::kYes);
    CHECK(ran.out == file + ": ok, 1 guard, 1 warning\n");
    CHECK(contains(ran.err, file + ":3:38: guards.content.ca[1]: warning: "));
}

TEST_CASE("a policy that can't be read is trouble") {
    const TemporaryDirectory directory;
    for (const std::string& file : {directory.path("missing.yaml"), directory.path("")}) {
        const Ran ran = run_certguard({"check", file});
        CHECK(ran.status == cli::kTrouble);
        CHECK(contains(ran.err, file + ": error: "));
    }
    CHECK(run_certguard({"check", "--json", directory.path("")}).status == cli::kTrouble);
}
