// Which extensions of a certificate count, and what happens when they are missing, doubled or
// broken (rhsm.md 1, 2, 4, 7, 12).
#include "certguard/entitlement.hpp"

#include "entitlement_helpers.hpp"
#include "test_pki.hpp"

using namespace certguard;
using namespace certguard::test;
using namespace std::string_literals;
using rhsm_encoder::octet_string;
using rhsm_encoder::utf8_string;

namespace {

enum class Outcome { v1, v3, bad, not_entitled };

/// Both formats side by side: which of them answers?
BareExtensions both_formats() {
    BareExtensions extensions(rhsm_encoder::v1_extensions({"/v1"}));
    extensions.add("7", octet_string(rhsm_encoder::payload_of({"/v3"})));
    return extensions;
}

Outcome outcome(const BareExtensions& extensions) {
    const auto decoded = Entitlement::decode(extensions.list());
    if (!decoded.ok()) {
        return decoded.error().reason == Reason::not_entitled ? Outcome::not_entitled
                                                              : Outcome::bad;
    }
    REQUIRE(allows(*decoded, "/v1") != allows(*decoded, "/v3"));
    return allows(*decoded, "/v1") ? Outcome::v1 : Outcome::v3;
}

Outcome outcome_with_version(const std::string& value) {
    return outcome(both_formats().add("6", value));
}

}  // namespace

TEST_CASE("the format version decides between URLs and payload, never both") {
    CHECK(outcome(both_formats()) == Outcome::v1);
    for (const char* version : {"3", "3.", "3.x", "3.4", "3.4.5.6", "03.4", "4.0", "10.0",
                                "999999999", "3.4\n", "3..1", "3. 4"}) {
        CAPTURE(version);
        CHECK(outcome_with_version(utf8_string(version)) == Outcome::v3);
    }
    for (const char* version : {"1.0", "0.9", "2.0", "1", "0", "000000002.3"}) {
        CAPTURE(version);
        CHECK(outcome_with_version(utf8_string(version)) == Outcome::v1);
    }
    for (const char* version :
         {"", ".3", "abc", "3x.4", "3,4", "0x3", "3e0.1", "+3.4", "-3.4", " 3.4", "3 .4", "3\n.4",
          "3_0.1", "1000000000.1", "3333333333", "\xD9\xA3.4"}) {
        CAPTURE(version);
        CHECK(outcome_with_version(utf8_string(version)) == Outcome::bad);
    }
    CHECK(outcome_with_version(utf8_string(std::string(400, '3'))) == Outcome::bad);
    CHECK(outcome_with_version(utf8_string("3\0.4"s)) == Outcome::bad);
}

TEST_CASE("a format version in another DER value is an error") {
    for (const std::string& value :
         {octet_string("3.4"), rhsm_encoder::der(0x13, "3.4"), rhsm_encoder::der(0x16, "3.4"),
          "3.4"s, ""s, "\x0C"s, utf8_string("3.4") + "x", "\x0C\x04"s + "3.4",
          utf8_string("3.\xFF")}) {
        CHECK(outcome_with_version(value) == Outcome::bad);
    }
}

TEST_CASE("a message about a version is printable and short") {
    const auto decoded = Entitlement::decode(
        BareExtensions().add("6", utf8_string("\n" + std::string(100000, 'x'))).list());
    REQUIRE(!decoded.ok());
    CHECK(decoded.error().message.size() < 150);
    CHECK(decoded.error().message.find('\n') == std::string::npos);
    CHECK(good(Entitlement::decode(
                   both_formats().add("6", utf8_string("3.\n" + std::string(999, '4'))).list()))
              .version()
              .substr(0, 5) == "3.\\n4");
}

