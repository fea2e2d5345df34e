// One certificate revocation list.
//
// Immutable. Whose it is and whether that CA has signed it is for ca_set.hpp to find out.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "certguard/result.hpp"
#include "openssl_handles.hpp"

namespace certguard {

class Crl {
  public:
    /// nextUpdate of a CRL that has none: it never grows old.
    static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

    /// Parses exactly one DER CRL. An error also when it can only be used together with others
    /// (a delta CRL) or speaks for other CAs (an indirect CRL).
    static Result<std::shared_ptr<const Crl>> from_der(std::string_view der);

    /// Seconds since the epoch.
    std::int64_t this_update() const noexcept { return this_update_; }
    std::int64_t next_update() const noexcept { return next_update_; }
    /// From this_update() on, before next_update(): as OpenSSL counts.
    bool is_current(std::int64_t now) const noexcept {
        return this_update_ <= now && now < next_update_;
    }
    /// True when it covers all certificates of its issuer and has no critical extension, so that
    /// a look for the serial number is all there is to do.
    bool is_plain() const noexcept { return plain_; }
    /// Is CERTIFICATE, which the CRL's issuer has signed, listed? For plain ones.
    bool lists(const X509* certificate) const;
    /// The date of its entry; nothing when it is not listed, or has a date that is no time.
    std::optional<std::int64_t> revoked_since(const X509* certificate) const;
    /// The issuer's name, printable.
    std::string issuer() const;

    X509_CRL* openssl() const noexcept { return crl_.get(); }

  private:
    Crl() = default;

    const X509_REVOKED* entry_of(const X509* certificate) const;

    X509CrlPtr crl_;
    std::int64_t this_update_ = 0;
    std::int64_t next_update_ = kNever;
    bool plain_ = true;
};

}  // namespace certguard
