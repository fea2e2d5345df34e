#include "catch.hpp"
#include "certguard/policy.hpp"
#include "temporary_directory.hpp"
#include "test_pki.hpp"

using namespace certguard;
using namespace certguard::test;

namespace {

/// A directory with the files of a site.
struct Site {
    TemporaryDirectory directory;

    Site() {
        directory.write("ca.pem", make_ca("Site CA").pem());
        directory.write("other.pem", make_ca("Other CA").pem());
    }
    static test_pki::Identity make_ca(const std::string& name) {
        test_pki::Spec spec;
        spec.common_name = name;
        return test_pki::make_ca(spec);
    }
    LoadedPolicy load(const std::string& guards) const {
        return load_policy(directory.write("policy.yaml", "version: 1\nguards:\n" + guards),
                           std::time(nullptr));
    }
    /// "LINE:COLUMN KEY" of each diagnostic.
    std::vector<std::string> places(const LoadedPolicy& loaded) const {
        std::vector<std::string> places;
        for (const Diagnostic& diagnostic : loaded.diagnostics) {
            UNSCOPED_INFO(to_string(diagnostic));
            CHECK(diagnostic.where.file == directory.path("policy.yaml"));
            places.push_back(std::to_string(diagnostic.where.line) + ':' +
                             std::to_string(diagnostic.where.column) + ' ' + diagnostic.where.key);
        }
        return places;
    }
};

}  // namespace

TEST_CASE("a loaded policy's guards are ready to decide") {
    const Site site;
    const LoadedPolicy loaded =
        site.load("  a: {type: x509, ca: ca.pem}\n  b: {type: rhsm, ca: [other.pem, ca.pem]}\n");
    CHECK(loaded.was_read);
    CHECK(loaded.diagnostics.empty());
    REQUIRE(loaded.policy);
    REQUIRE(loaded.policy->guards.size() == 2);
    const Guard* const guard = loaded.policy->find("b");
    REQUIRE(guard != nullptr);
    CHECK(guard->settings.type == GuardType::rhsm);
    CHECK(guard->trust->current() != nullptr);
    CHECK(loaded.policy->find("c") == nullptr);
    CHECK(loaded.policy->find("") == nullptr);
}

TEST_CASE("guards of hosts know the policy's trusted proxies") {
    const Site site;
    const LoadedPolicy loaded = site.load(
        "  h: {type: host, ca: ca.pem, lookup: l}\n"
        "  x: {type: x509, ca: ca.pem}\n"
        "  p: {type: x509, ca: other.pem, names: proxy.example.com}\n"
        "lookups:\n  l: {source: certificate}\n"
        "trusted_proxies: p\n");
    REQUIRE(loaded.policy);
    const Policy& policy = *loaded.policy;
    CHECK(policy.trusted_proxies == policy.find("p"));
    CHECK(policy.find("h")->trusted_proxies == policy.find("p"));
    CHECK(policy.find("x")->trusted_proxies == nullptr);
}

TEST_CASE("guards that name the same files share what is read from them") {
    const Site site;
    const LoadedPolicy loaded = site.load(
        "  a: {type: x509, ca: [ca.pem, other.pem]}\n"
        "  b: {type: rhsm, ca: [other.pem, ca.pem, ca.pem]}\n"
        "  c: {type: x509, ca: ca.pem}\n");
    REQUIRE(loaded.policy);
    CHECK(loaded.policy->find("a")->trust == loaded.policy->find("b")->trust);
    CHECK(loaded.policy->find("a")->trust != loaded.policy->find("c")->trust);
}

TEST_CASE("what is wrong with a CA or CRL file is reported where the policy names it") {
    const Site site;
    site.directory.write("empty.pem", "");
    test_pki::CrlSpec crl;
    site.directory.write("foreign.crl",
                         test_pki::pem(*test_pki::make_crl(crl, Site::make_ca("Third CA"))));
    const LoadedPolicy loaded = site.load(
        "  a:\n"
        "    type: x509\n"
        "    ca: [ca.pem, missing.pem, empty.pem, .]\n"
        "  b:\n"
        "    type: x509\n"
        "    ca: ca.pem\n"
        "    crl: foreign.crl\n");
    CHECK_FALSE(loaded.policy);
    CHECK(loaded.was_read);
    CHECK(site.places(loaded) ==
          std::vector<std::string>{"5:18 guards.a.ca[1]", "5:31 guards.a.ca[2]",
                                   "5:42 guards.a.ca[3]", "9:10 guards.b.crl"});
    CHECK(loaded.diagnostics[0].message.find(site.directory.path("missing.pem")) == 0);
}

TEST_CASE("the files are looked at even when the policy has errors of its own") {
    const Site site;
    const LoadedPolicy loaded = site.load(
        "  a: {type: what, ca: missing.pem}\n"
        "  b: {type: x509, ca: [{}, gone.pem]}\n"
        "  c: {type: x509, ca: ca.pem, what: 1}\n");
    CHECK_FALSE(loaded.policy);
    CHECK(site.places(loaded) == std::vector<std::string>{"3:13 guards.a.type", "3:23 guards.a.ca",
                                                          "4:24 guards.b.ca[0]",
                                                          "5:31 guards.c.what"});
}

TEST_CASE("a file that several guards name is reported once") {
    const Site site;
    const LoadedPolicy loaded = site.load(
        "  a: {type: x509, ca: missing.pem}\n"
        "  b: {type: x509, ca: [missing.pem, ca.pem]}\n");
    CHECK(site.places(loaded) == std::vector<std::string>{"3:23 guards.a.ca"});
}

TEST_CASE("an expired CA is a warning and prevents nothing") {
    const Site site;
    test_pki::Spec spec;
    spec.common_name = "Old CA";
    spec.not_before = std::time(nullptr) - 9 * test_pki::kDay;
    spec.not_after = std::time(nullptr) - 2 * test_pki::kDay;
    site.directory.write("old.pem", test_pki::make_ca(spec).pem());
    const LoadedPolicy loaded = site.load("  a: {type: x509, ca: [ca.pem, old.pem]}\n");
    CHECK(loaded.policy);
    CHECK(site.places(loaded) == std::vector<std::string>{"3:32 guards.a.ca[1]"});
    CHECK_FALSE(has_errors(loaded.diagnostics));
}

TEST_CASE("a policy file that can't be read is an error about the file as a whole") {
    const TemporaryDirectory directory;
    for (const std::string& file : {directory.path("missing.yaml"), directory.path("")}) {
        const LoadedPolicy loaded = load_policy(file, 0);
        CHECK_FALSE(loaded.policy);
        CHECK_FALSE(loaded.was_read);
        REQUIRE(loaded.diagnostics.size() == 1);
        CHECK(loaded.diagnostics[0].where.file == file);
        CHECK(loaded.diagnostics[0].where.line == 0);
    }
    const std::string large =
        directory.write("large.yaml", std::string(limits::kPolicyBytes + 1, '#'));
    const LoadedPolicy loaded = load_policy(large, 0);
    CHECK_FALSE(loaded.was_read);
    REQUIRE(loaded.diagnostics.size() == 1);
    CHECK(loaded.diagnostics[0].message == "has 1048577 bytes, at most 1048576 are read");
}
