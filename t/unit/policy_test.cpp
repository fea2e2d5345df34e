#include "certguard/policy.hpp"

#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "certguard/limits.hpp"
#include "test_files.hpp"

using namespace certguard;
using namespace std::string_literals;

namespace {

/// A policy that is right: the texts below are put behind it or replace a part of it.
const std::string kGood =
    "version: 1\n"
    "guards:\n"
    "  content:\n"
    "    type: rhsm\n"
    "    ca: ca.crt\n";

ParsedPolicy parse(const std::string& text) {
    return parse_policy(text, "/etc/certguard/p.yaml");
}

PolicySettings good(const std::string& text) {
    ParsedPolicy parsed = parse(text);
    for (const Diagnostic& diagnostic : parsed.diagnostics) {
        UNSCOPED_INFO(to_string(diagnostic));
    }
    REQUIRE(parsed.settings);
    return *parsed.settings;
}

GuardSettings good_guard(const std::string& keys) {
    return good(kGood + keys).guards.at(0);
}

/// "LINE:COLUMN KEY: MESSAGE" of each error.
std::vector<std::string> errors_of(const std::string& text) {
    ParsedPolicy parsed = parse(text);
    CHECK(parsed.settings.has_value() == parsed.diagnostics.empty());
    std::vector<std::string> lines;
    for (const Diagnostic& diagnostic : parsed.diagnostics) {
        CHECK(diagnostic.severity == Diagnostic::Severity::error);
        CHECK(diagnostic.where.file == "/etc/certguard/p.yaml");
        lines.push_back(std::to_string(diagnostic.where.line) + ':' +
                        std::to_string(diagnostic.where.column) + ' ' + diagnostic.where.key +
                        ": " + diagnostic.message);
    }
    return lines;
}

/// TEXT must give exactly the errors that begin with EXPECTED, in this order.
void check_errors(const std::string& text, const std::vector<std::string>& expected) {
    INFO("policy:\n" << text);
    const std::vector<std::string> found = errors_of(text);
    for (const std::string& line : found) {
        UNSCOPED_INFO("found: " << line);
    }
    CHECK(found.size() == expected.size());
    for (std::size_t i = 0; i < std::min(found.size(), expected.size()); ++i) {
        CHECK(found[i].substr(0, expected[i].size()) == expected[i]);
    }
}

struct Case {
    std::string text;
    std::vector<std::string> errors;
};

void check_table(const std::vector<Case>& table) {
    for (const Case& row : table) {
        check_errors(row.text, row.errors);
    }
}

/// The same for keys of the guard "content", whose first line is line 6.
void check_guard_table(const std::vector<Case>& table) {
    for (const Case& row : table) {
        check_errors(kGood + row.text, row.errors);
    }
}

}  // namespace

TEST_CASE("a policy says what the guards are") {
    const PolicySettings policy = good(
        "version: 1\n"
        "strip_headers: [X-Site-User, X-Sso-*]\n"
        "guards:\n"
        "  content:\n"
        "    type: rhsm\n"
        "    ca:\n"
        "      - /etc/pki/ca.crt\n"
        "      - more/ca.crt\n"
        "    crl: [revoked.crl]\n"
        "    serves: content\n"
        "    path_prefix: /pulp/content/\n"
        "    match: base_path\n"
        "    base_path: [some/path, /other/]\n"
        "    forward_header: X-RHSM-SSL-CLIENT-CERT\n"
        "    max_header: 32k\n"
        "  any-host_2.0:\n"
        "    type: x509\n"
        "    ca: /etc/pki/ca.crt\n"
        "    forward_header: none\n");
    CHECK(policy.strip_headers == std::vector<std::string>{"X-Site-User", "X-Sso-*"});
    REQUIRE(policy.guards.size() == 2);

    const GuardSettings& content = policy.guards[0];
    CHECK(content.name == "content");
    CHECK(content.where.line == 4);
    CHECK(content.where.key == "guards.content");
    CHECK(content.type == GuardType::rhsm);
    REQUIRE(content.ca.size() == 2);
    CHECK(content.ca[0].path == "/etc/pki/ca.crt");
    CHECK(content.ca[1].path == "/etc/certguard/more/ca.crt");
    CHECK(content.ca[1].where.line == 8);
    CHECK(content.ca[1].where.column == 9);
    CHECK(content.ca[1].where.key == "guards.content.ca[1]");
    REQUIRE(content.crl.size() == 1);
    CHECK(content.crl[0].path == "/etc/certguard/revoked.crl");
    CHECK(content.path_prefix == "/pulp/content/");
    CHECK(content.match == PathMatch::base_path);
    CHECK(content.base_paths == std::vector<std::string>{"some/path", "other"});
    CHECK(content.forward_header == "X-RHSM-SSL-CLIENT-CERT");
    CHECK(content.max_header == 32768);

    const GuardSettings& any = policy.guards[1];
    CHECK(any.name == "any-host_2.0");
    CHECK(any.type == GuardType::x509);
    CHECK(any.forward_header.empty());
}

