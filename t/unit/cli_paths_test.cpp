#include "catch.hpp"
#include "cli/entitlement_files.hpp"
#include "cli/path_escapes.hpp"
#include "cli_test_helpers.hpp"
#include "temporary_directory.hpp"

using namespace certguard;
using namespace certguard::test;
using namespace std::string_literals;

namespace {

const std::string kCertificate = vector_file("real/ent-v1-f6bc3385.pem");

Ran paths(const std::string& path) {
    return run_certguard({"paths", "--certificate", kCertificate, "--path", path});
}

Ran batch(const std::string& lines) {
    return run_certguard({"paths", "--batch", "-"}, lines);
}

/// The answer to one path, written as a line of a batch.
std::string answer(const std::string& escaped_path) {
    const std::string line = kCertificate + '\t' + escaped_path;
    const std::string out = batch(line + '\n').out;
    CHECK(out.substr(0, line.size() + 1) == line + '\t');
    CHECK(out.back() == '\n');
    return out.substr(line.size() + 1, out.size() - line.size() - 2);
}

}  // namespace

TEST_CASE("certguard paths answers one path by a word and by its exit status") {
    const Ran allowed = paths("/foo/path/never/x");
    CHECK(allowed.status == cli::kYes);
    CHECK(allowed.out == "allow\n");
    const Ran denied = paths("/foo/path");
    CHECK(denied.status == cli::kNo);
    CHECK(denied.out == "deny\n");
    CHECK(denied.err.empty());
    CHECK(paths("").status == cli::kNo);
    CHECK(paths("foo//path/\\x6eever/").out == "allow\n");
    CHECK(run_certguard({"paths", "--certificate", kCertificate, "--path="}).out == "deny\n");
    CHECK(run_certguard({"paths", "--json", "--certificate", kCertificate, "--path", "/a"}).out ==
          "{\"answer\":\"deny\",\"problem\":null}\n");
}

TEST_CASE("a certificate that is no readable entitlement is trouble") {
    for (const std::string& file :
         {vector_file("real/identity-8eac2898.pem"), vector_file("synthetic/m-version-abc.pem"),
          vector_file("README.md"), "/does/not/exist"s}) {
        CAPTURE(file);
        const Ran ran = run_certguard({"paths", "--certificate", file, "--path", "/a"});
        CHECK(ran.status == cli::kTrouble);
        CHECK(ran.out == "error\n");
        CHECK(ran.err.substr(0, 11) == "certguard: ");
        CHECK(batch(file + "\t/a\n").out == file + "\t/a\terror\n");
        CHECK(batch(file + "\t/a\n").status == cli::kYes);
    }
}

TEST_CASE("a batch answers each line, in order, with the line itself in front") {
    const Ran ran = batch(kCertificate + "\t/foo/path/never\n" + kCertificate + "\t/x\n" +
                          vector_file("real/ent-v3.3-042a424a.pem") + "\t/foo/path/never/1\n" +
                          kCertificate + "\t\n");
    CHECK(ran.status == cli::kYes);
    CHECK(ran.err.empty());
    CHECK(ran.out == kCertificate + "\t/foo/path/never\tallow\n" + kCertificate + "\t/x\tdeny\n" +
                         vector_file("real/ent-v3.3-042a424a.pem") +
                         "\t/foo/path/never/1\tallow\n" + kCertificate + "\t\tdeny\n");
}

TEST_CASE("lines of a batch end by LF alone, and the last one may have none") {
    CHECK(batch("").status == cli::kYes);
    CHECK(batch("").out.empty());
    CHECK(batch(kCertificate + "\t/foo/path/never").out ==
          kCertificate + "\t/foo/path/never\tallow\n");
    // The CR is part of the path, where it denies.
    CHECK(batch(kCertificate + "\t/foo/path/never\r\n").out ==
          kCertificate + "\t/foo/path/never\r\tdeny\n");
    CHECK(batch(kCertificate + "\t/foo/path/never/\xFF\0x\n"s).out ==
          kCertificate + "\t/foo/path/never/\xFF\0x\tdeny\n"s);
}

