#include "tls_identity.hpp"

#include <openssl/pem.h>

#include <algorithm>
#include <utility>

namespace certguard {
namespace {

Error problem(std::string message) {
    return {Reason::internal_error, std::move(message)};
}

BioPtr reader_of(const std::string& text) {
    return BioPtr(::BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// All certificates of TEXT, WHAT in an error.
Result<std::vector<X509Ptr>> read_certificates(const std::string& text, const std::string& what) {
    const BioPtr bio = reader_of(text);
    std::vector<X509Ptr> all;
    while (X509Ptr one{::PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
        all.push_back(std::move(one));
    }
    // Did reading end because there is nothing more, or at something broken?
    if (ERR_GET_REASON(::ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
        return problem("the " + what + " is broken: " + ErrorQueueGuard::last());
    }
    if (all.empty()) {
        return problem("there is no " + what + " in PEM");
    }
    return all;
}

// Without it OpenSSL would ask for a pass phrase at the terminal.
int refuse_pass_phrase(char*, int, int, void* asked) {
    *static_cast<bool*>(asked) = true;
    return -1;
}

Result<EvpPkeyPtr> read_key(const std::string& text) {
    bool asked = false;
    EvpPkeyPtr key(
        ::PEM_read_bio_PrivateKey(reader_of(text).get(), nullptr, &refuse_pass_phrase, &asked));
    if (key != nullptr) {
        return key;
    }
    return problem(asked ? "the client certificate's key is encrypted: it must be readable "
                           "without a pass phrase"
                         : "there is no private key in PEM: " + ErrorQueueGuard::last());
}

Result<X509StorePtr> read_store(const std::string& ca_pem) {
    X509StorePtr store(::X509_STORE_new());
    if (ca_pem.empty()) {
        if (store == nullptr || ::X509_STORE_set_default_paths(store.get()) != 1) {
            return problem("the system's CA certificates can't be read");
        }
        return store;
    }
    const auto cas = read_certificates(ca_pem, "CA certificate");
    if (!cas.ok()) {
        return cas.error();
    }
    const bool added = std::all_of(cas->begin(), cas->end(), [&](const X509Ptr& ca) {
        return ::X509_STORE_add_cert(store.get(), ca.get()) == 1;
    });
    if (store == nullptr || !added) {
        return problem("a CA certificate can't be used: " + ErrorQueueGuard::last());
    }
    return store;
}

}  // namespace

Result<TlsIdentity> TlsIdentity::read(const std::string& ca_pem, const std::string& certificate_pem,
                                      const std::string& key_pem) {
    const ErrorQueueGuard guard;
    TlsIdentity identity;
    auto store = read_store(ca_pem);
    if (!store.ok()) {
        return store.error();
    }
    identity.trusted_ = std::move(*store);
    // As libcurl does by itself: an intermediate CA among them is an anchor, too.
    ::X509_STORE_set_flags(identity.trusted_.get(),
                           X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
    if (certificate_pem.empty() && key_pem.empty()) {
        return identity;
    }
    if (certificate_pem.empty() || key_pem.empty()) {
        return problem("a client certificate needs its key, and a key its certificate");
    }
    auto certificates = read_certificates(certificate_pem, "client certificate");
    if (!certificates.ok()) {
        return certificates.error();
    }
    auto key = read_key(key_pem);
    if (!key.ok()) {
        return key.error();
    }
    identity.certificate_ = std::move(certificates->front());
    certificates->erase(certificates->begin());
    identity.chain_ = std::move(*certificates);
    identity.key_ = std::move(*key);
    if (::X509_check_private_key(identity.certificate_.get(), identity.key_.get()) != 1) {
        return problem("the key does not belong to the client certificate");
    }
    return identity;
}

void TlsIdentity::give_trust_to(SSL_CTX* context) const {
    ::SSL_CTX_set1_cert_store(context, trusted_.get());
}

bool TlsIdentity::give_certificate_to(SSL_CTX* context) const {
    if (certificate_ == nullptr) {
        return true;
    }
    return ::SSL_CTX_use_certificate(context, certificate_.get()) == 1 &&
           ::SSL_CTX_use_PrivateKey(context, key_.get()) == 1 &&
           std::all_of(chain_.begin(), chain_.end(), [&](const X509Ptr& one) {
               return ::SSL_CTX_add1_chain_cert(context, one.get()) == 1;
           });
}

}  // namespace certguard
