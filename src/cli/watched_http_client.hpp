// An HttpClient that notes what another one does, for people who want to see whom a lookup asks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "certguard/event_loop.hpp"
#include "certguard/http_client.hpp"

namespace certguard::cli {

/// One GET. Its answer's body is nobody's to see: /rhsm/consumers sends private keys.
struct Exchange {
    std::string url;
    int status = 0;        // of HTTP; 0 when there was no answer
    std::string problem;   // why there was none
    std::uint64_t ms = 0;  // until the answer
};

class WatchedHttpClient final : public HttpClient {
  public:
    /// INNER may be null, for a source that asks nobody. LOOP and INNER must outlive the client.
    WatchedHttpClient(HttpClient* inner, const EventLoop& loop) : inner_(inner), loop_(loop) {}

    std::unique_ptr<Transfer> get(HttpRequest request,
                                  std::function<void(HttpResponse)> done) override;

    /// In the order in which they were asked.
    const std::vector<Exchange>& exchanges() const noexcept { return exchanges_; }

  private:
    HttpClient* inner_;
    const EventLoop& loop_;
    std::vector<Exchange> exchanges_;
};

}  // namespace certguard::cli
