// What an admin should hear about a guard's CAs and CRLs although they can be used.
#pragma once

#include <cstdint>
#include <vector>

#include "ca_set.hpp"
#include "certguard/trust_store.hpp"

namespace certguard {

/// Whatever the time: chains that lead nowhere, damaged self-signatures, CAs without a CRL.
void add_lasting_warnings(std::vector<NamedText>& warnings, const CaSet& cas, bool needs_crl);

/// At NOW: expired CAs, CRLs past their next update or within a day of it.
void add_timely_warnings(std::vector<NamedText>& warnings, const CaSet& cas, std::int64_t now);

/// The CRL of CA that ends last: the one that it relies on. Null without CRLs.
const NamedCrl* last_crl(const Ca& ca);

}  // namespace certguard
