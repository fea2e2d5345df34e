#include "leaf_verifier.hpp"

#include <openssl/x509v3.h>

#include <algorithm>
#include <limits>
#include <optional>

namespace certguard {
namespace {

void keep_more_telling(std::optional<Finding>& best, Finding finding) {
    if (!best || tells_more(finding, *best)) {
        best = std::move(finding);
    }
}

}  // namespace

Finding LeafVerifier::verify(const Certificate& leaf, std::int64_t now) const {
    X509* const x509 = leaf.openssl();
    if (X509_check_purpose(x509, -1, 0) != 1) {
        return unreadable_extensions();
    }
    const std::vector<Ca*>& issuers = cas_.named(X509_get_issuer_name(x509));
    if (issuers.empty()) {
        return unknown_issuer(leaf);
    }
    // Where there is much to try, a look at the signature first keeps forged leaves cheap; with one
    // chain OpenSSL looks at it anyway.
    const bool sift = issuers.size() > 1 || issuers.front()->chains.size() > 1;
    std::optional<Finding> best;
    for (const Ca* issuer : issuers) {
        if (!may_have_issued(*issuer, x509) || (sift && !signed_by(x509, *issuer))) {
            continue;
        }
        Finding finding = verify_below(*issuer, leaf, now);
        if (finding.reason == Reason::ok) {
            return finding;
        }
        if (sift || signed_by(x509, *issuer)) {
            keep_more_telling(best, std::move(finding));
        }
    }
    return best ? *best : foreign_issuer(leaf);
}

Finding LeafVerifier::verify_below(const Ca& issuer, const Certificate& leaf,
                                   std::int64_t now) const {
    std::optional<Finding> best;
    for (const Chain& chain : issuer.chains) {
        keep_more_telling(best, verify_chain(chain, leaf, now));
        if (best->reason == Reason::ok) {
            break;
        }
    }
    return best ? *best : open_chain(issuer);
}

Finding LeafVerifier::verify_chain(const Chain& chain, const Certificate& leaf,
                                   std::int64_t now) const {
    const ChainFault fault = checker_.check(leaf.openssl(), chain, now);
    if (fault.error != X509_V_OK) {
        return finding_of(fault, leaf, chain, now);
    }
    return needs_crl_ ? check_revocation(chain, leaf, now) : Finding{};
}

Finding LeafVerifier::check_revocation(const Chain& chain, const Certificate& leaf,
                                       std::int64_t now) const {
    Finding finding = check_crls_on(0, chain, leaf, now);
    for (std::size_t depth = 1; depth < chain.size() && finding.reason == Reason::ok; ++depth) {
        if (!chain[depth]->crls.empty()) {
            finding = check_crls_on(depth, chain, leaf, now);
        }
    }
    return finding;
}

/// What the CRLs of CHAIN[DEPTH] say of what is directly below: LEAF or another CA. That they are
/// signed by the issuer is known. So a plain one costs a look into a sorted list, while OpenSSL
/// would hash all of it, megabytes perhaps, for every new certificate.
Finding LeafVerifier::check_crls_on(std::size_t depth, const Chain& chain, const Certificate& leaf,
                                    std::int64_t now) const {
    const Ca& issuer = *chain[depth];
    const Ca* const ca = depth == 0 ? nullptr : chain[depth - 1];
    X509* const covered = ca == nullptr ? leaf.openssl() : ca->openssl();
    bool all_plain = true;
    bool any_current = false;
    std::int64_t newest = std::numeric_limits<std::int64_t>::min();
    for (const NamedCrl& named : issuer.crls) {
        all_plain = all_plain && named.crl->is_plain();
        if (named.crl->is_current(now)) {
            any_current = true;
            newest = std::max(newest, named.crl->this_update());
        }
    }
    if (!any_current) {
        return no_current_crl(issuer, now);
    }
    if (!all_plain) {
        ChainFault fault = checker_.check_crls(covered, {chain.begin() + depth, chain.end()}, now);
        if (ca != nullptr && says_nothing_of(fault)) {
            return {};
        }
        fault.depth += static_cast<int>(depth);
        return finding_of(fault, leaf, chain, now);
    }
    for (const NamedCrl& named : issuer.crls) {
        if (named.crl->is_current(now) && named.crl->this_update() == newest &&
            named.crl->lists(covered)) {
            return revoked(leaf, ca, issuer, now);
        }
    }
    return {};
}

}  // namespace certguard
