#include "trust_finding.hpp"

#include <algorithm>

#include "time_text.hpp"

namespace certguard {
namespace {

Finding expired(const Certificate& leaf, const Ca* ca) {
    if (ca == nullptr) {
        return {Reason::expired,
                "the certificate expired at " + time_text(leaf.not_after()) +
                    "; the client needs a new one",
                leaf.not_after()};
    }
    return {Reason::expired,
            "the certificate's CA " + ca->certificate->subject() + " expired at " +
                time_text(ca->certificate->not_after()) + "; put the CA's successor into " +
                ca->file + " and give the clients new certificates",
            ca->certificate->not_after()};
}

Finding not_yet_valid(const Certificate& leaf, const Ca* ca) {
    const Certificate& early = ca == nullptr ? leaf : *ca->certificate;
    const std::string what =
        ca == nullptr ? "the certificate" : "the certificate's CA " + early.subject();
    return {Reason::not_yet_valid, what + " is not valid before " + time_text(early.not_before()) +
                                       "; compare the clocks of this machine and of the CA"};
}

Finding wrong_purpose(const Ca* ca) {
    const std::string what = ca == nullptr
                                 ? "the certificate's key usages exclude TLS clients"
                                 : "the key usages of the certificate's CA " +
                                       ca->certificate->subject() + " exclude TLS clients";
    return {Reason::wrong_purpose, what + "; expected clientAuth or no extended key usage at all"};
}

Finding missing_crl(const Ca& issuer, const std::string& why) {
    return {Reason::crl_missing,
            why + " " + issuer.certificate->subject() + "; name its current CRL under crl"};
}

/// Of CRLs with different scopes only OpenSSL knows which one covers a certificate. It has not said
/// which, so a single one that is overdue at NOW tells since when, and several do not.
Finding overdue_crl(const Ca& issuer, std::int64_t now) {
    std::optional<std::int64_t> since;
    std::size_t overdue = 0;
    for (const NamedCrl& named : issuer.crls) {
        if (named.crl->next_update() <= now) {
            since = named.crl->next_update();
            ++overdue;
        }
    }
    if (overdue != 1) {
        since.reset();
    }
    return {Reason::crl_expired,
            "the CRL of the certificate's CA " + issuer.certificate->subject() +
                " is past its next update" + (since ? " of " + time_text(*since) : "") +
                "; replace it",
            since};
}

/// What OpenSSL says, about the certificate that it says it of.
Finding other(int error, const Ca* ca) {
    const std::string text = X509_verify_cert_error_string(error);
    if (ca == nullptr) {
        return {Reason::bad_certificate, "OpenSSL refuses the certificate: " + text};
    }
    return {Reason::untrusted_issuer,
            "OpenSSL refuses the certificate's CA " + ca->certificate->subject() + ": " + text};
}

}  // namespace

Finding finding_of(const ChainFault& fault, const Certificate& leaf, const Chain& chain,
                   std::int64_t now) {
    const auto depth = static_cast<std::size_t>(std::max(fault.depth, 0));
    const Ca* const ca = depth == 0 ? nullptr : chain[std::min(depth, chain.size()) - 1];
    const Ca& issuer = *chain[std::min(depth, chain.size() - 1)];
    switch (fault.error) {
        case X509_V_OK: return {};
        case X509_V_ERR_CERT_HAS_EXPIRED: return expired(leaf, ca);
        case X509_V_ERR_CERT_NOT_YET_VALID: return not_yet_valid(leaf, ca);
        case X509_V_ERR_INVALID_PURPOSE: return wrong_purpose(ca);
        case X509_V_ERR_CERT_REVOKED: return revoked(leaf, ca, issuer, now);
        case X509_V_ERR_CRL_HAS_EXPIRED: return overdue_crl(issuer, now);
        case X509_V_ERR_CRL_NOT_YET_VALID:
        case X509_V_ERR_UNABLE_TO_GET_CRL:
        case X509_V_ERR_DIFFERENT_CRL_SCOPE:
        case X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION:
            return missing_crl(issuer, std::string("no usable CRL (") +
                                           X509_verify_cert_error_string(fault.error) +
                                           ") covers the certificate's CA");
        case X509_V_ERR_OUT_OF_MEM:
        case X509_V_ERR_UNSPECIFIED:
        case X509_V_ERR_STORE_LOOKUP:
            return {Reason::internal_error, std::string("OpenSSL could not verify: ") +
                                                X509_verify_cert_error_string(fault.error)};
        default: return other(fault.error, ca);
    }
}

Finding unknown_issuer(const Certificate& leaf) {
    const std::string issuer = leaf.issuer();
    if (issuer == leaf.subject()) {
        return {Reason::untrusted_issuer,
                "the certificate is self-signed and not among the guard's CAs"};
    }
    return {Reason::untrusted_issuer, "its issuer " + issuer +
                                          " is not among the guard's CAs; put it into the guard's "
                                          "ca if its certificates shall count"};
}

Finding foreign_issuer(const Certificate& leaf) {
    return {Reason::untrusted_issuer,
            "its issuer is called " + leaf.issuer() +
                " like a CA of the guard, but another key has signed it: it comes from another CA "
                "of that name, an older or newer one perhaps, or is forged"};
}

Finding open_chain(const Ca& ca) {
    return {Reason::untrusted_issuer,
            "its issuer " + ca.certificate->subject() +
                " is an intermediate CA, and no chain leads on to a self-signed one; put " +
                missing_above(ca) + " into the guard's ca too"};
}

Finding unreadable_extensions() {
    return {Reason::bad_certificate, "the certificate has extensions that OpenSSL can't read"};
}

Finding revoked(const Certificate& leaf, const Ca* ca, const Ca& issuer, std::int64_t now) {
    const Certificate& listed = ca == nullptr ? leaf : *ca->certificate;
    const std::string what =
        ca == nullptr ? "the certificate" : "the certificate's CA " + listed.subject();
    const Crl* newest = nullptr;
    for (const NamedCrl& named : issuer.crls) {
        const Crl& crl = *named.crl;
        if (crl.is_current(now) && crl.lists(listed.openssl()) &&
            (newest == nullptr || newest->this_update() < crl.this_update())) {
            newest = &crl;
        }
    }
    const auto since = newest == nullptr ? std::nullopt : newest->revoked_since(listed.openssl());
    return {Reason::revoked,
            what + ", serial number " + listed.serial() + ", is revoked by the CRL of " +
                issuer.certificate->subject() + (since ? " since " + time_text(*since) : ""),
            since};
}

Finding no_current_crl(const Ca& issuer, std::int64_t now) {
    if (issuer.crls.empty()) {
        return missing_crl(issuer, "the guard has CRLs, but none of the certificate's CA");
    }
    std::int64_t due = std::numeric_limits<std::int64_t>::min();
    for (const NamedCrl& named : issuer.crls) {
        if (named.crl->next_update() <= now) {
            due = std::max(due, named.crl->next_update());
        }
    }
    if (due == std::numeric_limits<std::int64_t>::min()) {
        return missing_crl(issuer,
                           "only a CRL with a date in the future covers the "
                           "certificate's CA");
    }
    return {Reason::crl_expired,
            "the CRL of the certificate's CA " + issuer.certificate->subject() + " in " +
                issuer.crls.front().file + " was to be replaced before " + time_text(due) +
                "; replace it",
            due};
}

bool tells_more(const Finding& a, const Finding& b) {
    constexpr Reason kOrder[] = {Reason::ok,
                                 Reason::revoked,
                                 Reason::expired,
                                 Reason::not_yet_valid,
                                 Reason::crl_expired,
                                 Reason::crl_missing,
                                 Reason::wrong_purpose,
                                 Reason::bad_certificate,
                                 Reason::untrusted_issuer};
    const auto rank = [&](const Finding& finding) {
        return std::find(std::begin(kOrder), std::end(kOrder), finding.reason) - std::begin(kOrder);
    };
    return rank(a) < rank(b);
}

}  // namespace certguard
