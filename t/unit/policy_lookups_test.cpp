// The policy's `lookups`, and the guards that name them.
#include <string>
#include <vector>

#include "catch.hpp"
#include "certguard/policy.hpp"

using namespace certguard;
using namespace std::chrono_literals;

namespace {

ParsedPolicy parse(const std::string& text) {
    return parse_policy(text, "/etc/certguard/p.yaml");
}

/// A policy with LOOKUPS, each line of which is one, and GUARDS likewise.
std::string policy(const std::string& lookups, const std::string& guards = "") {
    return "version: 1\nlookups:\n" + lookups + "guards:\n" + guards +
           "  last: {type: x509, ca: ca.crt}\n";
}

/// The lookup "k" with this source and these KEYS (", url: ...").
std::string lookup(const std::string& source, const std::string& keys) {
    return "  k: {source: " + source + keys + "}\n";
}

const std::string kForeman =
    lookup("foreman", ", url: https://foreman.example.com, user: certguard, password_file: token");

std::string guard(const std::string& keys) {
    return "  g: {ca: ca.crt, " + keys + "}\n";
}

PolicySettings good(const std::string& text) {
    ParsedPolicy parsed = parse(text);
    INFO(text);
    for (const Diagnostic& diagnostic : parsed.diagnostics) {
        UNSCOPED_INFO(to_string(diagnostic));
    }
    REQUIRE(parsed.settings);
    return *parsed.settings;
}

LookupEntry good_lookup(const std::string& lookups) {
    return good(policy(lookups)).lookups.at(0);
}

/// The only error of TEXT, without the file's name.
std::string error_of(const std::string& text) {
    const ParsedPolicy parsed = parse(text);
    CHECK_FALSE(parsed.settings);
    std::string errors;
    for (const Diagnostic& diagnostic : parsed.diagnostics) {
        const std::string line = to_string(diagnostic);
        errors += (errors.empty() ? "" : "\n") + line.substr(line.find(':') + 1);
    }
    return errors;
}

}  // namespace

TEST_CASE("a lookup of source foreman has all keys of the design") {
    const LookupEntry entry = good_lookup(
        "  katello:\n"
        "    source: foreman\n"
        "    url: https://foreman.example.com:8443\n"
        "    ca: /etc/pki/katello/certs/katello-server-ca.crt\n"
        "    user: certguard\n"
        "    password_file: katello.token\n"
        "    certificate: proxy.pem\n"
        "    key: proxy.key\n"
        "    connect_timeout: 1500ms\n"
        "    timeout: 10s\n"
        "    connections: 16\n"
        "    fresh: 10m\n"
        "    stale: 2h\n"
        "    unknown: 1m\n");
    const LookupSettings& settings = entry.settings;
    CHECK(settings.name == "katello");
    CHECK(settings.source == LookupSourceType::foreman);
    CHECK(settings.url == "https://foreman.example.com:8443");
    CHECK(settings.user == "certguard");
    CHECK(settings.connect_timeout == 1500ms);
    CHECK(settings.timeout == 10s);
    CHECK(settings.connections == 16);
    CHECK(settings.fresh == 10min);
    CHECK(settings.stale == 2h);
    CHECK(settings.unknown == 1min);
    REQUIRE(entry.ca);
    CHECK(entry.ca->path == "/etc/pki/katello/certs/katello-server-ca.crt");
    REQUIRE(entry.password_file);
    CHECK(entry.password_file->path == "/etc/certguard/katello.token");
    REQUIRE(entry.certificate);
    CHECK(entry.certificate->path == "/etc/certguard/proxy.pem");
    REQUIRE(entry.key);
    CHECK(entry.key->path == "/etc/certguard/proxy.key");
    CHECK_FALSE(entry.hosts);
}

TEST_CASE("a lookup's times and connections have defaults") {
    const LookupSettings settings = good_lookup(kForeman).settings;
    CHECK(settings.connect_timeout == 2s);
    CHECK(settings.timeout == 5s);
    CHECK(settings.connections == 8);
    CHECK(settings.fresh == 5min);
    CHECK(settings.stale == 1h);
    CHECK(settings.unknown == 30s);
}