TEST_CASE("a guard needs a type and a CA, all else has a default") {
    const GuardSettings guard = good_guard("");
    CHECK(guard.crl.empty());
    CHECK(guard.path_prefix.empty());
    CHECK(guard.match == PathMatch::request);
    CHECK(guard.base_paths.empty());
    CHECK(guard.forward_header == "X-CLIENT-CERT");
    CHECK(guard.max_header == limits::kDefaultMaxHeader);
}

TEST_CASE("relative file names are relative to the policy file") {
    const auto ca_of = [](const std::string& file) {
        return parse_policy(kGood, file).settings.value().guards.at(0).ca.at(0).path;
    };
    CHECK(ca_of("/etc/certguard/p.yaml") == "/etc/certguard/ca.crt");
    CHECK(ca_of("conf/p.yaml") == "conf/ca.crt");
    CHECK(ca_of("p.yaml") == "ca.crt");
    CHECK(ca_of("/p.yaml") == "/ca.crt");
}

TEST_CASE("texts are taken as they stand, quoted or not") {
    CHECK(good_guard("    crl: ~/x.crl\n").crl.at(0).path == "/etc/certguard/~/x.crl");
    CHECK(good_guard("    crl: ${HOME}/x\n").crl.at(0).path == "/etc/certguard/${HOME}/x");
    CHECK(good_guard("    crl: \"/a b\\u00fc\"\n").crl.at(0).path == "/a bü");
    CHECK(good_guard("    crl: '/it''s'\n").crl.at(0).path == "/it's");
    CHECK(good_guard("    crl: /a#b   # a comment\n").crl.at(0).path == "/a#b");
    CHECK(good_guard("    crl: yes\n").crl.at(0).path == "/etc/certguard/yes");
    CHECK(good_guard("    crl: 010\n").crl.at(0).path == "/etc/certguard/010");
    CHECK(good("version: \"1\"\nguards: {no: {type: 'x509', ca: /a}}\n").guards.at(0).name == "no");
}

TEST_CASE("a byte order mark, CRLF line ends, comments and document markers change nothing") {
    CHECK(good("\xEF\xBB\xBF" + kGood).guards.size() == 1);
    CHECK(good("%YAML 1.2\n---\n# text\n" + kGood + "...\n").guards.size() == 1);
    CHECK(good("version: 1\r\nguards:\r\n  a:\r\n    type: x509\r\n    ca: /a\r\n").guards.size() ==
          1);
    CHECK(good(kGood + "    crl:\t/a\t# tabs within a line\n").guards.at(0).crl.size() == 1);
    CHECK(parse("\xEF\xBB\xBF"
                "versoin: 1\n")
              .diagnostics.at(0)
              .where.column == 1);
}

TEST_CASE("the file as a whole: empty, no map, too large, no text") {
    check_table({
        {"", {"0:0 : the file is empty"}},
        {"# nothing\n\n", {"0:0 : the file is empty"}},
        {"---\n", {"0:0 : the file is empty"}},
        {"~\n", {"0:0 : the file is empty"}},
        {"version\n", {"1:1 : found \"version\", expected a map with the keys version and guards"}},
        {"- version: 1\n", {"1:1 : found a list, expected a map"}},
        {"{}",
         {"1:1 version: missing, expected 1", "1:1 guards: missing, expected a map of guards"}},
        {kGood + "# \xFF\n", {"6:3 : found the byte \\xff, which is not UTF-8; expected"}},
        {kGood + "# \xED\xA0\x80\n", {"6:3 : found the byte \\xed, which is not UTF-8"}},
        {"\xFF\xFEv\0e\0"s, {"1:1 : found the byte \\xff"}},
        {"version: 1\0\n"s, {"1:11 : found the control character \\x00; expected text"}},
        {"version: 1 #\x04\n", {"1:13 : found the control character \\x04"}},
        {"version: 1\rguards: 2\n", {"1:11 : found the control character \\r"}},
        {"# \xC2\x85\n", {"1:3 : found the control character \\xc2\\x85"}},
        {"# \x7F\n", {"1:3 : found the control character \\x7f"}},
    });
    const std::string comment(limits::kPolicyBytes - kGood.size() - 1, '#');
    CHECK(good(kGood + comment + "\n").guards.size() == 1);
    check_errors(kGood + comment + "#\n", {"0:0 : found 1048577 bytes, expected at most 1048576"});
}