TEST_CASE("an entitlement needs its payload, or its order") {
    CHECK(outcome(BareExtensions().add("6", utf8_string("3.4"))) == Outcome::bad);
    CHECK(outcome(BareExtensions()) == Outcome::not_entitled);
    CHECK(outcome(BareExtensions().add("2.1000.1.6", utf8_string("/v1"))) == Outcome::not_entitled);
    CHECK(outcome(BareExtensions().add("7", octet_string(rhsm_encoder::payload_of({"/v3"})))) ==
          Outcome::not_entitled);
    INFO("any content will do for the order name");
    CHECK(outcome(BareExtensions().add("2.1000.1.6", utf8_string("/v1")).add("4.1", "")) ==
          Outcome::v1);
}

TEST_CASE("what is there twice and matters is an error, whichever format counts") {
    const std::string url = utf8_string("/v1");
    for (const char* version : {"1.0", "3.4"}) {
        CAPTURE(version);
        const auto with = [&](std::string_view oid, const std::string& value) {
            return outcome(both_formats().add("6", utf8_string(version)).add(oid, value));
        };
        CHECK(with("6", utf8_string(version)) == Outcome::bad);
        CHECK(with("7", octet_string(rhsm_encoder::payload_of({"/v3"}))) == Outcome::bad);
        CHECK(with("4.1", utf8_string("again")) == Outcome::bad);
        CHECK(with("2.1583436688666.1.6", url) == Outcome::bad);
        INFO("these do not matter");
        const Outcome good = version[0] == '3' ? Outcome::v3 : Outcome::v1;
        CHECK(with("4.2", url) == good);
        CHECK(with("2.1583436688666.1.1", url) == good);
        CHECK(with("8", utf8_string("Basic")) == good);
    }
}

TEST_CASE("broken extensions that have nothing to do with paths are ignored") {
    for (const char* oid : {"8", "5.1", "2.1583436688666.1", "2.1583436688666.1.7", "4.5"}) {
        CAPTURE(oid);
        CHECK(outcome(both_formats().add(oid, "\x0C\x7F broken")) == Outcome::v1);
        CHECK(outcome(both_formats().add(oid, "").add("6", utf8_string("3.4"))) == Outcome::v3);
    }
    INFO("URLs beside a payload do not count, not even broken ones");
    CHECK(outcome(both_formats().add("2.7.1.6", "broken").add("6", utf8_string("3.4"))) ==
          Outcome::v3);
}

TEST_CASE("only yum content URLs below the content arc authorize") {
    const auto allowed = [](const std::string& oid) {
        BareExtensions extensions(rhsm_encoder::v1_extensions({}));
        extensions.add_raw(oid, utf8_string("/path"));
        return allows(good(Entitlement::decode(extensions.list())), "/path");
    };
    CHECK(allowed(oid_bytes("2.1.1.6")));
    CHECK(allowed(oid_bytes("2.0.1.6")));
    CHECK(allowed(oid_bytes("2.1583436688666.1.6")));
    CHECK(allowed("\x02\x83" + std::string(17, '\xFF') + "\x7F\x01\x06"));  // 2^127 and more
    for (const char* dotted : {"2.1.2.6", "2.1.3.6", "2.1.1.7", "2.1.1", "2.1.6", "2.5.1.1.6",
                               "2.1.1.6.1", "1.1.1.6", "3.1.1.6", "2", "2.1.1.134"}) {
        CAPTURE(dotted);
        CHECK(!allowed(oid_bytes(dotted)));
    }
    CHECK(!allowed(""));
    CHECK(!allowed("\x02\x80\x01\x01\x06"));  // a zero-padded arc
    CHECK(!allowed("\x02\x81\x01\x06"));      // an arc that does not end: 2.(1<<7|1).6
}

TEST_CASE("v1 URLs are read in certificate order: what an earlier one allows stands") {
    BareExtensions extensions(rhsm_encoder::v1_extensions({"/a/b"}));
    extensions.add("2.1.1.6", rhsm_encoder::der(0x13, "/printable"));
    extensions.add("2.2.1.6", utf8_string("/c"));
    const auto entitlement = good(Entitlement::decode(extensions.list()));
    CHECK(allows(entitlement, "/a/b/x"));
    CHECK(touches(entitlement, "/a"));
    CHECK(entitlement.paths(10) == Paths{"/a/b"});
    CHECK(entitlement.broken_tail().find("content URL 2") != std::string::npos);
    for (const char* path : {"/c", "/printable", "/a", ""}) {
        CAPTURE(path);
        const auto answer = entitlement.authorizes(path);
        REQUIRE(!answer.ok());
        CHECK(answer.error().reason == Reason::bad_certificate);
    }
    CHECK(!entitlement.touches("/c").ok());
}

