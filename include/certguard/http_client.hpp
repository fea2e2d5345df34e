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
    bool anonymous = false;           // without the settings' user and client certificate
    bool urgent = false;              // goes before others that wait for a connection
    std::size_t most_body_bytes = 0;  // a longer body ends in HttpResponse::Failure::too_large
};

/// Either an HTTP answer of any status, whole, or a failure: then MESSAGE alone says something and
/// all other fields are empty, so that nobody takes half an answer for one.
struct HttpResponse {
    enum class Failure {
        none,
        timeout,     // no whole answer in time
        connection,  // refused, unreachable, no known address, broken off
        tls,         // no trust in the server, or it has none in us
        too_large,   // over the request's byte budget, or too long a head
        overloaded,  // this side had no connection free; says nothing about the server
        other,       // a request that can't be sent, no memory, a broken protocol
    };
    Failure failure = Failure::none;
    std::string message;  // what failed, one line, without the URL, nothing secret; empty if none
    int status = 0;       // redirects come back as they are
    std::string content_type;
    std::string link;      // the Link header, for paging; several are joined by ", "
    std::string location;  // of a redirect, absolute, for messages; untrusted text
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
    /// DONE is called exactly once, from the event loop, never from within get(). It may make new
    /// requests, cancel any and destroy the client; it must not throw.
    virtual std::unique_ptr<Transfer> get(HttpRequest request,
                                          std::function<void(HttpResponse)> done) = 0;
};

}  // namespace certguard
