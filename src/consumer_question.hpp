// One host's organization and environments, asked of Candlepin behind Katello: GET
// /rhsm/consumers/UUID with the host's own certificate (katello.md 3.5).
//
// The answer holds the host's private key. It is skipped in place, and the body is overwritten
// before anything else happens; nothing of it ever gets into a message.
#pragma once

#include <string>

#include "certguard/result.hpp"
#include "http_question.hpp"

namespace certguard {

struct Consumer {
    std::string uuid;
    std::string organization;
    std::vector<std::string> environments;  // labels
};

/// Reads and wipes BODY.
Result<Consumer> read_consumer(std::string& body);

class ConsumerQuestion final : public HttpQuestion<HostAnswer> {
  public:
    /// UUID must be one, see is_host_uuid(). CERTIFICATE: one line of PEM.
    ConsumerQuestion(HttpClient& client, const std::string& url, std::string uuid,
                     LookupSource::Done<HostAnswer> done);
    void begin(std::string certificate);

  private:
    Step receive(HttpResponse& response) override;

    std::string consumer_url_;
    std::string uuid_;
};

}  // namespace certguard
