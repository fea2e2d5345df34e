// OpenSSL's verification of a leaf below one given chain of CAs.
//
// OpenSSL would look for issuers itself, by name, and take the first that fits; here it gets the
// chain, so that CAs of the same name can be tried one after the other.
#pragma once

#include <cstdint>
#include <vector>

#include "ca_set.hpp"
#include "openssl_handles.hpp"

namespace certguard {

/// What OpenSSL found first: X509_V_ERR_*, and on which certificate (0: the leaf, 1: its issuer).
struct ChainFault {
    int error = X509_V_OK;
    int depth = 0;
};

/// No CRL covers the certificate.
bool says_nothing_of(const ChainFault& fault) noexcept;

class ChainChecker {
  public:
    ChainChecker();

    /// False when there was no memory for it.
    bool ready() const noexcept { return store_ != nullptr; }
    /// Signatures, dates at NOW, CA bits, path lengths, the purpose of a TLS client and critical
    /// extensions.
    ChainFault check(X509* leaf, const Chain& chain, std::int64_t now) const;
    /// That the CRLs of the first CA of CHAIN do not list CERTIFICATE, which may be a CA itself and
    /// has passed check(), as the end of its chain or on it.
    ChainFault check_crls(X509* certificate, const Chain& chain, std::int64_t now) const;

  private:
    ChainFault run(X509* certificate, const Chain& chain, std::int64_t now,
                   const std::vector<NamedCrl>* crls) const;

    X509StorePtr store_;
};

}  // namespace certguard
