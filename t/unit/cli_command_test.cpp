#include <regex>
#include <set>

#include "catch.hpp"
#include "cli_test_helpers.hpp"
#include "temporary_directory.hpp"

using namespace certguard;
using namespace certguard::test;

TEST_CASE("certguard names its subcommands and what its exit status means") {
    const Ran ran = run_certguard({"--help"});
    CHECK(ran.status == cli::kYes);
    CHECK(ran.err.empty());
    for (const char* part :
         {"check", "inspect", "explain", "host", "paths", "0 yes, 1 no, 2 trouble"}) {
        CAPTURE(part);
        CHECK(contains(ran.out, part));
    }
    CHECK(contains(run_certguard({"--version"}).out, "certguard "));
}

TEST_CASE("every subcommand has a help with --json in it") {
    for (const char* subcommand : {"check", "inspect", "explain", "host", "paths"}) {
        CAPTURE(subcommand);
        const Ran ran = run_certguard({subcommand, "--help"});
        CHECK(ran.status == cli::kYes);
        CHECK(contains(ran.out, "--json"));
        CHECK(contains(ran.out, "0 yes, 1 no, 2 trouble"));
    }
}

TEST_CASE("wrong arguments are trouble with one line on standard error") {
    const std::vector<std::vector<std::string>> table = {
        {},
        {"bogus"},
        {""},
        {"check"},
        {"check", "a", "b"},
        {"check", "--jsn", "a"},
        {"inspect"},
        {"explain", "--policy", "p"},
        {"host"},
        {"host", "0d1c3f2e-8a55-4d3b-9a4e-5f6071829304"},
        {"paths"},
        {"paths", "--certificate", "c"},
        {"paths", "--path", "p"},
        {"paths", "--batch", "f", "--path", "p", "--certificate", "c"},
        {"paths", "--batch"},
    };
    for (const std::vector<std::string>& arguments : table) {
        CAPTURE(arguments);
        const Ran ran = run_certguard(arguments);
        CHECK(ran.status == cli::kTrouble);
        CHECK(ran.out.empty());
        CHECK(ran.err.substr(0, 11) == "certguard: ");
        CHECK(ran.err.find('\n') == ran.err.size() - 1);
    }
    CHECK(contains(run_certguard({"bo\ngus"}).err, "\"bo\\ngus\" is no subcommand"));
}

TEST_CASE("every key of an answer in JSON is documented") {
    const std::string docs = read_file(CERTGUARD_TEST_DATA "/../../docs/command.md");
    const TemporaryDirectory directory;
    const std::string policy = directory.write("policy.yaml", "version: 2\n");
    const std::string good =
        directory.write("good.yaml",
                        "version: 1\n"
                        "lookups: {k: {source: catalog, url: \"http://127.0.0.1:1\"}}\n"
                        "guards: {a: {type: host, serves: registry, lookup: k, ca: " +
                            vector_file("synthetic/ca.pem") + "}}\n");
    const std::string certificate = vector_file("real/ent-v1-f6bc3385.pem");
    const std::string answers =
        run_certguard({"check", "--json", policy}).out +
        run_certguard({"inspect", "--json", certificate}).out +
        run_certguard({"explain", "--json", "--policy", good, "--guard", "a", "--uri", "/"}).out +
        run_certguard({"host", "--json", "--policy", good, "0d1c3f2e-8a55-4d3b-9a4e-5f6071829304"})
            .out +
        run_certguard({"paths", "--json", "--certificate", certificate, "--path", "/"}).out +
        run_certguard({"paths", "--json", "--batch", "-"}, "x\n").out;
    const std::regex pattern("[{,]\"([a-z_0-9]+)\":");
    std::set<std::string> keys;
    for (std::sregex_iterator key(answers.begin(), answers.end(), pattern), end; key != end;
         ++key) {
        CAPTURE((*key)[1].str());
        CHECK(contains(docs, '`' + (*key)[1].str() + '`'));
        keys.insert((*key)[1]);
    }
    CHECK(keys.size() >= 48);
}
