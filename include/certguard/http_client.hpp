// The seam to HTTP: one bounded GET at a time, answered as plain data.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace certguard {

struct HttpRequest {
    std::string url;  // absolute; percent-encoded by the caller
    std::vector<std::pair<std::string, std::string>> headers;
    std::size_t most_body_bytes = 0;  // a longer body ends in HttpResponse::Failure::too_large
};

struct HttpResponse {
    enum class Failure { none, timeout, connection, tls, too_large, overloaded, other };
    Failure failure = Failure::none;
    std::string message;  // what failed, one line, nothing secret; empty when Failure::none
    int status = 0;       // HTTP status; 0 when there was no answer
    std::string content_type;
    std::string link;  // the Link header, for paging
    std::string body;
};

class HttpClient {
  public:
    /// A request under way; destroying it cancels it, and DONE is not called any more.
    class Transfer {
      public:
        virtual ~Transfer() = default;
    };

    virtual ~HttpClient() = default;
    /// DONE is called exactly once, from the event loop, never from within get().
    virtual std::unique_ptr<Transfer> get(HttpRequest request,
                                          std::function<void(HttpResponse)> done) = 0;
};

}  // namespace certguard