TEST_CASE("what is no YAML is reported with its place") {
    check_table({
        {"version: 1\nguards: [a, b\n", {"3:1 : found no end of what a '{' or '[' above begins"}},
        {"version: 1\nguards: {a: b\n", {"3:1 : found no end of what a '{' or '[' above begins"}},
        {"guards:\n   a: 1\n  b: 1\n",
         {"3:3 : found a line that belongs to nothing above it; is it indented as the lines"}},
        {"guards:\n   - a\n  - b\n", {"3:3 : found a line that belongs to nothing above it"}},
        {"version: 1\nguards: \"a", {"2:11 : found the end of the file inside a quoted text"}},
        {"version: 1\n  guards: 2\n",
         {"1:10 version: found a value that goes on in the next line, \"1 guards\"",
          "2:9 : found a ':' that can't stand here; is the line indented wrongly"}},
        {"version: a: b\n", {"1:11 : found a ':' that can't stand here"}},
        {"version: @1\n", {"1:10 : found \"@\", which can't begin a text; does it need quotes?"}},
        {"version: \"\\q\"\n", {"1:13 : the YAML can't be read: unknown escape character: q"}},
        {"%YAML 3.0\n---\nversion: 1\n",
         {"1:1 : the YAML can't be read: YAML major version too large"}},
        {"version: {a: 1}}\n", {"1:16 : the YAML can't be read: illegal flow end"}},
    });
}

TEST_CASE("a value stands on one line and has an end") {
    check_guard_table({
        {"    crl: /a\n      /b\n",
         {"6:10 guards.content.crl: found a value that goes on in the next line, \"/a /b\"; "
          "expected it on one line"}},
        {"    crl: |\n      /a\n",
         {"6:10 guards.content.crl: found block text (|); expected the value on one line"}},
        {"    crl: >-\n      /a\n", {"6:10 guards.content.crl: found block text (>)"}},
        {"    crl: \"/a\n      /b\"\n",
         {"6:10 guards.content.crl: found a quoted string that doesn't end on its line"}},
        {"    crl: '/a''\n",
         {"6:10 guards.content.crl: found a quoted string that doesn't end on its line"}},
        {"    crl: \"/a\\\"\n",
         {"6:10 guards.content.crl: found a quoted string that doesn't end"}},
    });
}

TEST_CASE("tabs don't indent, not even a comment") {
    check_table({
        {"version: 1\nguards:\n\tcontent: x\n \t# text\n  \t\nx: 1\n",
         {"3:1 : found a tab at the beginning of the line, expected spaces",
          "4:2 : found a tab at the beginning of the line", "5:3 : found a tab"}},
    });
}

TEST_CASE("YAML's cleverer parts are refused") {
    check_table({
        {"a: &x 1\nversion: 1\nguards: *x\n",
         {"1:1 a: unknown key", "1:4 a: found an anchor (&); expected the value alone",
          "3:9 guards: found an alias (*); expected the value itself"}},
        {"&x\nversion: 1\nguards: {}\n",
         {"1:1 : found an anchor (&)", "3:9 guards: found an empty map"}},
        {"version: 1\nguards: *none\n",
         {"2:9 : the YAML can't be read: the referenced anchor is not defined"}},
        {"version: !!int 1\nguards: !mine {a: {type: x509, ca: [! b, !!null ]}}\n",
         {"1:10 version: found a tag (!); expected the value alone", "2:9 guards: found a tag (!)",
          "2:37 guards.a.ca[0]: found a tag (!)", "2:42 guards.a.ca[1]: found a tag (!)"}},
        {kGood + "    <<: {type: x509}\n",
         {"6:5 guards.content.<<: found a merge key; expected the keys themselves"}},
        {kGood + "---\n" + kGood, {"6:1 : found a second YAML document"}},
        {kGood + "...\nx\n", {"7:1 : found a second YAML document, or a line that doesn't belong"}},
        {"- version: 1\nguards: {}\n",
         {"1:1 : found a list",
          "2:1 : found a second YAML document, or a line that doesn't belong to what is above it"}},
        {",", {"1:1 : "}},  // yaml-cpp 0.9 has other words for it
        {"? [version]\n: 1\n",
         {"1:1 version: missing", "1:1 guards: missing",
          "1:3 : found a key that is no plain name; expected NAME: VALUE"}},
        {": 1\n",
         {"1:1 : found a key that is no plain name", "1:1 version: missing",
          "1:1 guards: missing"}},
    });
}

