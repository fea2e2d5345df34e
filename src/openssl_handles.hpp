// OpenSSL's objects under RAII, and its error queue.
#pragma once

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace certguard {

template <auto Free>
struct OpensslFree {
    template <class T>
    void operator()(T* object) const noexcept {
        Free(object);
    }
};

/// For what OPENSSL_malloc() made; OPENSSL_free is a macro.
struct OpensslBytesFree {
    void operator()(void* bytes) const noexcept { OPENSSL_free(bytes); }
};

using BioPtr = std::unique_ptr<BIO, OpensslFree<&BIO_free_all>>;
using X509Ptr = std::unique_ptr<X509, OpensslFree<&X509_free>>;
using X509CrlPtr = std::unique_ptr<X509_CRL, OpensslFree<&X509_CRL_free>>;
using X509StorePtr = std::unique_ptr<X509_STORE, OpensslFree<&X509_STORE_free>>;
using X509StoreCtxPtr = std::unique_ptr<X509_STORE_CTX, OpensslFree<&X509_STORE_CTX_free>>;
using EvpPkeyPtr = std::unique_ptr<EVP_PKEY, OpensslFree<&EVP_PKEY_free>>;
using OpensslBytes = std::unique_ptr<unsigned char, OpensslBytesFree>;

/// Leaves OpenSSL's error queue of this thread empty behind every exit: what stays in it would be
/// taken for the error of nginx's next TLS call.
class ErrorQueueGuard {
  public:
    ErrorQueueGuard() = default;
    ~ErrorQueueGuard() { ERR_clear_error(); }
    ErrorQueueGuard(const ErrorQueueGuard&) = delete;
    ErrorQueueGuard& operator=(const ErrorQueueGuard&) = delete;

    /// The newest error in words; "unknown error" when there is none.
    static std::string last() {
        const char* text = ERR_reason_error_string(ERR_peek_last_error());
        return text != nullptr ? text : "unknown error";
    }
};

/// What a memory BIO holds; valid until the BIO changes.
inline std::string_view bio_content(BIO* bio) {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(bio, &bytes);
    return size > 0 ? std::string_view(bytes, static_cast<std::size_t>(size)) : std::string_view();
}

/// A read-only BIO over TEXT, which must be shorter than 2 GiB and outlive it. Null without memory.
inline BioPtr bio_over(std::string_view text) {
    return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

}  // namespace certguard