TEST_CASE("a lookup may have any of the five sources") {
    const std::string url = ", url: https://katello.example.com";
    CHECK(good_lookup(kForeman).settings.source == LookupSourceType::foreman);
    CHECK(good_lookup(lookup("catalog", url)).settings.source == LookupSourceType::catalog);
    CHECK(good_lookup(lookup("consumer", url)).settings.source == LookupSourceType::consumer);
    CHECK(good_lookup(lookup("certificate", "")).settings.source == LookupSourceType::certificate);
    const LookupEntry file = good_lookup(lookup("file", ", file: hosts.yaml, fresh: 1s"));
    CHECK(file.settings.source == LookupSourceType::file);
    REQUIRE(file.hosts);
    CHECK(file.hosts->path == "/etc/certguard/hosts.yaml");
}

TEST_CASE("a policy may have no lookups") {
    CHECK(good("version: 1\nguards: {a: {type: x509, ca: ca.crt}}\n").lookups.empty());
    CHECK(good("version: 1\nlookups: {}\nguards: {a: {type: x509, ca: ca.crt}}\n").lookups.empty());
}

TEST_CASE("what is wrong with a lookup is named with its place") {
    const std::string url = ", url: https://katello.example.com";
    struct {
        std::string lookups;
        std::string error;
    } const rows[] = {
        {"  k: x\n", "3:3: lookups.k: error: found \"x\", expected a map with the lookup's source"},
        {"  a b: {source: certificate}\n",
         "3:3: lookups.a b: error: found \"a b\", expected a lookup's name: up to 64 letters, "
         "digits, "
         "'_', '.' and '-'"},
        {"  k: {}\n",
         "3:3: lookups.k.source: error: missing, expected foreman, catalog, consumer, certificate "
         "or "
         "file"},
        {lookup("katello", ""),
         "3:15: lookups.k.source: error: found \"katello\", expected foreman, catalog, consumer, "
         "certificate or file"},
        {lookup("catalog", ""),
         "3:3: lookups.k.url: error: missing, expected a URL like https://foreman.example.com"},
        {lookup("foreman", url + ", user: u"),
         "3:3: lookups.k.password_file: error: missing, expected a file with the user's personal "
         "access token or password"},
        {lookup("foreman", url + ", password_file: t"),
         "3:3: lookups.k.user: error: missing, expected the login of a Foreman user"},
        {lookup("foreman", url + ", password_file: t, user: 'a:b'"),
         "3:82: lookups.k.user: error: found \"a:b\", expected a login without a colon"},
        {lookup("file", ""),
         "3:3: lookups.k.file: error: missing, expected the name of a hosts file"},
        {lookup("catalog", url + ", user: u"),
         "3:64: lookups.k.user: error: a lookup with \"source: catalog\" has no use for this key"},
        {lookup("catalog", url + ", file: f"),
         "3:64: lookups.k.file: error: a lookup with \"source: catalog\" has no use for this key"},
        {lookup("file", ", file: f, timeout: 5s"),
         "3:39: lookups.k.timeout: error: a lookup with \"source: file\" has no use for this key"},
        {lookup("certificate", url),
         "3:33: lookups.k.url: error: a lookup with \"source: certificate\" has no use for this "
         "key"},
        {lookup("catalog", url + ", certificate: c"),
         "3:71: lookups.k.certificate: error: a certificate needs its key beside it"},
        {lookup("catalog", url + ", key: k"),
         "3:63: lookups.k.key: error: a key needs its certificate beside it"},
        {lookup("catalog", url + ", password: s3cret"),
         "3:58: lookups.k.password: error: unknown key; expected one of: source, url, ca, "
         "connections, "
         "timeout, connect_timeout, user, password_file, certificate, key, file, fresh, stale, "
         "unknown"},
        {lookup("catalog", url + ", connections: 0"),
         "3:71: lookups.k.connections: error: found \"0\", expected a number from 1 to 64"},
        {lookup("catalog", url + ", connections: 65"),
         "3:71: lookups.k.connections: error: found \"65\", expected a number from 1 to 64"},
        {lookup("catalog", url + ", connections: 8k"),
         "3:71: lookups.k.connections: error: found \"8k\", expected a number from 1 to 64"},
        {lookup("catalog", url + ", timeout: 5"),
         "3:67: lookups.k.timeout: error: found \"5\", expected a time from 100ms to 1m, like 30s"},
        {lookup("catalog", url + ", timeout: 61s"),
         "3:67: lookups.k.timeout: error: found \"61s\", expected a time from 100ms to 1m, like "
         "30s"},
        {lookup("catalog", url + ", connect_timeout: 99ms"),
         "3:75: lookups.k.connect_timeout: error: found \"99ms\", expected a time from 100ms to "
         "1m, like 30s"},
        {lookup("catalog", url + ", connect_timeout: 6s"),
         "3:75: lookups.k.connect_timeout: error: longer than the timeout of the whole request"},
        {lookup("catalog", url + ", fresh: 0"),
         "3:65: lookups.k.fresh: error: found \"0\", expected a time from 1s to 1d, like 30s"},
        {lookup("catalog", url + ", stale: 8d"),
         "3:65: lookups.k.stale: error: found \"8d\", expected a time from 0 to 7d, like 30s"},
        {lookup("catalog", url + ", unknown: 2h"),
         "3:67: lookups.k.unknown: error: found \"2h\", expected a time from 1s to 1h, like 30s"},
        {lookup("catalog", ", url: []"),
         "3:29: lookups.k.url: error: found an empty list, expected a URL like "
         "https://foreman.example.com"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.lookups);
        CHECK(error_of(policy(row.lookups)) == row.error);
    }
    CHECK(error_of("version: 1\nlookups: [x]\nguards: {a: {type: host, ca: c, lookup: k}}\n") ==
          "2:10: lookups: error: found a list, expected a map of lookups by their names");
}

