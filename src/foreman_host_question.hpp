// One host's organization and environments, asked of Foreman: its row in /api/v2/hosts, then the
// labels that are missing there and not remembered yet.
#pragma once

#include <string>
#include <vector>

#include "foreman_server.hpp"

namespace certguard {

class ForemanHostQuestion final : public HttpQuestion<HostAnswer> {
  public:
    /// UUID must be one, see is_host_uuid(). SERVER must outlive the question.
    ForemanHostQuestion(ForemanServer& server, std::string uuid,
                        LookupSource::Done<HostAnswer> done);
    void begin();

  private:
    enum class Awaited { host, environment_label, organization_label };

    Step receive(HttpResponse& response) override;
    Step take_host(HttpResponse& response);
    Step take_environment_label(HttpResponse& response);
    Step take_organization_label(HttpResponse& response);
    /// Asks for the next label that is missing; the answer when none is.
    Step complete();
    Step completed();
    Failed unknown_host(const foreman::HostsPage& page) const;

    ForemanServer& server_;
    std::string uuid_;
    Awaited awaited_ = Awaited::host;
    foreman::Host host_;
    std::size_t labelled_ = 0;  // environments of host_ whose label needs no asking
    std::string organization_;
    bool is_organization_known_ = false;
};

}  // namespace certguard
