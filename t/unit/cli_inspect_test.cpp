#include "catch.hpp"
#include "cli_test_helpers.hpp"
#include "temporary_directory.hpp"
#include "test_pki.hpp"

using namespace certguard;
using namespace certguard::test;

namespace {

Ran inspect(const std::string& vector) {
    return run_certguard({"inspect", vector_file(vector)});
}

}  // namespace

TEST_CASE("certguard inspect shows an entitlement certificate") {
    const Ran ran = inspect("real/ent-v3.3-042a424a.pem");
    CHECK(ran.status == cli::kYes);
    CHECK(ran.err.empty());
    for (const char* line :
         {"kind:           entitlement v3\n", "format version: 3.3\n",
          "subject:        CN=a013e43a1fba451aa65e890846584911,O=admin\n",
          "serial:         551E2A5F83A91028\n", "host UUID:      none\n", "organization:   admin\n",
          "valid from:     2017-07-14 00:00:00 UTC\n",
          "valid until:    2018-07-14 00:00:00 UTC (EXPIRED ", "paths:          8\n",
          "\n  /foo/path/never\n", "\n  /path/to/awesomeos/x86_64\n"}) {
        CAPTURE(line);
        CHECK(contains(ran.out, line));
    }
}

TEST_CASE("certguard inspect answers in JSON") {
    const Ran ran = run_certguard({"inspect", "--json", vector_file("real/ent-v1-f6bc3385.pem")});
    CHECK(ran.status == cli::kYes);
    CHECK(ran.out ==
          R"({"kind":"entitlement_v1","format_version":"1.0",)"
          R"("subject":"CN=ff80808138574bd20138574d85a50b2f",)"
          R"("issuer":"L=Raleigh,C=US,CN=192.168.1.25","serial":"093E2AF35CAA79B9",)"
          R"("sha256":"f6bc338527715eb17346037798a1f88c6879f078d40339c5c8685d092624c2c6",)"
          R"("host_uuid":null,"organization":null,"not_before":"2012-07-05T00:00:00Z",)"
          R"("not_after":"2013-07-05T00:00:00Z","validity":"expired",)"
          R"("paths":["/foo/path/always/$releasever","/foo/path/never",)"
          R"("/path/to/$basearch/$releasever/awesomeos","/path/to/awesomeos/x86_64"],)"
          R"("paths_complete":true,"problem":null})"
          "\n");
}

TEST_CASE("certguard inspect tells a host's identity certificate from others") {
    const Ran ran = inspect("real/identity-8eac2898.pem");
    CHECK(ran.status == cli::kYes);
    CHECK(contains(ran.out, "kind:           identity (consumer)\n"));
    CHECK(contains(ran.out, "host UUID:      0f5d4617-d913-4a0f-be61-d8a9c88e1476\n"));
    CHECK(contains(ran.out, "paths:          none, certificates of this kind name no paths\n"));
    CHECK(contains(inspect("synthetic/v3-sca-multi-env.pem").out,
                   "kind:           content access (SCA)\n"));
}

TEST_CASE("certguard inspect reads DER, and says how long a certificate is valid") {
    const TemporaryDirectory directory;
    test_pki::Spec spec;
    spec.common_name = "plain";
    spec.not_before = std::time(nullptr) + 2 * test_pki::kDay + 60;
    spec.not_after = std::time(nullptr) + 9 * test_pki::kDay + 60;
    const test_pki::Identity leaf = test_pki::make_leaf(spec, nullptr);
    const Ran ran = run_certguard({"inspect", directory.write("leaf.der", leaf.der())});
    CHECK(ran.status == cli::kYes);
    CHECK(contains(ran.out, "subject:        CN=plain\n"));
    CHECK(contains(ran.out, " UTC (NOT YET VALID, in 2 days)\n"));
    CHECK(contains(ran.out, " UTC (9 days left)\n"));
    CHECK(contains(run_certguard({"inspect", "--json", directory.path("leaf.der")}).out,
                   "\"validity\":\"not_yet_valid\""));
}

TEST_CASE("an entitlement that can't be decoded is shown as far as it goes, with status 1") {
    const Ran ran = inspect("synthetic/m-bits-truncated-1.pem");
    CHECK(ran.status == cli::kNo);
    CHECK(contains(ran.out, "paths:          unknown, they can't be read\n"));
    CHECK(contains(ran.err, "m-bits-truncated-1.pem: "));
    const Ran json =
        run_certguard({"inspect", "--json", vector_file("synthetic/m-bits-truncated-1.pem")});
    CHECK(json.status == cli::kNo);
    CHECK(contains(json.out, "\"paths\":[],\"paths_complete\":false,\"problem\":\""));
}

TEST_CASE("a certificate with more paths than anyone wants to read is listed in part") {
    const Ran ran = inspect("synthetic/m-exponential-40.pem");
    CHECK(ran.status == cli::kYes);
    CHECK(contains(ran.out, "paths:          more than are listed; the first 65536\n"));
}

TEST_CASE("what is no certificate is trouble") {
    const TemporaryDirectory directory;
    const std::pair<std::string, std::string> table[] = {
        {directory.path("missing"), "No such file"},
        {directory.write("empty", ""), "neither a PEM nor a DER file"},
        {directory.write("text", "hello"), "neither a PEM nor a DER file"},
        {directory.write("der", "0 is how DER begins"), "certificate"},
        {directory.write("key", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"),
         "certificate"},
    };
    for (const auto& [file, message] : table) {
        CAPTURE(file);
        const Ran ran = run_certguard({"inspect", file});
        CHECK(ran.status == cli::kTrouble);
        CHECK(ran.out.empty());
        CHECK(contains(ran.err, "certguard: " + file + ": "));
        CHECK(contains(ran.err, message));
    }
}