TEST_CASE("a short timeout shortens the default time for connecting") {
    const LookupSettings settings =
        good_lookup(lookup("catalog", ", url: https://k.example.com, timeout: 1s")).settings;
    CHECK(settings.connect_timeout == 1s);
}

TEST_CASE("times and counts at the edges of their ranges are accepted") {
    const auto accepts = [](const std::string& keys) {
        good_lookup(lookup("catalog", ", url: https://katello.example.com, " + keys));
    };
    accepts("connections: 1, timeout: 1m, connect_timeout: 1m");
    accepts("connections: 64, timeout: 100ms, connect_timeout: 100ms");
    accepts("fresh: 1s, stale: 0, unknown: 1s");
    accepts("fresh: 24h, stale: 7d, unknown: 60m");
}

TEST_CASE("http is for loopback addresses only, and no message quotes a URL that is wrong") {
    for (const char* url :
         {"https://k.example.com", "https://192.0.2.1", "https://[2001:db8::1]:8443",
          "http://127.0.0.1:3000", "http://[::1]:3000"}) {
        CAPTURE(url);
        CHECK(good_lookup(lookup("catalog", ", url: '" + std::string(url) + "'")).settings.url ==
              url);
    }
    for (const char* url :
         {"http://localhost", "http://katello.example.com", "ftp://k.example.com", "k.example.com",
          "https://user:s3cret@k.example.com", "https://k.example.com/s3cret", "https://",
          "https://k.example.com?s3cret", "https://k.example.com:0", "https://k example.com"}) {
        CAPTURE(url);
        const std::string error =
            error_of(policy(lookup("catalog", ", url: '" + std::string(url) + "'")));
        CHECK(error.find("3:29: lookups.k.url: error: ") == 0);
        CHECK(error.find('\n') == std::string::npos);
        CHECK(error.find("s3cret") == std::string::npos);
    }
}

TEST_CASE("a guard of type host needs a lookup, and serves content or a registry") {
    const PolicySettings settings =
        good(policy(kForeman,
                    "  a: {ca: ca.crt, type: host, lookup: k, serves: registry}\n"
                    "  b: {ca: ca.crt, type: host, lookup: k, path_prefix: /pulp/content}\n"));
    CHECK(settings.guards[0].type == GuardType::host);
    CHECK(settings.guards[0].serves == GuardServes::registry);
    REQUIRE(settings.guards[0].lookup);
    CHECK(settings.guards[0].lookup->name == "k");
    CHECK_FALSE(settings.guards[0].require_host);
    CHECK(settings.guards[0].forward_header == "X-CLIENT-CERT");
    CHECK(settings.guards[1].serves == GuardServes::content);
    CHECK(settings.guards[1].path_prefix == "/pulp/content/");
    CHECK(settings.guards[2].serves == GuardServes::content);
}

