// A guard's CAs and CRLs, and the verification of a leaf certificate against them.
//
// A certificate is trusted when a chain leads from it to a self-signed certificate of the guard's
// bundle, every link is within its dates at the given time, issuers are CAs, the leaf may be a TLS
// client, and (with CRLs) its issuer's CRL is current and does not list it. Intermediates come
// from the bundle only: resumed TLS sessions bring none. Same rules as pulp_certguard's X.509
// guard (reference/rhsm.md 13.1) plus purpose and CRLs as nginx has them.
//
// Immutable; a changed file makes a new store with a new id (trust_files.hpp).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "certguard/certificate.hpp"
#include "certguard/result.hpp"

namespace certguard {

/// The content of one CA bundle or CRL file, or why there is none.
struct TrustFileText {
    std::string name;  // for messages
    std::string text;
    std::string problem = {};  // when it could not be read: the error to report
};

/// A message about a file.
struct NamedText {
    std::string name;
    std::string text;
};

/// What verification found, and how long it holds: the verdict is the same for every time in
/// [holds_from, holds_until] (seconds since the epoch), so it can be remembered.
struct TrustVerdict {
    Reason reason = Reason::untrusted_issuer;  // ok, or why not
    std::string message;                       // one line for the admin; empty when ok
    std::int64_t holds_from = 0;
    std::int64_t holds_until = 0;
    /// Expired, revoked, crl_expired: since when it or a CA above it is, as far as that is known.
    std::optional<std::int64_t> since = {};
};

class TrustStore {
  public:
    struct Built {
        std::shared_ptr<const TrustStore> store;  // null when there are errors
        std::vector<NamedText> errors;
        std::vector<NamedText> warnings;  // an expired CA, a CRL about to expire, ...
    };

    /// Reads bundles (PEM blocks with any text around them) and CRLs (PEM or DER). Errors: no CA in
    /// a file, an unreadable block, a certificate that is no CA, no self-signed CA at all, a CRL
    /// that none of the CAs signed, more than limits::kTrustObjects. Every error is reported, not
    /// only the first; but what merely follows from a CA that could not be read is not.
    static Built build(const std::vector<TrustFileText>& ca, const std::vector<TrustFileText>& crl,
                       std::int64_t now);

    ~TrustStore();
    TrustStore(const TrustStore&) = delete;
    TrustStore& operator=(const TrustStore&) = delete;

    /// Pure CPU (signature checks), no file or network access. Never throws.
    TrustVerdict verify(const Certificate& leaf, std::int64_t now) const noexcept;

    /// Unique in this process: two stores never share an id.
    std::uint64_t id() const noexcept;

    /// What time does to the files: CAs that are expired or not yet valid, CRLs that are past
    /// their next update or within a day of it. A text stays the same until the situation
    /// changes, so each needs to be reported once only.
    std::vector<NamedText> warnings(std::int64_t now) const;

    /// For status: the earliest end of a CA, and of the CRL that its CA relies on, in seconds since
    /// the epoch; past when it has come already, 0 when there is none.
    std::int64_t first_ca_expiry() const noexcept;
    std::int64_t first_crl_expiry() const noexcept;

  private:
    struct State;
    explicit TrustStore(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace certguard
