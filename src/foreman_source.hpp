// LookupSourceType::foreman: Foreman's API tells a host's content view environments, Katello's the
// repositories in one. Needs a user with view_hosts, view_content_views,
// view_lifecycle_environments, view_products and view_organizations, in the hosts' organizations
// and locations. For Katello 4.8 to 5.0, and for older ones as katello.md 3.3 describes them.
//
// A host's organization label, and before Katello 4.14 its environments' labels, are not in the
// host's JSON. They are asked for beside it and remembered by their ids, as neither ever changes.
// A label that Katello does not give away (404) is left empty.
//
// Public names: the registry's catalog as anybody sees it, see catalog_question.hpp.
#pragma once

#include "certguard/lookup_settings.hpp"
#include "foreman_server.hpp"

namespace certguard {

class ForemanSource final : public LookupSource {
  public:
    ForemanSource(const LookupSettings& settings, HttpClient& client);

    std::unique_ptr<Pending> ask_host(const HostQuestion& question, Done<HostAnswer> done) override;
    /// KEY: see foreman_ids.hpp.
    std::unique_ptr<Pending> ask_environment(std::string_view key, Done<NameList> done) override;
    std::unique_ptr<Pending> ask_public(Done<NameList> done) override;

  private:
    ForemanServer server_;
};

}  // namespace certguard