TEST_CASE("the other guards may require a host that a lookup knows") {
    for (const char* type : {"x509", "rhsm"}) {
        const auto settings =
            good(policy(kForeman, guard("type: " + std::string(type) + ", require_host: k")));
        REQUIRE(settings.guards[0].require_host);
        CHECK(settings.guards[0].require_host->name == "k");
        CHECK_FALSE(settings.guards[0].lookup);
    }
}

TEST_CASE("what a guard can't do with a lookup is an error") {
    struct {
        std::string keys;
        std::string error;
    } const rows[] = {
        {"type: host", "5:3: guards.g.lookup: error: missing, expected the name of a lookup"},
        {"type: host, lookup: katello",
         "5:39: guards.g.lookup: error: found \"katello\", expected one of the lookups: k"},
        {"type: rhsm, require_host: katello",
         "5:45: guards.g.require_host: error: found \"katello\", expected one of the lookups: k"},
        {"type: rhsm, lookup: k",
         "5:39: guards.g.lookup: error: only a guard of type host has this key; is "
         "\"require_host\" "
         "meant?"},
        {"type: host, lookup: k, require_host: k",
         "5:56: guards.g.require_host: error: a guard of type host always requires a host that its "
         "lookup knows"},
        {"type: rhsm, serves: registry",
         "5:39: guards.g.serves: error: only a guard of type host can serve a registry"},
        {"type: host, lookup: k, serves: files",
         "5:50: guards.g.serves: error: found \"files\", expected content or registry"},
        {"type: host, lookup: k, serves: registry, path_prefix: /x",
         "5:73: guards.g.path_prefix: error: a registry's paths have no prefix"},
        {"type: host, lookup: k, match: request",
         "5:49: guards.g.match: error: only a guard of type rhsm has this key; this one is of type "
         "host"},
        {"type: host, lookup: [k]",
         "5:39: guards.g.lookup: error: found a list, expected the name of a lookup"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.keys);
        CHECK(error_of(policy(lookup("file", ", file: f"), guard(row.keys))) == row.error);
    }
}

TEST_CASE("a lookup must be able to tell what its guard needs to know") {
    const std::string url = ", url: https://katello.example.com";
    const std::string sources[] = {
        kForeman,
        lookup("catalog", url),
        lookup("consumer", url),
        lookup("certificate", ""),
        lookup("file", ", file: f"),
    };
    struct {
        std::string keys;
        bool fits[5];  // in the order of SOURCES
        std::string problem;
    } const rows[] = {
        {"type: host, serves: registry, lookup: k",
         {true, true, false, false, true},
         "can't tell container repositories, which a guard with \"serves: registry\" needs"},
        {"type: host, serves: content, lookup: k",
         {true, false, true, true, true},
         "can't tell a host's environments, which a guard with \"serves: content\" needs"},
        {"type: rhsm, require_host: k",
         {true, false, true, false, true},
         "can't tell a host that is gone from one that is there"},
    };
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < 5; ++i) {
            const std::string text = policy(sources[i], guard(row.keys));
            CAPTURE(text);
            if (row.fits[i]) {
                good(text);
            } else {
                CHECK(error_of(text).find(row.problem) != std::string::npos);
            }
        }
    }
}

TEST_CASE("a guard that names a lookup which is in error gets no second error") {
    CHECK(error_of(policy("  k: {source: x}\n", guard("type: host, lookup: k"))).find('\n') ==
          std::string::npos);
    CHECK(error_of(policy("  k: []\n", guard("type: host, lookup: k"))).find('\n') ==
          std::string::npos);
}

TEST_CASE("a policy may have 32 lookups, not one more") {
    const auto lookups = [](std::size_t count) {
        std::string text;
        for (std::size_t i = 0; i < count; ++i) {
            text += "  k" + std::to_string(i) + ": {source: certificate}\n";
        }
        return policy(text);
    };
    CHECK(good(lookups(limits::kLookups)).lookups.size() == limits::kLookups);
    CHECK(error_of(lookups(limits::kLookups + 1)) ==
          "3:3: lookups: error: found 33 lookups, expected at most 32");
}
