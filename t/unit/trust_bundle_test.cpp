// What CA bundles may look like, and what is said about those that are wrong.
#include "certguard/limits.hpp"
#include "trust_test_helpers.hpp"

using namespace certguard;
using namespace certguard::test;

namespace {

std::string errors_of(const std::string& bundle) {
    const TrustStore::Built built = build(bundle);
    CHECK((built.store == nullptr) == !built.errors.empty());
    return lines(built.errors);
}

std::string warnings_of(const std::string& bundle, std::int64_t now = kNow) {
    const TrustStore::Built built = build(bundle, {}, now);
    CHECK(lines(built.errors) == "");
    return lines(built.warnings);
}

std::string with_crlf(const std::string& text) {
    std::string result;
    for (const char c : text) {
        result += c == '\n' ? "\r\n" : std::string(1, c);
    }
    return result;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
    for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += by.size()) {
        text.replace(at, what.size(), by);
    }
    return text;
}

/// COUNT CAs of one name; all have one key, so that many are quick to make.
std::string same_name(std::size_t count) {
    Spec spec = named("Root");
    std::string bundle;
    for (std::size_t i = 0; i < count; ++i) {
        const Identity ca = make_ca(spec);
        spec.key = ca.key;
        bundle += ca.pem();
    }
    return bundle;
}

}  // namespace

TEST_CASE("every CA of a bundle counts, whatever stands around the blocks") {
    const Identity first = make_ca(named("First"));
    const Identity second = make_ca(named("Second"));
    const std::string text = "# CAs of ACME\n\nsubject=CN = First\n" + first.pem() +
                             "Certificate:\n    Data: -----\n" + second.pem() + "-- \nthe end";
    for (const std::string& bundle :
         {text, with_crlf(text), "\xEF\xBB\xBF" + first.pem() + second.pem(),
          first.pem() + second.pem().substr(0, second.pem().size() - 1),
          replaced(first.pem() + second.pem(), "\n", "\n  "),
          replaced(first.pem() + second.pem(), " CERTIFICATE", " X509 CERTIFICATE"),
          first.pem() + second.pem() + first.pem()}) {
        const auto store = store_of(bundle);
        CHECK(verify(*store, make_leaf(named("leaf"), &first)).reason == Reason::ok);
        CHECK(verify(*store, make_leaf(named("leaf"), &second)).reason == Reason::ok);
    }
}

TEST_CASE("a bundle without any CA certificate is an error that says what was expected") {
    const Identity root = make_ca(named("Root"));
    CHECK(errors_of("") == "ca.pem: is empty, expected CA certificates in PEM\n");
    CHECK(contains(errors_of("hello\n"), "ca.pem: holds no CERTIFICATE block"));
    CHECK(contains(errors_of(root.key_pem()), "ca.pem: holds no CERTIFICATE block"));
    CHECK(contains(errors_of(root.der()), "is DER, expected PEM; convert it: openssl x509"));
    CHECK(contains(lines(TrustStore::build({}, {}, kNow).errors), "names no CA file"));
}

TEST_CASE("each file must hold a CA, and all problems of all files are reported") {
    const Identity root = make_ca(named("Root"));
    const TrustStore::Built built = TrustStore::build({{"good.pem", root.pem()},
                                                       {"empty.pem", ""},
                                                       {"text.pem", "hello"},
                                                       {"gone.pem", "", "can't be opened"}},
                                                      {{"crl.pem", ""}}, kNow);
    CHECK(built.store == nullptr);
    REQUIRE(built.errors.size() == 4);
    CHECK(built.errors[0].name == "empty.pem");
    CHECK(built.errors[1].name == "text.pem");
    CHECK(lines(built.errors).find("gone.pem: can't be opened\n") != std::string::npos);
    CHECK(built.errors[3].name == "crl.pem");
}

TEST_CASE("a damaged block is an error with its line, the others are looked at too") {
    const Identity root = make_ca(named("Root"));
    const std::string pem = root.pem();
    const std::string begin = "-----BEGIN CERTIFICATE-----\n";
    const std::string end = "-----END CERTIFICATE-----\n";

    CHECK(contains(errors_of("a\n" + begin + "AAAA\n" + end), "ca.pem: line 2: "));
    CHECK(contains(errors_of(begin + "?\n" + end), "block does not hold base64"));
    CHECK(contains(errors_of(begin + end), "block does not hold base64"));
    CHECK(contains(errors_of(begin + "Proc-Type: 4,ENCRYPTED\n\nAAAA\n" + end), "base64"));
    CHECK(contains(errors_of(pem + pem.substr(0, 100)), "has no END line; the file may be cut"));
    CHECK(contains(errors_of(pem.substr(0, 100) + "\n" + pem),
                   "line 1: the CERTIFICATE block "
                   "has no END line"));
    CHECK(contains(errors_of(pem.substr(30) + pem), "has an END line without a BEGIN line"));
    CHECK(contains(errors_of(begin + "AAAA\n-----END FOO-----\n"), "block of another kind"));

    const TrustStore::Built built = build(begin + "?\n" + end + pem + begin + "AAAA\n" + end);
    CHECK(built.errors.size() == 2);
}