TEST_CASE("nesting ends at the budget") {
    const auto nested = [](std::size_t depth) {
        return "x: " + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "\n";
    };
    for (const std::string& line : errors_of(nested(limits::kPolicyDepth))) {
        CHECK(line.find("nested") == std::string::npos);
    }
    check_errors(nested(limits::kPolicyDepth + 1),
                 {"1:19 x[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]: found lists and maps "
                  "nested 17 deep, expected at most 16"});
    for (const std::string open : {"[", "{", "- ", "? ", "[? ", "{a: ", "[a: "}) {
        std::string deep;
        while (deep.size() < limits::kPolicyBytes - open.size()) {
            deep += open;
        }
        const std::vector<std::string> found = errors_of(deep);
        INFO(open);
        REQUIRE(!found.empty());
        CHECK(found.back().find("nested") != std::string::npos);
    }
}

TEST_CASE("a key is given once") {
    check_table({
        {"version: 1\n" + kGood, {"2:1 version: found this key again, it is in line 1 already"}},
        {kGood + "    ca: /b\n    \"type\": x509\n",
         {"6:5 guards.content.ca: found this key again, it is in line 5 already",
          "7:5 guards.content.type: found this key again, it is in line 4 already"}},
        {kGood + "  content:\n    typ: x509\n",
         {"6:3 guards.content: found this key again, it is in line 3 already"}},
    });
}

TEST_CASE("an unknown key is an error with the nearest known one") {
    check_table({
        {"vesrion: 1\nversion: 1\nguard: {}\nguards: {a: {type: x509, ca: a}}\n",
         {"1:1 vesrion: unknown key; did you mean \"version\"? expected one of: version, "
          "strip_headers, lookups, trusted_proxies, guards",
          "3:1 guard: unknown key; did you mean \"guards\"?"}},
        {kGood + "lookup: {}\n", {"6:1 lookup: unknown key; did you mean \"lookups\"?"}},
    });
    check_guard_table({
        {"    path-prefix: /a\n",
         {"6:5 guards.content.path-prefix: unknown key; did you mean \"path_prefix\"?"}},
        {"    basepath: a\n",
         {"6:5 guards.content.basepath: unknown key; did you mean \"base_path\"?"}},
        {"    cr: a\n", {"6:5 guards.content.cr: unknown key; did you mean \"crl\"?"}},
        {"    Match: a\n", {"6:5 guards.content.Match: unknown key; did you mean \"match\"?"}},
        {"    host: katello\n",
         {"6:5 guards.content.host: unknown key; expected one of: type, ca, crl, names, serves, "
          "path_prefix, match, base_path, lookup, require_host, forward_header, max_header"}},
        {"    x: a\n", {"6:5 guards.content.x: unknown key; expected one of:"}},
        {"    \"\": a\n", {"6:5 guards.content.: unknown key; expected one of:"}},
    });
}

TEST_CASE("the version is 1") {
    const std::string guards = "guards: {a: {type: x509, ca: a}}\n";
    CHECK(good("version: 1\n" + guards).guards.size() == 1);
    CHECK(good("version: '1'\n" + guards).guards.size() == 1);
    for (const std::string other : {"2", "01", "1.0", "0x1", "+1", "one", "yes", "true", "\"\""}) {
        check_errors("version: " + other + "\n" + guards,
                     {"1:10 version: found " + (other[0] == '"' ? other : '"' + other + '"') +
                      ", expected 1, the version of this file's format"});
    }
    check_table({
        {"version:\n" + guards, {"1:1 version: found nothing, expected 1"}},
        {"version: ~\n" + guards, {"1:1 version: found nothing, expected 1"}},
        {"version: [1]\n" + guards, {"1:10 version: found a list, expected 1"}},
        {"version: {}\n" + guards, {"1:10 version: found an empty map, expected 1"}},
        {guards, {"1:1 version: missing, expected 1"}},
    });
}

