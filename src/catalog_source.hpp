// LookupSourceType::catalog: the registry's catalog for one host, as the capsule's gateway asks for
// it, without credentials. For Katello 4.18 and later (katello.md 2.2 and 3.1 A).
//
// Katello answers for a host it does not know as it does for anybody, with the public names or with
// none. So this source never says unknown_host: an unknown host is one with nothing of its own.
#pragma once

#include <string>

#include "certguard/http_client.hpp"
#include "certguard/lookup_settings.hpp"
#include "certguard/lookup_source.hpp"

namespace certguard {

class CatalogSource final : public LookupSource {
  public:
    CatalogSource(const LookupSettings& settings, HttpClient& client);

    std::unique_ptr<Pending> ask_host(const HostQuestion& question, Done<HostAnswer> done) override;
    /// No environments, so none has a key.
    std::unique_ptr<Pending> ask_environment(std::string_view key, Done<NameList> done) override;
    std::unique_ptr<Pending> ask_public(Done<NameList> done) override;

  private:
    HttpClient& client_;
    std::string url_;
};

}  // namespace certguard
