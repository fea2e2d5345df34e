#include "catch.hpp"
#include "cli_test_helpers.hpp"

using namespace certguard;
using namespace certguard::test;

TEST_CASE("certguard names its subcommands and what its exit status means") {
    const Ran ran = run_certguard({"--help"});
    CHECK(ran.status == cli::kYes);
    CHECK(ran.err.empty());
    for (const char* part : {"check", "inspect", "explain", "paths", "0 yes, 1 no, 2 trouble"}) {
        CAPTURE(part);
        CHECK(contains(ran.out, part));
    }
    CHECK(contains(run_certguard({"--version"}).out, "certguard "));
}

TEST_CASE("every subcommand has a help with --json in it") {
    for (const char* subcommand : {"check", "inspect", "explain", "paths"}) {
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
