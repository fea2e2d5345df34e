// The files that a policy's lookups name.
#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <vector>

#include "catch.hpp"
#include "certguard/hosts_file.hpp"
#include "certguard/limits.hpp"
#include "certguard/policy.hpp"
#include "temporary_directory.hpp"
#include "test_pki.hpp"

using namespace certguard;
using namespace certguard::test;

namespace {

const std::string kHosts =
    "version: 1\n"
    "organizations:\n"
    "  ACME: {hosts: {0d1c3f2e-8a55-4d3b-9a4e-5f6071829304: []}}\n";

/// A directory with the files of a site that has a Katello.
struct Site {
    TemporaryDirectory directory;

    Site() {
        test_pki::Spec spec;
        spec.common_name = "Site CA";
        const test_pki::Identity ca = test_pki::make_ca(spec);
        spec.common_name = "proxy.example.com";
        const test_pki::Identity proxy = test_pki::make_leaf(spec, &ca);
        directory.write("ca.pem", ca.pem());
        directory.write("proxy.pem", proxy.pem());
        write_secret("proxy.key", proxy.key_pem());
        write_secret("token", "s3cret\n");
        directory.write("hosts.yaml", kHosts);
    }
    void write_secret(const std::string& name, const std::string& text) const {
        directory.write(name, text);
        ::chmod(directory.path(name).c_str(), 0600);
    }
    /// With the lookup "k" that has these KEYS, in line 3.
    LoadedPolicy load(const std::string& keys) const {
        return load_policy(directory.write("policy.yaml", "version: 1\nlookups:\n  k: {" + keys +
                                                              "}\nguards: {a: {type: x509, ca: "
                                                              "ca.pem}}\n"),
                           std::time(nullptr));
    }
    LoadedPolicy load_foreman(const std::string& keys = "") const {
        return load(
            "source: foreman, url: https://foreman.example.com, user: certguard, "
            "password_file: token" +
            keys);
    }
    LoadedPolicy load_with_password(const std::string& text) const {
        write_secret("token", text);
        return load_foreman();
    }
};

std::vector<std::string> lines_of(const LoadedPolicy& loaded) {
    std::vector<std::string> lines;
    for (const Diagnostic& diagnostic : loaded.diagnostics) {
        lines.push_back(to_string(diagnostic));
        CHECK(lines.back().find("s3cret") == std::string::npos);
    }
    return lines;
}

/// Does the only diagnostic hold all PARTS?
void check_only_line(const LoadedPolicy& loaded, const std::vector<std::string>& parts) {
    const std::vector<std::string> lines = lines_of(loaded);
    REQUIRE(lines.size() == 1);
    for (const std::string& part : parts) {
        CAPTURE(part, lines[0]);
        CHECK(lines[0].find(part) != std::string::npos);
    }
}

}  // namespace

TEST_CASE("a loaded lookup has what its files hold") {
    const Site site;
    const LoadedPolicy loaded =
        site.load_foreman(", ca: ca.pem, certificate: proxy.pem, key: proxy.key");
    CHECK(lines_of(loaded).empty());
    REQUIRE(loaded.policy);
    const LookupSettings* lookup = loaded.policy->find_lookup("k");
    REQUIRE(lookup != nullptr);
    CHECK(lookup->url == "https://foreman.example.com");
    CHECK(lookup->user == "certguard");
    CHECK(lookup->password == "s3cret");
    CHECK(lookup->ca_pem.find("BEGIN CERTIFICATE") != std::string::npos);
    CHECK(lookup->certificate_pem.find("BEGIN CERTIFICATE") != std::string::npos);
    CHECK(lookup->key_pem.find("PRIVATE KEY") != std::string::npos);
    CHECK(lookup->hosts == nullptr);
    CHECK(loaded.policy->find_lookup("x") == nullptr);
}

