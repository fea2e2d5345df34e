#include "peer_certificate.hpp"

namespace certguard::ngx {
namespace {

using Shared = std::shared_ptr<ClientCertificate>;

void free_slot(void*, void* slot, CRYPTO_EX_DATA*, int, long, void*) {
    delete static_cast<Shared*>(slot);
}

/// OpenSSL's index for our slot in its SSL objects; -1 when it has none to give. Taken once per
/// process: the module stays mapped (-z nodelete), so free_slot stays callable.
int slot_index() noexcept {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, free_slot);
    return index;
}

struct ReleaseX509 {
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};

}  // namespace

Result<Shared> peer_certificate(ngx_connection_t* c, CertificateCache& cache) {
    if (c->ssl == nullptr) {
        return Shared();
    }
    SSL* const ssl = c->ssl->connection;
    const int index = slot_index();
    if (const auto* slot = static_cast<const Shared*>(SSL_get_ex_data(ssl, index))) {
        return *slot;
    }
    // SSL_get_peer_certificate() is a macro for the one that counts references in OpenSSL 3.
    const std::unique_ptr<X509, ReleaseX509> peer(SSL_get_peer_certificate(ssl));
    if (peer == nullptr) {
        return Shared();
    }
    auto certificate = Certificate::from_openssl(peer.get());
    if (!certificate) {
        return certificate.error();
    }
    auto slot = std::make_unique<Shared>(cache.remember(std::move(certificate).value()));
    Shared client = *slot;
    if (SSL_set_ex_data(ssl, index, slot.get()) == 1) {
        slot.release();
    }
    return client;
}

void forget_openssl_errors() noexcept {
    if (ERR_peek_error() != 0) {
        ERR_clear_error();
    }
}

}  // namespace certguard::ngx