TEST_CASE("guards are a map of maps") {
    check_table({
        {"version: 1\n", {"1:1 guards: missing, expected a map of guards by their names"}},
        {"version: 1\nguards:\n",
         {"2:1 guards: found nothing, expected a map of guards by their names"}},
        {"version: 1\nguards: {}\n",
         {"2:9 guards: found an empty map, expected at least one guard"}},
        {"version: 1\nguards: content\n", {"2:9 guards: found \"content\", expected a map"}},
        {"version: 1\nguards:\n  - content\n", {"3:3 guards: found a list, expected a map"}},
        {"version: 1\nguards: {a: x509, b: , c: []}\n",
         {"2:10 guards.a: found \"x509\", expected a map with the guard's type and ca",
          "2:19 guards.b: found nothing, expected a map",
          "2:24 guards.c: found an empty list, expected a map"}},
    });
}

TEST_CASE("a guard's name fits nginx.conf and a log field") {
    const auto named = [](const std::string& name) {
        return "version: 1\nguards:\n  " + name + ": {type: x509, ca: a}\n";
    };
    const std::string longest(64, 'n');
    for (const std::string& name : {"a"s, "A.b-c_9"s, "1"s, "no"s, longest}) {
        CHECK(good(named(name)).guards.at(0).name == name);
    }
    check_table({
        {named("off"), {"3:3 guards.off: no guard can be named \"off\""}},
        {named("a b"),
         {"3:3 guards.a b: found \"a b\", expected a guard's name: up to 64 letters"}},
        {named("a/b"), {"3:3 guards.a/b: found \"a/b\", expected a guard's name"}},
        {named("ü"), {"3:3 guards.ü: found \"ü\", expected a guard's name"}},
        {named("\"\""), {"3:3 guards.: found \"\", expected a guard's name"}},
        {named("\"a\\n\""), {"3:3 guards.a\n: found \"a\\n\", expected a guard's name"}},
        {named(longest + "n"),
         {"3:3 guards." + longest + "n: found \"" + longest + "n\", expected"}},
        {named("null"),
         {"3:3 guards: found a key that is no plain name", "3:3 guards: found an empty map"}},
    });
}

TEST_CASE("a guard's type is x509, rhsm or host") {
    const auto guard = [](const std::string& keys) {
        return "version: 1\nguards:\n  a:\n    " + keys + "\n    ca: a\n";
    };
    check_table({
        {guard("type: hosts"),
         {"4:11 guards.a.type: found \"hosts\", expected x509, rhsm or host"}},
        {guard("type: RHSM"), {"4:11 guards.a.type: found \"RHSM\", expected x509, rhsm or host"}},
        {guard("type: [rhsm]"), {"4:11 guards.a.type: found a list, expected x509, rhsm or host"}},
        {guard("type:"), {"4:5 guards.a.type: found nothing, expected x509, rhsm or host"}},
        {guard("crl: []"), {"3:3 guards.a.type: missing, expected x509, rhsm or host"}},
    });
}

TEST_CASE("a guard has at least one CA file") {
    const auto guard = [](const std::string& keys) {
        return "version: 1\nguards:\n  a:\n    type: x509\n" + keys;
    };
    check_table({
        {guard(""), {"3:3 guards.a.ca: missing, expected a file or a list of files"}},
        {guard("    ca:\n"),
         {"5:5 guards.a.ca: found nothing, expected a file or a list of files"}},
        {guard("    ca: []\n"),
         {"5:9 guards.a.ca: found an empty list, expected at least one file"}},
        {guard("    ca: ''\n"), {"5:9 guards.a.ca: found \"\", expected a file name"}},
        {guard("    ca: {file: a}\n"),
         {"5:9 guards.a.ca: found a map, expected a file or a list of files"}},
        {guard("    ca: \"a\\0\"\n"),
         {"5:9 guards.a.ca: found \"a\\x00\", expected a file name without control characters"}},
        {guard("    ca: \"a\\n\"\n"),
         {"5:9 guards.a.ca: found \"a\\n\", expected a file name without"}},
        {guard("    ca: [a, , [b], {c: d}, '']\n"),
         {"5:11 guards.a.ca[1]: found nothing, expected a file name",
          "5:15 guards.a.ca[2]: found a list, expected a file name",
          "5:20 guards.a.ca[3]: found a map, expected a file name",
          "5:28 guards.a.ca[4]: found \"\", expected a file name"}},
        {guard("    ca:\n      - a\n      -\n      - ~\n    crl: {}\n"),
         {"7:7 guards.a.ca[1]: found nothing, expected a file name",
          "8:9 guards.a.ca[2]: found nothing, expected a file name",
          "9:10 guards.a.crl: found an empty map, expected a file or a list of files"}},
    });
}

TEST_CASE("a CRL is optional, and an empty list is none") {
    CHECK(good_guard("    crl: []\n").crl.empty());
    CHECK(good_guard("    crl: a\n").crl.size() == 1);
    check_guard_table(
        {{"    crl:\n", {"6:5 guards.content.crl: found nothing, expected a file or a list"}}});
}

