// A small PKI for tests, tools/quickstart and the benchmarks: CAs, leaf certificates and CRLs with
// exactly the defects a test asks for. Nothing here is meant to protect anything.
//
// Errors are thrown as std::runtime_error with OpenSSL's reason.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace certguard::test_pki {

using Key = std::shared_ptr<EVP_PKEY>;

inline constexpr std::int64_t kDay = 86400;

enum class KeyType { ec_p256, rsa_2048 };

/// A new private key. An RSA key takes a tenth of a second, an EC key next to nothing.
Key make_key(KeyType type = KeyType::ec_p256);

struct Extension {
    std::string oid;  // dotted: "1.3.6.1.4.1.2312.9.6"
    std::string der;  // content of extnValue, taken as it stands
    bool critical = false;
};

/// What a certificate shall say. Times are seconds since the epoch.
struct Spec {
    std::string common_name;                 // empty: no CN
    std::vector<std::string> organizations;  // one O each
    std::int64_t not_before = std::time(nullptr) - kDay;
    std::int64_t not_after = std::time(nullptr) + 30 * kDay;
    /// Extended key usages: words of "client", "server", "email" or OpenSSL's own names, joined by
    /// commas. Empty: no such extension, so every purpose is allowed.
    std::string purposes;
    std::string alternative_names;  // "DNS:localhost,IP:127.0.0.1"
    std::string serial;             // hex; empty: 64 random bits
    bool key_identifiers = true;    // subject and authority key identifiers, as real CAs have them
    std::vector<Extension> extensions;
    Key key;  // the subject's; null: a new EC key
};

/// A certificate and its private key.
struct Identity {
    std::shared_ptr<X509> certificate;
    Key key;

    std::string pem() const;
    std::string der() const;
    std::string key_pem() const;
};

/// A CA that ISSUER has signed; self-signed, so a root, when ISSUER is null.
Identity make_ca(const Spec& spec, const Identity* issuer = nullptr);
/// A certificate that is no CA.
Identity make_leaf(const Spec& spec, const Identity* issuer);

struct CrlSpec {
    std::int64_t this_update = std::time(nullptr) - kDay;
    std::optional<std::int64_t> next_update = std::time(nullptr) + 30 * kDay;
    std::vector<std::shared_ptr<X509>> revoked;
    std::string revocation_date;  // of them all, as it stands, a date or not; empty: this_update
    std::vector<Extension> extensions;
};

/// ISSUER's list of revoked certificates.
std::shared_ptr<X509_CRL> make_crl(const CrlSpec& spec, const Identity& issuer);
std::string pem(const X509_CRL& crl);
std::string der(const X509_CRL& crl);

/// The first certificate or private key of a PEM text.
std::shared_ptr<X509> read_certificate(std::string_view text);
Key read_key(std::string_view text);

}  // namespace certguard::test_pki