TEST_CASE("a block that was cut short by one byte is an error") {
    const Identity root = make_ca(named("Root"));
    const std::string der = root.der();
    const auto block = [](const std::string& bytes) {
        std::string base64(bytes.size() * 2 + 4, '\0');
        const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()),
                                         reinterpret_cast<const unsigned char*>(bytes.data()),
                                         static_cast<int>(bytes.size()));
        base64.resize(static_cast<std::size_t>(size));
        return "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n";
    };
    CHECK(errors_of(block(der)) == "");
    CHECK(contains(errors_of(block(der.substr(0, der.size() - 1))), "unreadable certificate"));
    CHECK(contains(errors_of(block(der + '\0')), "1 bytes behind its end"));
}

TEST_CASE("only CAs belong into a bundle") {
    const Identity root = make_ca(named("Root"));
    const Identity leaf = make_leaf(named("leaf"), &root);
    CHECK(contains(errors_of(root.pem() + leaf.pem()), ": CN=leaf is no CA certificate"));
    CHECK(contains(errors_of(make_leaf(named("own"), nullptr).pem()),
                   "line 1: CN=own is no CA certificate"));
}

TEST_CASE("intermediates alone are an error: there must be a self-signed CA") {
    const Identity root = make_ca(named("Root"));
    const Identity sub = make_ca(named("Sub"), &root);
    CHECK(contains(errors_of(sub.pem()), "holds intermediate CAs only"));
    CHECK(contains(errors_of(sub.pem()), "put CN=Root beside them"));
}

TEST_CASE("what follows from a CA that can't be read is not reported as well") {
    const Identity root = make_ca(named("Root"));
    const Identity sub = make_ca(named("Sub"), &root);
    const TrustStore::Built built =
        TrustStore::build({{"sub.pem", sub.pem()}, {"root.pem", root.pem().substr(0, 200)}},
                          {{"crl.pem", crl_pem(revoking({}), root)}}, kNow);
    CHECK(built.errors.size() == 1);
    CHECK(contains(lines(built.errors), "root.pem: line 1: "));
}

TEST_CASE("the CAs of a guard may lie in several files") {
    const Identity root = make_ca(named("Root"));
    const Identity sub = make_ca(named("Sub"), &root);
    const TrustStore::Built built =
        TrustStore::build({{"sub.pem", sub.pem()}, {"root.pem", root.pem()}}, {}, kNow);
    REQUIRE(built.store != nullptr);
    CHECK(built.warnings.empty());
    CHECK(verify(*built.store, make_leaf(named("leaf"), &sub)).reason == Reason::ok);
}

TEST_CASE("other blocks are named, and it is said what to do with them") {
    const Identity root = make_ca(named("Root"));
    const std::string crl = crl_pem(revoking({}), root);
    const auto as = [&](const std::string& label) {
        return replaced(root.pem(), " CERTIFICATE", " " + label);
    };
    CHECK(contains(errors_of(root.pem() + as("TRUSTED CERTIFICATE")), "openssl x509 -in"));
    CHECK(contains(errors_of(root.pem() + as("PKCS7")), "openssl pkcs7 -print_certs"));
    CHECK(contains(errors_of(root.pem() + crl), "name them under crl"));
    CHECK(contains(warnings_of(root.pem() + root.key_pem()), "a private key stands in this"));
    CHECK(contains(warnings_of(root.pem() + as("X9.42 DH PARAMETERS")), "block is ignored"));
    CHECK(contains(warnings_of(root.pem() + as("A\x1b[2J")), "the A\\x1b[2J block is ignored"));
}

TEST_CASE("CAs outside their dates are loaded with a warning") {
    const Identity root = make_ca(named("Root"));
    CHECK(warnings_of(root.pem()).empty());
    CHECK(contains(warnings_of(root.pem(), kNow + 10 * kDay),
                   "CN=Root expired at 2027-01-25 08:00:00 UTC"));
    CHECK(contains(warnings_of(root.pem(), kNow - 11 * kDay),
                   "CN=Root is not valid before 2027-01-05 08:00:00 UTC"));
}

TEST_CASE("a CA whose own signature is damaged is loaded with a warning") {
    const Identity root = make_ca(named("Root"));
    std::string der = root.der();
    der.back() = static_cast<char>(der.back() ^ 1);
    const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
    const Identity damaged{
        std::shared_ptr<X509>(d2i_X509(nullptr, &bytes, static_cast<long>(der.size())), X509_free),
        root.key};
    REQUIRE(damaged.certificate != nullptr);
    CHECK(contains(warnings_of(damaged.pem()), "has a signature of its own that does not verify"));
}

