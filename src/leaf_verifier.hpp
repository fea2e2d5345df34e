// The verification of a leaf certificate against a CaSet: which chains to try, which CRL counts,
// and which of several failures to tell.
#pragma once

#include <cstdint>

#include "ca_set.hpp"
#include "chain_check.hpp"
#include "trust_finding.hpp"

namespace certguard {

class LeafVerifier {
  public:
    /// CAS must outlive the verifier. With NEEDS_CRL a leaf is refused unless a current CRL of its
    /// issuer says that it is not revoked; the CAs above need none, but what theirs say counts.
    LeafVerifier(const CaSet& cas, bool needs_crl) : cas_(cas), needs_crl_(needs_crl) {}

    /// Good when one chain is good, else the most telling failure. What OpenSSL or a CRL says
    /// counts only when the issuer did sign LEAF: forging a name teaches nobody anything.
    Finding verify(const Certificate& leaf, std::int64_t now) const;

  private:
    Finding verify_below(const Ca& issuer, const Certificate& leaf, std::int64_t now) const;
    Finding verify_chain(const Chain& chain, const Certificate& leaf, std::int64_t now) const;
    Finding check_revocation(const Chain& chain, const Certificate& leaf, std::int64_t now) const;
    Finding check_crls_on(std::size_t depth, const Chain& chain, const Certificate& leaf,
                          std::int64_t now) const;

    const CaSet& cas_;
    bool needs_crl_;
    ChainChecker checker_;
};

}  // namespace certguard
