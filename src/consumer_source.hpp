// LookupSourceType::consumer: what Candlepin behind Katello says about a host that shows its
// certificate: organization and environments, or that it is gone. No repositories.
//
// What Katello takes the certificate for: katello.md 3.5. See consumer_question.hpp for the private
// key in the answer.
#pragma once

#include <string>

#include "certguard/http_client.hpp"
#include "certguard/lookup_settings.hpp"
#include "certguard/lookup_source.hpp"

namespace certguard {

class ConsumerSource final : public LookupSource {
  public:
    ConsumerSource(const LookupSettings& settings, HttpClient& client);

    /// QUESTION needs the certificate_pem.
    std::unique_ptr<Pending> ask_host(const HostQuestion& question, Done<HostAnswer> done) override;
    std::unique_ptr<Pending> ask_environment(std::string_view key, Done<NameList> done) override;
    std::unique_ptr<Pending> ask_public(Done<NameList> done) override;

  private:
    HttpClient& client_;
    std::string url_;
};

}  // namespace certguard
