// libcurl's multi interface, driven by an EventLoop. Knows nothing of requests and answers: easy
// handles come in and go out.
//
// libcurl calls back from within its functions, and nothing of libcurl may be called from there:
// the callbacks here only touch watches and the timer. Ended handles are reported from the loop,
// when libcurl's functions have returned, so the report may add, remove and close.
#pragma once

#include <curl/curl.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "certguard/event_loop.hpp"

namespace certguard {

class CurlMulti : public std::enable_shared_from_this<CurlMulti> {
  public:
    struct Ended {
        CURL* easy;  // out of the multi handle again
        CURLcode result;
        bool unwatchable;  // the loop could not watch its socket; RESULT says nothing
    };
    using Report = std::function<void(const std::vector<Ended>&)>;

    /// Null without memory. CONNECTIONS: at most, open or idle. REPORT must not own the CurlMulti.
    static std::shared_ptr<CurlMulti> create(EventLoop& loop, std::size_t connections,
                                             Report report);
    ~CurlMulti();
    CurlMulti(const CurlMulti&) = delete;
    CurlMulti& operator=(const CurlMulti&) = delete;

    /// Lets libcurl close EASY's sockets only after the loop has stopped to watch them. For every
    /// handle, before add().
    CURLcode attach(CURL* easy);
    [[nodiscard]] bool add(CURL* easy);
    /// Aborts EASY unless it has ended; it is not reported any more.
    void remove(CURL* easy);
    /// Aborts all handles, ends all watches and the timer and closes all connections.
    void close();

  private:
    CurlMulti(EventLoop& loop, Report report);
    bool open(std::size_t connections);
    void act(curl_socket_t socket, int events);
    void collect(std::vector<Ended>& ended);
    void watch(CURL* easy, curl_socket_t socket, int what);
    bool want(curl_socket_t socket, unsigned interest);

    static int socket_callback(CURL* easy, curl_socket_t socket, int what, void* self, void*);
    static int timer_callback(CURLM*, long timeout_ms, void* self);
    static int close_callback(void* self, curl_socket_t socket);

    EventLoop& loop_;
    Report report_;
    CURLM* multi_ = nullptr;
    std::unique_ptr<EventLoop::Timer> timer_;
    std::unordered_map<curl_socket_t, std::unique_ptr<EventLoop::Watch>> watches_;
    std::unordered_set<CURL*> easies_;  // libcurl has handles of its own, too
    std::vector<CURL*> unwatchable_;
    bool in_timer_ = false;
};

}  // namespace certguard
