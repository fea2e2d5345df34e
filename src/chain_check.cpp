#include "chain_check.hpp"

#include <openssl/x509v3.h>

namespace certguard {
namespace {

using CrlStackPtr = std::unique_ptr<STACK_OF(X509_CRL), void (*)(STACK_OF(X509_CRL)*)>;

/// OpenSSL asks who issued CERTIFICATE: the next one of the chain, and an anchor itself.
int next_in_chain(X509** issuer, X509_STORE_CTX* context, X509* certificate) {
    const auto* const chain = static_cast<const Chain*>(X509_STORE_CTX_get_app_data(context));
    std::size_t next = 0;
    for (std::size_t i = 0; i < chain->size(); ++i) {
        if ((*chain)[i]->openssl() == certificate) {
            next = i + 1 < chain->size() ? i + 1 : i;
        }
    }
    *issuer = (*chain)[next]->openssl();
    return X509_up_ref(*issuer);
}

CrlStackPtr stack_of(const std::vector<NamedCrl>& crls) {
    // The stack borrows: set0_crls() takes no reference either.
    CrlStackPtr stack(sk_X509_CRL_new_null(), [](STACK_OF(X509_CRL) * s) { sk_X509_CRL_free(s); });
    for (const NamedCrl& named : crls) {
        if (!stack || sk_X509_CRL_push(stack.get(), named.crl->openssl()) == 0) {
            return CrlStackPtr(nullptr, stack.get_deleter());
        }
    }
    return stack;
}

}  // namespace

bool says_nothing_of(const ChainFault& fault) noexcept {
    return fault.error == X509_V_ERR_UNABLE_TO_GET_CRL ||
           fault.error == X509_V_ERR_DIFFERENT_CRL_SCOPE;
}

ChainChecker::ChainChecker() : store_(X509_STORE_new()) {
    if (store_) {
        X509_STORE_set_get_issuer(store_.get(), next_in_chain);
        if (X509_STORE_set_purpose(store_.get(), X509_PURPOSE_SSL_CLIENT) != 1) {
            store_.reset();
        }
    }
}

ChainFault ChainChecker::check(X509* leaf, const Chain& chain, std::int64_t now) const {
    return run(leaf, chain, now, nullptr);
}

ChainFault ChainChecker::check_crls(X509* certificate, const Chain& chain, std::int64_t now) const {
    return run(certificate, chain, now, &chain.front()->crls);
}

ChainFault ChainChecker::run(X509* certificate, const Chain& chain, std::int64_t now,
                             const std::vector<NamedCrl>* crls) const {
    const ErrorQueueGuard errors;
    CrlStackPtr crl_stack(nullptr, [](STACK_OF(X509_CRL)*) {});
    if (crls != nullptr) {
        crl_stack = stack_of(*crls);
    }
    const X509StoreCtxPtr context(X509_STORE_CTX_new());
    if (!context || (crls != nullptr && !crl_stack) ||
        X509_STORE_CTX_init(context.get(), store_.get(), certificate, nullptr) != 1 ||
        X509_STORE_CTX_set_app_data(context.get(), const_cast<Chain*>(&chain)) != 1) {
        return ChainFault{X509_V_ERR_OUT_OF_MEM, 0};
    }
    X509_VERIFY_PARAM* const parameters = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_time(parameters, static_cast<time_t>(now));
    if (crl_stack) {
        X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_CRL_CHECK);
        // A CA's own purpose is not that of a TLS client.
        X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_ANY);
        X509_STORE_CTX_set0_crls(context.get(), crl_stack.get());
    }
    if (X509_verify_cert(context.get()) == 1) {
        return ChainFault{};
    }
    const int error = X509_STORE_CTX_get_error(context.get());
    return ChainFault{error == X509_V_OK ? X509_V_ERR_UNSPECIFIED : error,
                      X509_STORE_CTX_get_error_depth(context.get())};
}

}  // namespace certguard
