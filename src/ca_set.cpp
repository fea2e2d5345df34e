#include "ca_set.hpp"

#include <openssl/x509v3.h>

#include <algorithm>

#include "certguard/limits.hpp"
#include "name_text.hpp"

namespace certguard {
namespace {

/// Every way from CA up to an anchor within the limits. Breadth first, so short ones come first
/// and CAs that have signed each other in a circle end nowhere.
std::vector<Chain> chains_from(const Ca& ca) {
    std::vector<Chain> found;
    std::deque<Chain> open{{&ca}};
    for (std::size_t steps = 0;
         !open.empty() && found.size() < limits::kChains && steps < limits::kChainSteps; ++steps) {
        const Chain chain = std::move(open.front());
        open.pop_front();
        if (chain.back()->is_anchor) {
            found.push_back(chain);
            continue;
        }
        if (chain.size() == limits::kChainLength) {
            continue;
        }
        for (const Ca* issuer : chain.back()->issuers) {
            if (std::find(chain.begin(), chain.end(), issuer) == chain.end()) {
                open.push_back(chain);
                open.back().push_back(issuer);
            }
        }
    }
    return found;
}

}  // namespace

bool may_have_issued(const Ca& ca, const X509* certificate) {
    return X509_check_issued(ca.openssl(), const_cast<X509*>(certificate)) == X509_V_OK;
}

bool signed_by(const X509* certificate, const Ca& ca) {
    const ErrorQueueGuard errors;
    EVP_PKEY* const key = X509_get0_pubkey(ca.openssl());
    return key != nullptr && X509_verify(const_cast<X509*>(certificate), key) == 1;
}

std::string missing_above(const Ca& ca) {
    const Ca* top = &ca;
    // Bounded, because CAs may have signed each other.
    for (std::size_t i = 0; i < limits::kChainLength && !top->issuers.empty(); ++i) {
        top = top->issuers.front();
    }
    return top->certificate->issuer();
}

bool CaSet::add(std::shared_ptr<const Certificate> certificate, std::string file,
                std::size_t line) {
    std::vector<Ca*>& same = by_name_[X509_get_subject_name(certificate->openssl())];
    for (const Ca* ca : same) {
        if (ca->certificate->fingerprint() == certificate->fingerprint()) {
            return true;
        }
    }
    if (same.size() == limits::kCasOfOneName) {
        return false;
    }
    Ca& ca = all_.emplace_back();
    ca.certificate = std::move(certificate);
    ca.file = std::move(file);
    ca.line = line;
    same.push_back(&ca);
    return true;
}

const std::vector<Ca*>& CaSet::named(const X509_NAME* name) const {
    static const std::vector<Ca*> none;
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? none : found->second;
}

void CaSet::link_issuers(Ca& ca) {
    const ErrorQueueGuard errors;
    // OpenSSL goes by names and key identifiers here; the signature of an anchor proves nothing
    // and may be of a kind that this OpenSSL refuses (SHA-1 on EL9).
    const bool self_issued = (X509_get_extension_flags(ca.openssl()) & EXFLAG_SS) != 0;
    ca.self_signature_good = self_issued && signed_by(ca.openssl(), ca);
    if (!ca.self_signature_good) {
        for (Ca* other : named(X509_get_issuer_name(ca.openssl()))) {
            if (other != &ca && may_have_issued(*other, ca.openssl()) &&
                signed_by(ca.openssl(), *other)) {
                ca.issuers.push_back(other);
                other->issued_cas = true;
            }
        }
    }
    ca.is_anchor = self_issued && ca.issuers.empty();
}

void CaSet::link() {
    for (Ca& ca : all_) {
        link_issuers(ca);
    }
    for (Ca& ca : all_) {
        ca.chains = chains_from(ca);
    }
}

std::optional<std::string> CaSet::assign(const NamedCrl& crl) {
    const ErrorQueueGuard errors;
    X509_CRL* const list = crl.crl->openssl();
    const std::vector<Ca*>& same = named(X509_CRL_get_issuer(list));
    bool forbidden = false;
    bool found = false;
    for (Ca* ca : same) {
        EVP_PKEY* const key = X509_get0_pubkey(ca->openssl());
        if (key == nullptr || X509_CRL_verify(list, key) != 1) {
            continue;
        }
        if ((X509_get_key_usage(ca->openssl()) & KU_CRL_SIGN) == 0) {
            forbidden = true;
            continue;
        }
        ca->crls.push_back(crl);
        found = true;
    }
    if (found) {
        return std::nullopt;
    }
    const std::string name = crl.crl->issuer();
    if (same.empty()) {
        return "is a CRL of " + name + ", which is not among the guard's CAs";
    }
    if (forbidden) {
        return "is a CRL of " + name + ", whose key usage does not allow it to sign CRLs";
    }
    return "is a CRL in the name of " + name +
           ", but the guard's CA of that name has not signed it; it is damaged, or of another CA";
}

}  // namespace certguard
