#include "test_pki.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <stdexcept>

namespace certguard::test_pki {
namespace {

template <auto function>
struct Free {
    template <class T>
    void operator()(T* pointer) const {
        function(pointer);
    }
};
template <class T, auto function>
using Owned = std::unique_ptr<T, Free<function>>;

using ExtensionPtr = Owned<X509_EXTENSION, X509_EXTENSION_free>;

[[noreturn]] void fail(const std::string& what) {
    char reason[256] = "";
    if (unsigned long code = ERR_peek_last_error()) {
        ERR_error_string_n(code, reason, sizeof reason);
    }
    ERR_clear_error();
    throw std::runtime_error(*reason ? what + ": " + reason : what);
}

void require(bool good, const char* what) {
    if (!good) {
        fail(what);
    }
}

std::string content(BIO* bio) {
    char* data = nullptr;
    long size = BIO_get_mem_data(bio, &data);
    return std::string(data, static_cast<std::size_t>(size));
}

/// What WRITE puts into a memory BIO.
template <class Write>
std::string written(Write write) {
    Owned<BIO, BIO_free> bio(BIO_new(BIO_s_mem()));
    require(bio && write(bio.get()), "can't write a PEM or DER text");
    return content(bio.get());
}

void add_name(X509_NAME* name, const char* field, const std::string& value) {
    require(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                       reinterpret_cast<const unsigned char*>(value.data()),
                                       static_cast<int>(value.size()), -1, 0) == 1,
            "can't use this name");
}

void set_serial(X509* certificate, const std::string& hex) {
    BIGNUM* number = nullptr;
    if (hex.empty()) {
        number = BN_new();
        require(number && BN_rand(number, 64, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1,
                "can't make a serial number");
    } else if (BN_hex2bn(&number, hex.c_str()) != static_cast<int>(hex.size())) {
        BN_free(number);
        fail("a serial number is hex digits, not \"" + hex + "\"");
    }
    Owned<BIGNUM, BN_free> owner(number);
    require(BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr,
            "can't set the serial number");
}

void set_time(ASN1_TIME* field, std::int64_t seconds) {
    require(ASN1_TIME_set(field, static_cast<time_t>(seconds)) != nullptr, "can't set a time");
}

/// Adds an extension in OpenSSL's configuration syntax.
void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    ExtensionPtr extension(X509V3_EXT_nconf_nid(nullptr, &context, nid, value.c_str()));
    require(extension && X509_add_ext(certificate, extension.get(), -1) == 1,
            "can't add an extension");
}

ExtensionPtr raw_extension(const Extension& raw) {
    Owned<ASN1_OBJECT, ASN1_OBJECT_free> oid(OBJ_txt2obj(raw.oid.c_str(), 1));
    Owned<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> value(ASN1_OCTET_STRING_new());
    require(oid && value &&
                ASN1_OCTET_STRING_set(value.get(),
                                      reinterpret_cast<const unsigned char*>(raw.der.data()),
                                      static_cast<int>(raw.der.size())) == 1,
            "can't use this extension");
    ExtensionPtr extension(
        X509_EXTENSION_create_by_OBJ(nullptr, oid.get(), raw.critical, value.get()));
    require(extension != nullptr, "can't make an extension");
    return extension;
}

/// "client,email" as OpenSSL writes it: "clientAuth,emailProtection".
std::string openssl_purposes(std::string_view words) {
    std::string result;
    while (!words.empty()) {
        std::string_view word = words.substr(0, words.find(','));
        words.remove_prefix(std::min(words.size(), word.size() + 1));
        result += result.empty() ? "" : ",";
        result += word == "client"   ? "clientAuth"
                  : word == "server" ? "serverAuth"
                  : word == "email"  ? "emailProtection"
                                     : std::string(word);
    }
    return result;
}

void add_extensions(X509* certificate, X509* issuer, const Spec& spec, bool ca) {
    add_extension(certificate, issuer, NID_basic_constraints,
                  ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    add_extension(certificate, issuer, NID_key_usage,
                  ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
    if (!spec.purposes.empty()) {
        add_extension(certificate, issuer, NID_ext_key_usage, openssl_purposes(spec.purposes));
    }
    if (!spec.alternative_names.empty()) {
        add_extension(certificate, issuer, NID_subject_alt_name, spec.alternative_names);
    }
    if (spec.key_identifiers) {
        add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
        if (X509_get_ext_by_NID(issuer, NID_subject_key_identifier, -1) >= 0) {
            add_extension(certificate, issuer, NID_authority_key_identifier, "keyid:always");
        }
    }
    for (const Extension& extension : spec.extensions) {
        require(X509_add_ext(certificate, raw_extension(extension).get(), -1) == 1,
                "can't add an extension");
    }
}

Identity make(const Spec& spec, const Identity* issuer, bool ca) {
    Key key = spec.key ? spec.key : make_key();
    std::shared_ptr<X509> certificate(X509_new(), X509_free);
    require(certificate != nullptr, "no memory");
    X509* issuing = issuer ? issuer->certificate.get() : certificate.get();
    require(X509_set_version(certificate.get(), 2) == 1, "can't set the version");
    set_serial(certificate.get(), spec.serial);
    set_time(X509_getm_notBefore(certificate.get()), spec.not_before);
    set_time(X509_getm_notAfter(certificate.get()), spec.not_after);
    X509_NAME* subject = X509_get_subject_name(certificate.get());
    for (const std::string& organization : spec.organizations) {
        add_name(subject, "O", organization);
    }
    if (!spec.common_name.empty()) {
        add_name(subject, "CN", spec.common_name);
    }
    require(X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuing)) == 1 &&
                X509_set_pubkey(certificate.get(), key.get()) == 1,
            "can't fill in the certificate");
    add_extensions(certificate.get(), issuing, spec, ca);
    EVP_PKEY* signing = issuer ? issuer->key.get() : key.get();
    require(X509_sign(certificate.get(), signing, EVP_sha256()) > 0, "can't sign the certificate");
    return Identity{certificate, key};
}

}  // namespace