TEST_CASE("v1 URLs that can't be read make the certificate bad") {
    for (const std::string& value :
         {octet_string("/path"), rhsm_encoder::der(0x16, "/path"), "/path"s, ""s,
          utf8_string("/path") + "x", utf8_string("/pa\xFF"), utf8_string("/pa\xC3")}) {
        BareExtensions extensions;
        extensions.add("4.1", "").add("2.1.1.6", value).add("2.2.1.6", utf8_string("/v1"));
        CHECK(outcome(extensions) == Outcome::bad);
    }
}

TEST_CASE("v1 URLs of any content are compared byte by byte") {
    const std::string nul = "/n\0l"s;
    const auto entitlement = good(decode_v1({"/caf\xC3\xA9", "/(a+)+$/x", "/li\nne", nul,
                                             "https://cdn/path", "/" + std::string(5000, 's')}));
    CHECK(allows(entitlement, "/caf\xC3\xA9/x"));
    CHECK(!allows(entitlement, "/cafe"));
    CHECK(allows(entitlement, "/(a+)+1/x"));
    CHECK(!allows(entitlement, "/" + std::string(5000, 'a') + "!"));
    CHECK(!allows(entitlement, "/li\nne"));
    CHECK(!allows(entitlement, nul));
    CHECK(!allows(entitlement, "/n"));
    CHECK(!allows(entitlement, "https://cdn/path"));
    CHECK(allows(entitlement, "/" + std::string(5000, 's') + "/x"));
    CHECK(!allows(entitlement, "/" + std::string(4999, 's')));
}

TEST_CASE("kinds of certificates that Candlepin makes") {
    using test_pki::Extension;
    const auto kind = [](const std::vector<Extension>& extensions, const std::string& name) {
        test_pki::Spec spec;
        spec.common_name = name;
        spec.extensions = extensions;
        const auto certificate = Certificate::from_der(test_pki::make_leaf(spec, nullptr).der());
        REQUIRE(certificate.ok());
        return kind_of(**certificate);
    };
    const std::string uuid = "0d1c2b3a-0000-4aaa-8bbb-0123456789ab";
    const std::string arc = "1.3.6.1.4.1.2312.9.";
    CHECK(kind({}, uuid) == CertificateKind::identity);
    CHECK(kind({}, "proxy.example.com") == CertificateKind::other);
    CHECK(kind({{"1.3.6.1.4.1.2312.92.6", utf8_string("3.4")}}, uuid) == CertificateKind::identity);
    CHECK(kind(rhsm_encoder::v3_extensions({"/a"}), uuid) == CertificateKind::entitlement_v3);
    CHECK(kind(rhsm_encoder::v3_extensions({"/a"}, true), uuid) == CertificateKind::content_access);
    CHECK(kind(rhsm_encoder::v1_extensions({"/a", "/b"}), uuid) == CertificateKind::entitlement_v1);
    CHECK(kind(rhsm_encoder::v1_extensions({"/ACME"}, "ueber_content"), "") ==
          CertificateKind::org_debug);
    CHECK(kind({{arc + "1.69.1", utf8_string("RHEL")}}, "69") == CertificateKind::product);
    CHECK(kind({{arc + "6", utf8_string("x")}}, uuid) == CertificateKind::other);
}

TEST_CASE("an entitlement outlives what it was decoded from, and tells what it keeps") {
    Result<Entitlement> decoded = decode_v3({"/a", "/b/$x"});
    const Entitlement entitlement = good(std::move(decoded));
    CHECK(allows(entitlement, "/b/1"));
    CHECK(entitlement.version() == "3.4");
    CHECK(entitlement.memory() > sizeof entitlement);
    CHECK(entitlement.memory() < 2000);
}
