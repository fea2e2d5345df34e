// The container repositories in one content view environment, asked of Katello: one request, or
// pages of them should Katello not give everything at once.
#pragma once

#include "foreman_server.hpp"

namespace certguard {

class ForemanEnvironmentQuestion final : public HttpQuestion<NameList> {
  public:
    /// SERVER must outlive the question.
    ForemanEnvironmentQuestion(const ForemanServer& server, foreman::EnvironmentIds ids,
                               LookupSource::Done<NameList> done);
    void begin();

  private:
    Step receive(HttpResponse& response) override;
    /// Why PAGE can't be part of the answer; empty when it can.
    std::string problem_of(const foreman::RepositoriesPage& page) const;
    void ask_next_page();

    const ForemanServer& server_;
    foreman::EnvironmentIds ids_;
    std::size_t pages_ = 0;
    std::size_t page_size_ = 0;  // rows that Katello puts into one page
    std::size_t rows_ = 0;
    NameList previous_;  // page
    NameList names_;     // of the pages before it
};

}  // namespace certguard
