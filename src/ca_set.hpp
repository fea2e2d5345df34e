// The CAs of one guard: who signed whom, and the ways from each up to a self-signed one.
//
// All signatures between CAs and on CRLs are checked here, once, so that verifying a leaf has to
// look at the leaf's own signature only, and CAs of the same name are told apart by their keys.
//
// Fill with add(), then link(), then assign() the CRLs; read-only from then on.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "certguard/certificate.hpp"
#include "crl.hpp"

namespace certguard {

struct Ca;
/// From a leaf's issuer up to an anchor, both included.
using Chain = std::vector<const Ca*>;

struct NamedCrl {
    std::shared_ptr<const Crl> crl;
    std::string file;
};

struct Ca {
    std::shared_ptr<const Certificate> certificate;
    std::string file;
    std::size_t line = 0;
    bool is_anchor = false;            // self-signed
    bool self_signature_good = false;  // only asked of anchors
    bool issued_cas = false;           // another CA of the set is below it
    std::vector<const Ca*> issuers;    // whose keys have signed it; none for an anchor
    std::vector<Chain> chains;         // shortest first; empty: it leads to no anchor
    std::vector<NamedCrl> crls;        // that its key has signed

    X509* openssl() const noexcept { return certificate->openssl(); }
};

/// Does CA's name, key identifier and key usage say that it may have issued CERTIFICATE?
bool may_have_issued(const Ca& ca, const X509* certificate);
/// Did CA's key sign CERTIFICATE?
bool signed_by(const X509* certificate, const Ca& ca);

/// The name of the CA that is missing above CA when it leads to no anchor.
std::string missing_above(const Ca& ca);

class CaSet {
  public:
    CaSet() = default;
    CaSet(const CaSet&) = delete;
    CaSet& operator=(const CaSet&) = delete;

    /// Does nothing when the very same certificate is there already. False when there are
    /// limits::kCasOfOneName others of that name.
    bool add(std::shared_ptr<const Certificate> certificate, std::string file, std::size_t line);
    /// Finds issuers, anchors and chains.
    void link();
    /// Gives CRL to the CAs whose key has signed it; otherwise says why there is none.
    std::optional<std::string> assign(const NamedCrl& crl);

    /// The CAs with this subject.
    const std::vector<Ca*>& named(const X509_NAME* name) const;
    const std::deque<Ca>& all() const noexcept { return all_; }

  private:
    struct NameLess {
        bool operator()(const X509_NAME* a, const X509_NAME* b) const noexcept {
            return X509_NAME_cmp(a, b) < 0;
        }
    };

    void link_issuers(Ca& ca);

    std::deque<Ca> all_;  // never moves what is in it
    std::map<const X509_NAME*, std::vector<Ca*>, NameLess> by_name_;
};

}  // namespace certguard
