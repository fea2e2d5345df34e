// One GET on a libcurl easy handle: all of its options, what has come back so far, and what that
// means.
#pragma once

#include <curl/curl.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "certguard/http_client.hpp"
#include "certguard/origin.hpp"
#include "certguard/result.hpp"
#include "tls_identity.hpp"

namespace certguard {

struct CurlSlistFree {
    void operator()(curl_slist* list) const noexcept { ::curl_slist_free_all(list); }
};
using CurlSlist = std::unique_ptr<curl_slist, CurlSlistFree>;

struct CurlEasyFree {
    void operator()(CURL* easy) const noexcept { ::curl_easy_cleanup(easy); }
};
using CurlEasy = std::unique_ptr<CURL, CurlEasyFree>;

/// What all requests of a client share. Must outlive them, and does not change.
struct CurlSettings {
    Origin origin;
    TlsIdentity identity;
    std::string user;
    std::string password;
    std::chrono::milliseconds connect_timeout{0};
};

class CurlRequest {
  public:
    /// Wipes the body unless it was taken.
    ~CurlRequest();
    CurlRequest(const CurlRequest&) = delete;
    CurlRequest& operator=(const CurlRequest&) = delete;

    /// RESOLVE: for CURLOPT_RESOLVE, may be null. REQUEST must have passed request_problem().
    static Result<std::unique_ptr<CurlRequest>> make(const CurlSettings& settings,
                                                     std::shared_ptr<curl_slist> resolve,
                                                     const HttpRequest& request);

    CURL* handle() const noexcept { return easy_.get(); }

    /// The outcome once libcurl is done with the handle. Empties this object.
    HttpResponse take(CURLcode result);
    /// The outcome when the handle was taken away from libcurl after LIMIT.
    HttpResponse timed_out(std::chrono::milliseconds limit) const;

  private:
    enum class Abort { none, body, head, memory };

    CurlRequest(const CurlSettings& settings, const HttpRequest& request);
    CURLcode set_options(const HttpRequest& request);
    CURLcode set_tls_options(bool anonymous);
    bool set_headers(const HttpRequest& request);
    std::size_t receive_head(std::string_view line);
    std::size_t receive_body(std::string_view bytes);
    HttpResponse failed(CURLcode result) const;
    static HttpResponse failed(HttpResponse::Failure failure, const std::string& message);
    std::string words(CURLcode result) const;

    static std::size_t head_callback(char* bytes, std::size_t size, std::size_t count, void* self);
    static std::size_t body_callback(char* bytes, std::size_t size, std::size_t count, void* self);

    const CurlSettings& settings_;
    std::size_t most_body_bytes_;
    std::size_t head_bytes_ = 0;
    bool head_is_whole_ = false;
    Abort abort_ = Abort::none;
    HttpResponse response_;
    std::array<char, CURL_ERROR_SIZE> error_{};
    CurlSlist headers_;
    std::shared_ptr<curl_slist> resolve_;
    CurlEasy easy_;  // the last: it refers to the others
};

/// Why REQUEST can't be sent to ORIGIN, in words; empty when it can.
std::string request_problem(const Origin& origin, const HttpRequest& request);

}  // namespace certguard