TEST_CASE("a guard of type rhsm serves content") {
    good_guard("    serves: content\n");
    check_guard_table({
        {"    serves: registry\n",
         {"6:13 guards.content.serves: only a guard of type host can serve a registry"}},
        {"    serves: files\n",
         {"6:13 guards.content.serves: found \"files\", expected content or registry"}},
    });
}

TEST_CASE("a path prefix has slashes at both ends, written or not") {
    CHECK(good_guard("    path_prefix: /pulp/content/\n").path_prefix == "/pulp/content/");
    CHECK(good_guard("    path_prefix: /pulp/content\n").path_prefix == "/pulp/content/");
    CHECK(good_guard("    path_prefix: /\n").path_prefix == "/");
    CHECK(good_guard("    path_prefix: /ü x/%zz/a.b/..c\n").path_prefix == "/ü x/%zz/a.b/..c/");
    check_guard_table({
        {"    path_prefix: pulp/content/\n",
         {"6:18 guards.content.path_prefix: found \"pulp/content/\", expected a path like "
          "/pulp/content/, with a slash in front"}},
        {"    path_prefix: ''\n",
         {"6:18 guards.content.path_prefix: found \"\", expected a path like /pulp/content/"}},
        {"    path_prefix: /a//b\n",
         {"6:18 guards.content.path_prefix: found \"/a//b\" with an empty segment (//)"}},
        {"    path_prefix: //\n",
         {"6:18 guards.content.path_prefix: found \"//\" with an empty segment"}},
        {"    path_prefix: /a/../b\n",
         {"6:18 guards.content.path_prefix: found \"/a/../b\" with the dot segment \"..\""}},
        {"    path_prefix: /a/.\n",
         {"6:18 guards.content.path_prefix: found \"/a/.\" with the dot segment \".\""}},
        {"    path_prefix: /a%2Fb\n",
         {"6:18 guards.content.path_prefix: found \"/a%2Fb\" with \"%2F\", but the decoded path is "
          "compared"}},
        {"    path_prefix: /a?b\n",
         {"6:18 guards.content.path_prefix: found \"/a?b\" with \"?\", which no path has"}},
        {"    path_prefix: /a#b\n", {"6:18 guards.content.path_prefix: found \"/a#b\" with \"#\""}},
        {"    path_prefix: /a\\b\n",
         {"6:18 guards.content.path_prefix: found \"/a\\b\" with \"\\\""}},
        {"    path_prefix: /$org/\n",
         {"6:18 guards.content.path_prefix: found \"/$org/\" with \"$\", but there are no "
          "variables here"}},
        {"    path_prefix: \"/a\\n/\"\n",
         {"6:18 guards.content.path_prefix: found \"/a\\n/\", expected a path like /pulp/content/ "
          "without control characters"}},
        {"    path_prefix: [/a/]\n",
         {"6:18 guards.content.path_prefix: found a list, expected a path"}},
    });
}

TEST_CASE("base paths belong to match: base_path") {
    const std::string match = "    match: base_path\n";
    CHECK(good_guard(match + "    base_path: some/path\n").base_paths ==
          std::vector<std::string>{"some/path"});
    CHECK(good_guard("    match: request\n").match == PathMatch::request);
    check_guard_table({
        {"    match: prefix\n",
         {"6:12 guards.content.match: found \"prefix\", expected request or base_path"}},
        {"    match: prefix\n    base_path: a\n", {"6:12 guards.content.match: found \"prefix\""}},
        {match,
         {"3:3 guards.content.base_path: missing, expected a path or a list of paths, because of "
          "match: base_path"}},
        {"    base_path: a\n",
         {"6:16 guards.content.base_path: base_path needs \"match: base_path\" beside it"}},
        {"    match: request\n    base_path: a\n",
         {"7:16 guards.content.base_path: base_path needs"}},
        {match + "    base_path:\n",
         {"7:5 guards.content.base_path: found nothing, expected a path or a list"}},
        {match + "    base_path: []\n",
         {"7:16 guards.content.base_path: found an empty list, expected at least one path"}},
        {match + "    base_path: /\n",
         {"7:16 guards.content.base_path: found \"/\", expected a distribution's base path like "
          "some/path"}},
        {match + "    base_path: [a, '', b/../c, {}]\n",
         {"7:20 guards.content.base_path[1]: found \"\", expected a distribution's base path",
          "7:24 guards.content.base_path[2]: found \"b/../c\" with the dot segment \"..\"",
          "7:32 guards.content.base_path[3]: found an empty map, expected a distribution's base "
          "path"}},
    });
}

