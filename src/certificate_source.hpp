// LookupSourceType::certificate: what Candlepin signed into the host's SCA certificate. Its
// authorized paths are /ORGANIZATION/ENVIRONMENT, one for each content view environment
// (rhsm.md 4, katello.md 6); /ORGANIZATION alone when the host has none. No network, no
// repositories, and no news until the certificate is replaced.
//
// A path below another one is not in the certificate: Library stands for Library/web, too.
#pragma once

#include "certguard/lookup_source.hpp"

namespace certguard {

class CertificateSource final : public LookupSource {
  public:
    /// QUESTION needs the certificate_der, which must have been verified. Answers at once.
    std::unique_ptr<Pending> ask_host(const HostQuestion& question, Done<HostAnswer> done) override;
    std::unique_ptr<Pending> ask_environment(std::string_view key, Done<NameList> done) override;
    std::unique_ptr<Pending> ask_public(Done<NameList> done) override;
};

}  // namespace certguard