TEST_CASE("what a lookup's files hold must be of use to it") {
    const Site site;
    site.write_secret("other.key", test_pki::make_leaf({}, nullptr).key_pem());
    check_only_line(site.load_foreman(", ca: proxy.key"),
                    {":3:", "lookups.k: error: ", "there is no CA certificate in PEM"});
    check_only_line(site.load_foreman(", certificate: proxy.pem, key: other.key"),
                    {":3:", "lookups.k: error: ", "the key does not belong to the client"});
}

TEST_CASE("one line end behind a password is no part of it") {
    const Site site;
    for (const char* text : {"s3cret", "s3cret\n", "s3cret\r\n"}) {
        const LoadedPolicy loaded = site.load_with_password(text);
        REQUIRE(loaded.policy);
        CHECK(loaded.policy->lookups[0].password == "s3cret");
    }
    const LoadedPolicy spaces = site.load_with_password(" pass word \n");
    REQUIRE(spaces.policy);
    CHECK(spaces.policy->lookups[0].password == " pass word ");
}

TEST_CASE("a password file holds one line and nothing else") {
    const Site site;
    for (const std::string& text :
         {std::string("\n"), std::string("\r\n"), std::string("s3cret\n\n"),
          std::string("s3cret\nmore\n"), std::string("s3\tcret"), std::string("s3cret\0", 7)}) {
        const LoadedPolicy loaded = site.load_with_password(text);
        CHECK_FALSE(loaded.policy);
        check_only_line(loaded, {":3:", "lookups.k.password_file", "expected one line"});
    }
    check_only_line(site.load_with_password(""), {"lookups.k.password_file", "is empty"});
}

TEST_CASE("a password file may have 64 KiB, not one byte more") {
    const Site site;
    CHECK(site.load_with_password(std::string(limits::kSecretBytes, 'x')).policy);
    const LoadedPolicy loaded = site.load_with_password(std::string(limits::kSecretBytes + 1, 'x'));
    CHECK_FALSE(loaded.policy);
    check_only_line(loaded, {"lookups.k.password_file"});
}

TEST_CASE("a file that can't be read is reported where the lookup names it") {
    const Site site;
    for (const char* key : {"ca", "certificate", "key"}) {
        const std::string other = key == std::string("certificate") ? ", key: proxy.key"
                                  : key == std::string("key")       ? ", certificate: proxy.pem"
                                                                    : "";
        for (const char* file : {"missing", ".", "empty"}) {
            site.directory.write("empty", "");
            const LoadedPolicy loaded =
                site.load_foreman(", " + std::string(key) + ": " + file + other);
            CHECK_FALSE(loaded.policy);
            REQUIRE_FALSE(lines_of(loaded).empty());
            CHECK(lines_of(loaded)[0].find("lookups.k." + std::string(key)) != std::string::npos);
        }
    }
    check_only_line(site.load("source: file, file: missing"), {":3:", "lookups.k.file", "missing"});
}

TEST_CASE("a secret that everybody can read is warned about") {
    const Site site;
    ::chmod(site.directory.path("token").c_str(), 0644);
    const LoadedPolicy loaded = site.load_foreman();
    CHECK(loaded.policy);
    check_only_line(loaded, {"lookups.k.password_file", "warning", "chmod o-r"});
}

TEST_CASE("a hosts file is read with the policy, its problems at their own places") {
    const Site site;
    const LoadedPolicy loaded = site.load("source: file, file: hosts.yaml");
    REQUIRE(loaded.policy);
    REQUIRE(loaded.policy->lookups[0].hosts);
    CHECK(loaded.policy->lookups[0].hosts->hosts.size() == 1);

    site.directory.write("hosts.yaml", kHosts + "publik: []\n");
    const LoadedPolicy broken = site.load("source: file, file: hosts.yaml");
    CHECK_FALSE(broken.policy);
    check_only_line(broken, {site.directory.path("hosts.yaml") + ":4:1: publik", "unknown key"});
}