TEST_CASE("a batch's path is decoded already, but for its escapes") {
    CHECK(answer("/foo/path/never") == "allow");
    CHECK(answer("/foo%2Fpath/never") == "deny");
    CHECK(answer("/foo/p\\x61th/n\\x65\\x76er") == "allow");
    CHECK(answer("/foo/path/never/\\\\") == "allow");
    CHECK(answer("/foo/path/never\\n") == "deny");
    CHECK(answer("/foo/path/never/a\\tb\\r") == "deny");
    CHECK(answer("/foo/path/never/\\x00") == "deny");
    CHECK(answer("/foo/path/never/..") == "deny");
    CHECK(answer("/foo/path/never/\xFF") == "allow");
    CHECK(answer("/foo/path/always/\\xC3\\xbc/x") == "allow");
}

TEST_CASE("malformed lines of a batch are answered with error, named, and trouble in the end") {
    const std::string good = kCertificate + "\t/foo/path/never\n";
    for (const std::string& line :
         {"no tab"s, ""s, kCertificate + "\t\\", kCertificate + "\t/\\q", kCertificate + "\t\\x4",
          kCertificate + "\t\\xg0", kCertificate + "\t\\X41"}) {
        CAPTURE(line);
        const Ran ran = batch(good + line + "\n" + good);
        CHECK(ran.status == cli::kTrouble);
        const std::string answered = kCertificate + "\t/foo/path/never\tallow\n";
        CHECK(ran.out == answered + line + "\terror\n" + answered);
        CHECK(contains(ran.err, "certguard: -:2: "));
    }
}

TEST_CASE("a batch comes from a file, too") {
    const TemporaryDirectory directory;
    const std::string file = directory.write("batch", kCertificate + "\t/foo/path/never\n");
    CHECK(run_certguard({"paths", "--batch", file}).out ==
          kCertificate + "\t/foo/path/never\tallow\n");
    const Ran missing = run_certguard({"paths", "--batch", directory.path("missing")});
    CHECK(missing.status == cli::kTrouble);
    CHECK(contains(missing.err, directory.path("missing") + ": No such file"));
    CHECK(run_certguard({"paths", "--batch", directory.path("")}).status == cli::kTrouble);
}

TEST_CASE("a batch in JSON has one object a line") {
    const Ran ran = run_certguard({"paths", "--batch", "-", "--json"}, "\"\xFF\t/a\nx\n");
    CHECK(ran.status == cli::kTrouble);
    CHECK(ran.out == R"({"line":"\"\ufffd\t/a","answer":"error"})"
                     "\n"
                     R"({"line":"x","answer":"error"})"
                     "\n");
}

TEST_CASE("a certificate file is read once, and forgotten when there are too many") {
    const TemporaryDirectory directory;
    const std::string text = read_file(kCertificate);
    const std::string a = directory.write("a", text);
    const std::string b = directory.write("b", text);
    const std::string c = directory.write("c", text);
    cli::EntitlementFiles files(2, 1 << 20);
    CHECK(files.read(a).ok());
    CHECK(files.read(b).ok());
    directory.remove("a");
    directory.remove("b");
    CHECK(files.read(a).ok());
    CHECK(files.read(c).ok());  // puts out b
    CHECK(files.read(a).ok());
    CHECK_FALSE(files.read(b).ok());

    cli::EntitlementFiles small(100, 1);  // bytes
    CHECK(small.read(c).ok());
    directory.remove("c");
    CHECK(small.read(c).ok());
    CHECK_FALSE(small.read(a).ok());
    CHECK_FALSE(small.read(c).ok());
}

TEST_CASE("escapes stand for bytes") {
    CHECK(cli::unescape_path("a\\\\\\t\\n\\r\\x00\\xFf%2F")->compare("a\\\t\n\r\0\xFF%2F"s) == 0);
    CHECK(cli::unescape_path("")->empty());
    CHECK(cli::unescape_path("\\q/1234").error().message ==
          "\"\\q/1\" begins with no escape; expected \\\\, \\t, \\n, \\r or \\xHH");
}
