// The published and synthetic certificates of t/data/vectors; see its README for what they are.
#include <algorithm>
#include <ctime>
#include <filesystem>
#include <sstream>

#include "catch.hpp"
#include "certguard/entitlement.hpp"
#include "certguard/limits.hpp"
#include "test_files.hpp"

using certguard::Certificate;
using certguard::CertificateKind;
using certguard::Entitlement;
using certguard::Reason;
using certguard::Result;
using certguard::test::read_file;
using certguard::test::test_data;

namespace {

const std::size_t kAll = certguard::limits::kListedPaths;

std::shared_ptr<const Certificate> vector_certificate(const std::string& name) {
    auto read = Certificate::from_pem(test_data("vectors/" + name + ".pem"));
    INFO(name);
    REQUIRE(read.ok());
    return *read;
}

Result<Entitlement> decode(const std::string& name) {
    return Entitlement::decode(*vector_certificate(name));
}

Entitlement decoded(const std::string& name) {
    auto result = decode(name);
    INFO(name << ": " << (result.ok() ? "" : result.error().message));
    REQUIRE(result.ok());
    return *result;
}

using Lines = std::vector<std::string>;

Lines lines_of(const std::string& text) {
    Lines lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        lines.push_back(line);
    }
    return lines;
}

/// Is PATH, and what lies below it, authorized?
bool allows(const Entitlement& entitlement, const std::string& path) {
    const auto answer = entitlement.authorizes(path);
    REQUIRE(answer.ok());
    return *answer;
}

}  // namespace

TEST_CASE("every certificate with a list of paths decodes to exactly these") {
    int certificates = 0;
    for (const char* directory : {"real", "synthetic"}) {
        const std::string folder = std::string(CERTGUARD_TEST_DATA "/vectors/") + directory;
        for (const auto& entry : std::filesystem::directory_iterator(folder)) {
            if (entry.path().extension() != ".paths") {
                continue;
            }
            ++certificates;
            const std::string name = entry.path().stem().string();
            CAPTURE(name);
            const Entitlement entitlement = decoded(std::string(directory) + "/" + name);
            Lines expected = lines_of(read_file(entry.path().string()));
            std::sort(expected.begin(), expected.end());
            bool complete = false;
            CHECK(entitlement.paths(kAll, &complete) == expected);
            CHECK(complete);
            for (const std::string& path : expected) {
                CAPTURE(path);
                CHECK(allows(entitlement, path));
                CHECK(allows(entitlement, path + "/repodata/repomd.xml"));
                CHECK(!allows(entitlement, "/elsewhere" + path));
            }
        }
    }
    CHECK(certificates == 15);
}

TEST_CASE("every malformed certificate is bad, with words, within the budgets") {
    for (const char* name : {"m-bits-truncated-1", "m-bomb-8m-one-word", "m-count-127-bytes",
                             "m-der-len-too-long", "m-dict-no-final-nul", "m-payload-twice",
                             "m-root-empty", "m-version-abc", "m-zlib-truncated"}) {
        CAPTURE(name);
        const auto result = decode(std::string("synthetic/") + name);
        REQUIRE(!result.ok());
        CHECK(result.error().reason == Reason::bad_certificate);
        CHECK(result.error().message.size() > 20);
    }
}

TEST_CASE("duplicate children authorize what each of them does") {
    const Entitlement synthetic = decoded("synthetic/m-duplicate-child");
    CHECK(synthetic.paths(kAll) == Lines{"/a/b", "/a/c"});
    CHECK(allows(synthetic, "/a/b"));
    CHECK(allows(synthetic, "/a/c/x"));
    CHECK(!allows(synthetic, "/a"));
    CHECK(allows(decoded("real/ent-v3.2-b7a1d2a2"), "/foo/path/anything"));
}

TEST_CASE("beside a payload, v1 URLs do not count") {
    const Entitlement entitlement = decoded("synthetic/m-v3-and-v1");
    CHECK(entitlement.version() == "3.4");
    CHECK(!allows(entitlement, "/v1/path"));
    const Lines paths = entitlement.paths(kAll);
    REQUIRE(!paths.empty());
    CHECK(std::find(paths.begin(), paths.end(), "/v1/path") == paths.end());
}

TEST_CASE("a tree of 2^40 paths answers at once and lists no more than asked") {
    const Entitlement entitlement = decoded("synthetic/m-exponential-40");
    std::string path;
    for (int i = 0; i < 39; ++i) {
        path += "/x";
    }
    const std::clock_t before = std::clock();
    CHECK(!allows(entitlement, path));
    CHECK(!allows(entitlement, "/x"));
    CHECK(!*entitlement.touches("/elsewhere/" + std::string(100, '/') + path + path + "/.."));
    CHECK(*entitlement.touches(path));
    CHECK(std::clock() - before <
          CLOCKS_PER_SEC);  // of the processor: others may have it meanwhile

    bool complete = true;
    CHECK(entitlement.paths(100, &complete).size() <= 100);
    CHECK(!complete);
}

TEST_CASE("the kinds of certificates are told apart by their extensions") {
    struct Row {
        const char* name;
        CertificateKind kind;
        const char* word;
    };
    for (const Row& row : {
             Row{"real/ent-v1-f6bc3385", CertificateKind::entitlement_v1, "entitlement v1"},
             Row{"real/ent-v3.0-48589ce0", CertificateKind::entitlement_v3, "entitlement v3"},
             Row{"real/pulp-v3.4-one-two-var", CertificateKind::entitlement_v3, "entitlement v3"},
             Row{"real/identity-8eac2898", CertificateKind::identity, "identity (consumer)"},
             Row{"real/product-100000000000002-3a8041", CertificateKind::product, "product"},
             Row{"real/ca-pulp-katello-default", CertificateKind::other, "other"},
             Row{"synthetic/v1-uber", CertificateKind::entitlement_v1, "entitlement v1"},
             Row{"synthetic/v3-sca-multi-env", CertificateKind::content_access,
                 "content access (SCA)"},
         }) {
        CAPTURE(row.name);
        CHECK(kind_of(*vector_certificate(row.name)) == row.kind);
        CHECK(kind_name(row.kind) == row.word);
    }
}

TEST_CASE("a certificate of another kind names no content") {
    for (const char* name : {"real/identity-8eac2898", "real/product-100000000000002-3a8041",
                             "real/ca-pulp-katello-default"}) {
        CAPTURE(name);
        const auto result = decode(name);
        REQUIRE(!result.ok());
        CHECK(result.error().reason == Reason::not_entitled);
    }
    CHECK(decode("real/identity-8eac2898").error().message.find("identity") != std::string::npos);
}
