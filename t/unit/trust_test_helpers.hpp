// Shared by the tests of trust: a fixed now, specs around it, and short ways to build and verify.
#pragma once

#include <openssl/err.h>

#include <string>
#include <vector>

#include "catch.hpp"
#include "certguard/trust_store.hpp"
#include "test_pki.hpp"

namespace certguard::test {

using test_pki::CrlSpec;
using test_pki::Identity;
using test_pki::kDay;
using test_pki::make_ca;
using test_pki::make_crl;
using test_pki::make_leaf;
using test_pki::Spec;

inline constexpr std::int64_t kNow = 1'800'000'000;  // 2027-01-15 08:00:00 UTC

/// Valid from ten days before to ten days after kNow.
inline Spec named(const std::string& common_name) {
    Spec spec;
    spec.common_name = common_name;
    spec.not_before = kNow - 10 * kDay;
    spec.not_after = kNow + 10 * kDay;
    return spec;
}

/// From five days before to five days after kNow.
inline CrlSpec revoking(std::vector<Identity> identities) {
    CrlSpec spec;
    spec.this_update = kNow - 5 * kDay;
    spec.next_update = kNow + 5 * kDay;
    for (const Identity& identity : identities) {
        spec.revoked.push_back(identity.certificate);
    }
    return spec;
}

inline std::string crl_pem(const CrlSpec& spec, const Identity& issuer) {
    return test_pki::pem(*make_crl(spec, issuer));
}

inline TrustStore::Built build(const std::string& bundle, const std::vector<std::string>& crls = {},
                               std::int64_t now = kNow) {
    std::vector<TrustFileText> crl_files;
    for (const std::string& text : crls) {
        crl_files.push_back({"crl" + std::to_string(crl_files.size()) + ".pem", text});
    }
    return TrustStore::build({{"ca.pem", bundle}}, crl_files, now);
}

/// "ca.pem: line 1: ...\n" for each.
inline std::string lines(const std::vector<NamedText>& texts) {
    std::string all;
    for (const NamedText& text : texts) {
        all += text.name + ": " + text.text + "\n";
    }
    return all;
}

/// A store that must come out without an error.
inline std::shared_ptr<const TrustStore> store_of(const std::string& bundle,
                                                  const std::vector<std::string>& crls = {}) {
    TrustStore::Built built = build(bundle, crls);
    INFO(lines(built.errors));
    REQUIRE(built.store != nullptr);
    return built.store;
}

inline std::shared_ptr<const Certificate> certificate_of(const Identity& identity) {
    return Certificate::from_der(identity.der()).value();
}

/// Also checks that nothing is left in OpenSSL's error queue and that the window holds NOW.
inline TrustVerdict verify(const TrustStore& store, const Identity& leaf, std::int64_t now = kNow) {
    ERR_clear_error();
    const TrustVerdict verdict = store.verify(*certificate_of(leaf), now);
    CHECK(ERR_peek_error() == 0);
    CHECK(verdict.holds_from <= now);
    CHECK(verdict.holds_until >= now);
    CHECK((verdict.reason == Reason::ok) == verdict.message.empty());
    CHECK(verdict.message.find('\n') == std::string::npos);
    return verdict;
}

inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace certguard::test