TEST_CASE("a file may be as large as the limit and no larger") {
    const std::string pem = make_ca(named("Root")).pem();
    const std::string full = pem + std::string(limits::kTrustFileBytes - pem.size(), '\n');
    CHECK(errors_of(full) == "");
    CHECK(contains(errors_of(full + '\n'), "ca.pem: has 16777217 bytes, at most 16777216"));
}

TEST_CASE("a guard's files may hold as many objects as the limit and no more") {
    const std::string pem = make_ca(named("Root")).pem();
    std::string full = pem;
    for (std::size_t i = 1; i < limits::kTrustObjects; ++i) {
        full += "-----BEGIN OTHER-----\nAAAA\n-----END OTHER-----\n";
    }
    CHECK(errors_of(full) == "");
    CHECK(contains(errors_of(full + pem), "more than 4096 objects"));
    const TrustStore::Built two = TrustStore::build({{"a", full}, {"b", pem}}, {}, kNow);
    CHECK(contains(lines(two.errors), "b: the guard's CA and CRL files hold more than 4096"));
}

TEST_CASE("as many CAs may have one name as the limit and no more") {
    CHECK(errors_of(same_name(limits::kCasOfOneName)) == "");
    CHECK(contains(errors_of(same_name(limits::kCasOfOneName + 1)),
                   "more than 16 CAs of the guard are called CN=Root"));
}

TEST_CASE("a chain may be as long as the limit and no longer") {
    Identity top = make_ca(named("CA"));
    std::string bundle = top.pem();
    for (std::size_t length = 1; length < limits::kChainLength; ++length) {
        top = make_ca(named("CA" + std::to_string(length)), &top);
        bundle += top.pem();
    }
    CHECK(verify(*store_of(bundle), make_leaf(named("leaf"), &top)).reason == Reason::ok);
    const Identity more = make_ca(named("one more"), &top);
    CHECK(verify(*store_of(bundle + more.pem()), make_leaf(named("leaf"), &more)).reason ==
          Reason::untrusted_issuer);
}

TEST_CASE("as many chains of a CA are tried as the limit and no more") {
    // The issuing CA is below two intermediates of one key, of which the first has expired. Both
    // are below nine roots of one key, of which only one is good. So the good chain comes as
    // number nine plus that root's place.
    constexpr std::size_t kTops = 9;
    const auto reason_with_good_top = [](std::size_t place) {
        Spec top_spec = named("Top");
        top_spec.key = test_pki::make_key();
        Spec expired_top = top_spec;
        expired_top.not_after = kNow - 1;
        std::string bundle;
        Identity top;
        for (std::size_t i = 1; i <= kTops; ++i) {
            top = make_ca(i == place ? top_spec : expired_top);
            bundle += top.pem();
        }
        Spec sub_spec = named("Sub");
        sub_spec.key = test_pki::make_key();
        const Identity sub = make_ca(sub_spec, &top);
        sub_spec.not_after = kNow - 1;
        const Identity expired_sub = make_ca(sub_spec, &top);
        const Identity issuing = make_ca(named("Issuing"), &sub);
        return verify(*store_of(issuing.pem() + expired_sub.pem() + sub.pem() + bundle),
                      make_leaf(named("leaf"), &issuing))
            .reason;
    };
    CHECK(reason_with_good_top(limits::kChains - kTops) == Reason::ok);
    CHECK(reason_with_good_top(limits::kChains - kTops + 1) == Reason::expired);
}

TEST_CASE("CAs that have all signed each other cost a bounded number of steps") {
    // Layers of two CAs with one name and one key each: every CA has two issuers.
    const auto verify_below = [](int layers) {
        Identity below = make_ca(named("Layer0"));
        std::string bundle = below.pem();
        for (int layer = 1; layer <= layers; ++layer) {
            Spec spec = named("Layer" + std::to_string(layer));
            const Identity one = make_ca(spec, &below);
            spec.key = one.key;
            bundle += one.pem() + make_ca(spec, &below).pem();
            below = one;
        }
        const auto store = store_of(bundle);
        const Identity foreign = make_ca(named("Layer" + std::to_string(layers)));
        CHECK(verify(*store, make_leaf(named("leaf"), &foreign)).reason ==
              Reason::untrusted_issuer);
        return verify(*store, make_leaf(named("leaf"), &below)).reason;
    };
    // The shortest chain is found after 2 to the power of LAYERS steps.
    CHECK(verify_below(8) == Reason::ok);
    CHECK(verify_below(9) == Reason::untrusted_issuer);
    static_assert(limits::kChainSteps == 256);
}
