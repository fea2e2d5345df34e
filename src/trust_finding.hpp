// What verification found about a leaf, as a Reason and one line for the admin.
//
// The texts name absolute times only, so that they hold as long as the verdict does.
#pragma once

#include "ca_set.hpp"
#include "certguard/reason.hpp"
#include "chain_check.hpp"

namespace certguard {

struct Finding {
    Reason reason = Reason::ok;
    std::string message;  // empty when ok
    std::optional<std::int64_t> since = {};
};

/// What FAULT means for LEAF below CHAIN at NOW.
Finding finding_of(const ChainFault& fault, const Certificate& leaf, const Chain& chain,
                   std::int64_t now);

/// No CA has the name of LEAF's issuer.
Finding unknown_issuer(const Certificate& leaf);
/// A CA has that name, but did not sign LEAF.
Finding foreign_issuer(const Certificate& leaf);
/// CA signed the leaf, but no chain leads on to an anchor.
Finding open_chain(const Ca& ca);
Finding unreadable_extensions();
/// A CRL of ISSUER that is current at NOW lists LEAF or, if there is one, CA above it.
Finding revoked(const Certificate& leaf, const Ca* ca, const Ca& issuer, std::int64_t now);
/// None of ISSUER's CRLs is current at NOW.
Finding no_current_crl(const Ca& issuer, std::int64_t now);

/// True when A tells an admin more than B.
bool tells_more(const Finding& a, const Finding& b);

}  // namespace certguard
