// One X.509 certificate, parsed once and immutable.
//
// Holds the DER bytes, the few facts that decisions need, and the extensions below Red Hat's
// arc 1.3.6.1.4.1.2312.9 in certificate order, still undecoded. Parsing says nothing about trust:
// trust_store.hpp verifies, entitlement.hpp reads the RHSM extensions.
//
// Threads: immutable, may be read from several. Errors: Reason::bad_certificate.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "certguard/result.hpp"

struct x509_st;  // OpenSSL's X509; the core's headers only pass it through, see from_openssl()

namespace certguard {

using Fingerprint = std::array<std::uint8_t, 32>;  // SHA-256 of the DER

/// An extension below 1.3.6.1.4.1.2312.9.
struct RhsmExtension {
    std::string_view oid;    // DER content bytes of the OID behind that prefix: ".6" is "\x06"
    std::string_view value;  // content of extnValue: again one DER value (rhsm.md section 3)
};

class Certificate {
  public:
    /// Parses exactly one DER certificate; trailing bytes are an error.
    static Result<std::shared_ptr<const Certificate>> from_der(std::string_view der);
    /// Parses the first block labelled CERTIFICATE of a PEM text; other blocks and text around
    /// are skipped, as subscription-manager's files have them.
    static Result<std::shared_ptr<const Certificate>> from_pem(std::string_view text);
    /// Takes a reference to a certificate that OpenSSL has parsed already (the TLS handshake's),
    /// which saves the 100 to 200 us of a second parse. The caller keeps its own reference.
    static Result<std::shared_ptr<const Certificate>> from_openssl(x509_st* certificate);

    ~Certificate();
    Certificate(const Certificate&) = delete;
    Certificate& operator=(const Certificate&) = delete;

    /// The DER as OpenSSL writes it: equal to what the peer sent unless that was no DER.
    std::string_view der() const noexcept { return der_; }
    const Fingerprint& fingerprint() const noexcept { return fingerprint_; }
    /// Seconds since the epoch, both inclusive (RFC 5280 4.1.2.5).
    std::int64_t not_before() const noexcept { return not_before_; }
    std::int64_t not_after() const noexcept { return not_after_; }
    /// The subject's only CN and only O as UTF-8. Empty when there is none or more than one, and
    /// when it holds a control character (NUL too) or more than limits::kNameBytes.
    const std::string& common_name() const noexcept { return common_name_; }
    const std::string& organization() const noexcept { return organization_; }
    /// The CN in lower case when it is shaped like a consumer UUID (36 hex digits and dashes).
    std::optional<std::string> host_uuid() const;
    /// RFC 2253 text of subject and issuer, for people: printable ASCII, everything else escaped,
    /// cut to limits::kNameBytes and "..." when longer.
    std::string subject() const;
    std::string issuer() const;
    /// Upper-case hex digits, two per byte, at most limits::kNameBytes.
    std::string serial() const;
    /// PEM with LF line ends and a final LF, as nginx's $ssl_client_raw_cert has it.
    std::string pem() const;
    const std::vector<RhsmExtension>& rhsm_extensions() const noexcept { return rhsm_; }

    /// The parsed object for the core's own sources; owned by this certificate.
    x509_st* openssl() const noexcept { return x509_; }
    /// Bytes that this object keeps alive, roughly, for cache budgets.
    std::size_t memory() const noexcept;

  private:
    Certificate() = default;
    static Result<std::shared_ptr<const Certificate>> adopt(x509_st* owned);

    x509_st* x509_ = nullptr;
    std::string der_;
    Fingerprint fingerprint_{};
    std::int64_t not_before_ = 0;
    std::int64_t not_after_ = 0;
    std::string common_name_;
    std::string organization_;
    std::vector<RhsmExtension> rhsm_;  // views into x509_
};

}  // namespace certguard