TEST_CASE("keys for paths are refused in a guard that compares none") {
    check_errors(
        "version: 1\nguards:\n  a:\n    type: x509\n    ca: a\n    path_prefix: /a/\n"
        "    match: base_path\n    base_path: a\n",
        {"6:18 guards.a.path_prefix: only a guard of type rhsm has this key; this one is of type "
         "x509",
         "7:12 guards.a.match: only a guard of type rhsm has this key",
         "8:16 guards.a.base_path: only a guard of type rhsm has this key"});
}

TEST_CASE("a guard forwards the certificate as a header of any free name, or not at all") {
    CHECK(good_guard("    forward_header: X-Client-Cert\n").forward_header == "X-Client-Cert");
    CHECK(good_guard("    forward_header: none\n").forward_header.empty());
    check_guard_table({
        {"    forward_header: Host\n",
         {"6:21 guards.content.forward_header: \"Host\" is a header that HTTP or nginx needs "
          "itself; expected the name of a header or none"}},
        {"    forward_header: X CERT\n",
         {"6:21 guards.content.forward_header: \"X CERT\" is no header name"}},
        {"    forward_header: SSL-*\n",
         {"6:21 guards.content.forward_header: \"SSL-*\" is no single header"}},
        {"    forward_header: ~\n",
         {"6:5 guards.content.forward_header: found nothing, expected the name of a header or "
          "none"}},
        {"    forward_header: ''\n",
         {"6:21 guards.content.forward_header: found \"\", expected the name"}},
        {"    forward_header: [A]\n",
         {"6:21 guards.content.forward_header: found a list, expected the name"}},
    });
}

TEST_CASE("max_header is a size within reason") {
    CHECK(good_guard("    max_header: 1024\n").max_header == limits::kLeastMaxHeader);
    CHECK(good_guard("    max_header: 1k\n").max_header == limits::kLeastMaxHeader);
    CHECK(good_guard("    max_header: \"64K\"\n").max_header == 65536);
    CHECK(good_guard("    max_header: 1m\n").max_header == limits::kMostMaxHeader);
    for (const std::string bad :
         {"1023", "1048577", "1025k", "2m", "0", "-1", "16kb", "16 k", "1.5k", "0x4000", "040000",
          "1_024", "lots", "18446744073709551616", "k", "1e4"}) {
        check_guard_table({{"    max_header: " + bad + "\n",
                            {"6:17 guards.content.max_header: found \"" + bad +
                             "\", expected a size from 1024 to 1048576 bytes, like 16k"}}});
    }
    check_guard_table({{"    max_header: [16k]\n",
                        {"6:17 guards.content.max_header: found a list, expected a size"}}});
}

TEST_CASE("headers to strip are names or prefixes that nobody needs") {
    CHECK(good(kGood + "strip_headers: []\n").strip_headers.empty());
    CHECK(good(kGood + "strip_headers: X-A\n").strip_headers == std::vector<std::string>{"X-A"});
    check_errors(kGood + "strip_headers: [Host, X-*, 'X A', '', [], X-Ok]\n",
                 {"6:17 strip_headers[0]: \"Host\" is a header that HTTP or nginx needs itself; "
                  "expected the name of a header, or a prefix of names with a *",
                  "6:23 strip_headers[1]: \"X-*\" covers \"x-forwarded-for\", which HTTP or nginx "
                  "needs itself",
                  "6:28 strip_headers[2]: \"X A\" is no header name",
                  "6:35 strip_headers[3]: found \"\", expected the name",
                  "6:39 strip_headers[4]: found an empty list, expected the name"});
    check_errors(
        kGood + "strip_headers: {}\n",
        {"6:16 strip_headers: found an empty map, expected a header or a list of headers"});
}

