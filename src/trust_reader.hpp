// From the texts of CA bundles and CRL files to certificates and CRLs, with every problem noted.
//
// Knows formats only; who signed whom is for ca_set.hpp.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "ca_set.hpp"
#include "certguard/trust_store.hpp"
#include "pem_blocks.hpp"

namespace certguard {

class TrustReader {
  public:
    struct CaCertificate {
        std::shared_ptr<const Certificate> certificate;
        std::string file;
        std::size_t line;
    };

    void read_bundle(const TrustFileText& file);
    void read_crls(const TrustFileText& file);

    const std::vector<CaCertificate>& certificates() const noexcept { return certificates_; }
    const std::vector<NamedCrl>& crls() const noexcept { return crls_; }
    std::vector<NamedText>& errors() noexcept { return errors_; }
    std::vector<NamedText>& warnings() noexcept { return warnings_; }

  private:
    /// Notes why FILE is not looked at, if it is not.
    bool is_unusable(const TrustFileText& file);
    /// The blocks of FILE; notes when there are more than the budget has left.
    std::vector<PemBlock> blocks_of(const TrustFileText& file);
    void take_bundle_block(const std::string& file, const PemBlock& block);
    void take_ca(const std::string& file, const PemBlock& block);
    void take_crl(const std::string& file, const std::string& where, std::string_view der);

    std::vector<CaCertificate> certificates_;
    std::vector<NamedCrl> crls_;
    std::vector<NamedText> errors_;
    std::vector<NamedText> warnings_;
    std::size_t objects_ = 0;  // blocks of any kind and DER CRLs
};

}  // namespace certguard