Key make_key(KeyType type) {
    bool ec = type == KeyType::ec_p256;
    Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(
        EVP_PKEY_CTX_new_id(ec ? EVP_PKEY_EC : EVP_PKEY_RSA, nullptr));
    require(context && EVP_PKEY_keygen_init(context.get()) == 1, "can't make a key");
    int chosen = ec ? EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context.get(), NID_X9_62_prime256v1)
                    : EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), 2048);
    EVP_PKEY* key = nullptr;
    require(chosen == 1 && EVP_PKEY_keygen(context.get(), &key) == 1, "can't make a key");
    return Key(key, EVP_PKEY_free);
}

std::string Identity::pem() const {
    return written([this](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); });
}

std::string Identity::der() const {
    return written([this](BIO* bio) { return i2d_X509_bio(bio, certificate.get()); });
}

std::string Identity::key_pem() const {
    return written([this](BIO* bio) {
        return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
}

Identity make_ca(const Spec& spec, const Identity* issuer) {
    return make(spec, issuer, true);
}

Identity make_leaf(const Spec& spec, const Identity* issuer) {
    return make(spec, issuer, false);
}

std::shared_ptr<X509_CRL> make_crl(const CrlSpec& spec, const Identity& issuer) {
    std::shared_ptr<X509_CRL> crl(X509_CRL_new(), X509_CRL_free);
    Owned<ASN1_TIME, ASN1_TIME_free> time(ASN1_TIME_new());
    require(crl && time && X509_CRL_set_version(crl.get(), 1) == 1 &&
                X509_CRL_set_issuer_name(crl.get(),
                                         X509_get_subject_name(issuer.certificate.get())) == 1,
            "can't fill in the CRL");
    set_time(time.get(), spec.this_update);
    require(X509_CRL_set1_lastUpdate(crl.get(), time.get()) == 1, "can't set a time");
    if (!spec.revocation_date.empty()) {
        require(ASN1_STRING_set(time.get(), spec.revocation_date.data(),
                                static_cast<int>(spec.revocation_date.size())) == 1,
                "can't set a time");
    }
    for (const std::shared_ptr<X509>& certificate : spec.revoked) {
        Owned<X509_REVOKED, X509_REVOKED_free> entry(X509_REVOKED_new());
        require(entry &&
                    X509_REVOKED_set_serialNumber(entry.get(),
                                                  X509_get_serialNumber(certificate.get())) == 1 &&
                    X509_REVOKED_set_revocationDate(entry.get(), time.get()) == 1 &&
                    X509_CRL_add0_revoked(crl.get(), entry.get()) == 1,
                "can't add to the CRL");
        entry.release();
    }
    if (spec.next_update) {
        set_time(time.get(), *spec.next_update);
        require(X509_CRL_set1_nextUpdate(crl.get(), time.get()) == 1, "can't set a time");
    }
    for (const Extension& extension : spec.extensions) {
        require(X509_CRL_add_ext(crl.get(), raw_extension(extension).get(), -1) == 1,
                "can't add an extension");
    }
    require(X509_CRL_sort(crl.get()) == 1 &&
                X509_CRL_sign(crl.get(), issuer.key.get(), EVP_sha256()) > 0,
            "can't sign the CRL");
    return crl;
}

std::string pem(const X509_CRL& crl) {
    return written([&](BIO* bio) { return PEM_write_bio_X509_CRL(bio, &crl); });
}

std::string der(const X509_CRL& crl) {
    return written([&](BIO* bio) { return i2d_X509_CRL_bio(bio, &crl); });
}

std::shared_ptr<X509> read_certificate(std::string_view text) {
    Owned<BIO, BIO_free> bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    X509* certificate = bio ? PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr) : nullptr;
    require(certificate != nullptr, "can't read a PEM certificate");
    return std::shared_ptr<X509>(certificate, X509_free);
}

Key read_key(std::string_view text) {
    Owned<BIO, BIO_free> bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    EVP_PKEY* key = bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr) : nullptr;
    require(key != nullptr, "can't read a PEM private key");
    return Key(key, EVP_PKEY_free);
}

}  // namespace certguard::test_pki