TEST_CASE("a guard of type x509 may have names, which are whole CNs") {
    const GuardSettings guard =
        good("version: 1\nguards:\n  a: {type: x509, ca: c, names: [B.example.com, A n, c]}\n")
            .guards[0];
    CHECK(guard.names == std::vector<std::string>{"b.example.com", "a n", "c"});
    CHECK(good("version: 1\nguards:\n  a: {type: x509, ca: c, names: x}\n").guards[0].names ==
          std::vector<std::string>{"x"});
    const std::string longest(limits::kNameBytes, 'n');
    CHECK(good("version: 1\nguards:\n  a: {type: x509, ca: c, names: " + longest + "}\n")
              .guards[0]
              .names[0] == longest);
    const std::string begin = "version: 1\nguards:\n  a:\n    type: x509\n    ca: c\n    names: ";
    check_table({
        {begin + "[]\n", {"6:12 guards.a.names: found an empty list, expected at least one name"}},
        {begin + "{}\n",
         {"6:12 guards.a.names: found an empty map, expected a name or a list of names"}},
        {begin + "[a, '']\n",
         {"6:16 guards.a.names[1]: found \"\", expected a certificate's whole CN"}},
        {begin + "'*.example.com'\n",
         {"6:12 guards.a.names: found \"*.example.com\", expected a certificate's whole CN like "
          "proxy.example.com: there are no wildcards"}},
        {begin + longest + "n\n", {"6:12 guards.a.names: found \"nnn"}},
        {kGood + "    names: a\n",
         {"6:12 guards.content.names: only a guard of type x509 has this key"}},
    });
}

TEST_CASE("trusted_proxies names a guard that can tell proxies from others") {
    const std::string guards =
        "guards:\n"
        "  proxies: {type: x509, ca: c, names: p}\n"
        "  clients: {type: x509, ca: c}\n"
        "  content: {type: rhsm, ca: c}\n";
    const PolicySettings policy = good("version: 1\ntrusted_proxies: proxies\n" + guards);
    REQUIRE(policy.trusted_proxies);
    CHECK(policy.trusted_proxies->name == "proxies");
    CHECK_FALSE(good(kGood).trusted_proxies);
    const auto with = [&](const std::string& value) {
        return "version: 1\ntrusted_proxies: " + value + "\n" + guards;
    };
    check_table({
        {with("clients"),
         {"2:18 trusted_proxies: the guard \"clients\" has no names: every certificate of its CA, "
          "each host's too, could then speak for others"}},
        {with("content"),
         {"2:18 trusted_proxies: the guard \"content\" is of type rhsm, expected one of type "
          "x509"}},
        {with("proxy"),
         {"2:18 trusted_proxies: found \"proxy\", expected the name of a guard of type x509"}},
        {with("[proxies]"),
         {"2:18 trusted_proxies: found a list, expected the name of a guard of type x509"}},
    });
    // Its own error explains enough.
    check_errors("version: 1\ntrusted_proxies: a\nguards:\n  a: {type: x509, ca: c, names: []}\n",
                 {"4:33 guards.a.names: found an empty list"});
}

TEST_CASE("all problems of a file are reported at once, in its order") {
    check_errors(
        "version: 2\n"
        "strip_headers: [Host]\n"
        "guards:\n"
        "  bad name:\n"
        "    type: what\n"
        "    max_header: 1\n"
        "  b:\n"
        "    ca: &x [a]\n"
        "    match: none\n"
        "extra: 1\n",
        {"1:10 version:", "2:17 strip_headers[0]:", "4:3 guards.bad name: found \"bad name\"",
         "4:3 guards.bad name.ca: missing", "5:11 guards.bad name.type:",
         "6:17 guards.bad name.max_header:", "7:3 guards.b.type: missing",
         "8:9 guards.b.ca: found an anchor", "9:12 guards.b.match:", "10:1 extra: unknown key"});
}

TEST_CASE("every key of the policy is documented") {
    const std::string docs = test::read_file(CERTGUARD_TEST_DATA "/../../docs/policy.md");
    std::size_t keys = 0;
    // The file's own error messages list all keys that there are.
    for (const std::string& text : {"x: 1\n"s, "guards: {a: {x: 1}}\n"s}) {
        for (const std::string& line : errors_of(text)) {
            const std::size_t list = line.find("expected one of: ");
            std::istringstream words(list == std::string::npos ? "" : line.substr(list + 17));
            for (std::string key; std::getline(words >> std::ws, key, ',');) {
                CAPTURE(key);
                CHECK(docs.find("\n| `" + key + "` |") != std::string::npos);
                ++keys;
            }
        }
    }
    CHECK(keys >= 12);
}

TEST_CASE("a policy may have 64 guards, not one more") {
    const auto policy_with = [](std::size_t count) {
        std::string text = "version: 1\nguards:\n";
        for (std::size_t i = 0; i < count; ++i) {
            text += "  g" + std::to_string(i) + ": {type: x509, ca: ca.crt}\n";
        }
        return text;
    };
    CHECK(good(policy_with(limits::kGuards)).guards.size() == limits::kGuards);
    check_errors(policy_with(limits::kGuards + 1),
                 {"3:3 guards: found 65 guards, expected at most 64"});
}
