#include "curl_multi.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "openssl_handles.hpp"

namespace certguard {

CurlMulti::CurlMulti(EventLoop& loop, Report report) : loop_(loop), report_(std::move(report)) {}

CurlMulti::~CurlMulti() {
    close();
}

std::shared_ptr<CurlMulti> CurlMulti::create(EventLoop& loop, std::size_t connections,
                                             Report report) {
    const std::shared_ptr<CurlMulti> multi(new CurlMulti(loop, std::move(report)));
    return multi->open(connections) ? multi : nullptr;
}

bool CurlMulti::open(std::size_t connections) {
    timer_ = loop_.timer([weak = weak_from_this()] {
        if (const auto multi = weak.lock()) {
            multi->act(CURL_SOCKET_TIMEOUT, 0);
        }
    });
    multi_ = ::curl_multi_init();
    if (multi_ == nullptr) {
        return false;
    }
    const auto most = static_cast<long>(connections);
    return ::curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &socket_callback) == CURLM_OK &&
           ::curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this) == CURLM_OK &&
           ::curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &timer_callback) == CURLM_OK &&
           ::curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this) == CURLM_OK &&
           ::curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, most) == CURLM_OK &&
           ::curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, most) == CURLM_OK &&
           ::curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_NOTHING) == CURLM_OK;
}

void CurlMulti::close() {
    timer_.reset();
    watches_.clear();
    if (multi_ == nullptr) {
        return;
    }
    const ErrorQueueGuard guard;
    ::curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, nullptr);
    ::curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, nullptr);
    for (CURL* const easy : easies_) {
        ::curl_multi_remove_handle(multi_, easy);
    }
    easies_.clear();
    unwatchable_.clear();
    ::curl_multi_cleanup(std::exchange(multi_, nullptr));
}

CURLcode CurlMulti::attach(CURL* easy) {
    const CURLcode result = ::curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
    return result != CURLE_OK
               ? result
               : ::curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &close_callback);
}

bool CurlMulti::add(CURL* easy) {
    const ErrorQueueGuard guard;
    if (multi_ == nullptr || ::curl_multi_add_handle(multi_, easy) != CURLM_OK) {
        return false;
    }
    easies_.insert(easy);
    return true;
}

void CurlMulti::remove(CURL* easy) {
    const ErrorQueueGuard guard;
    if (easies_.erase(easy) != 0) {
        ::curl_multi_remove_handle(multi_, easy);
    }
}

void CurlMulti::act(curl_socket_t socket, int events) {
    std::vector<Ended> ended;
    {
        const ErrorQueueGuard guard;
        int running = 0;
        in_timer_ = socket == CURL_SOCKET_TIMEOUT;
        ::curl_multi_socket_action(multi_, socket, events, &running);
        in_timer_ = false;
        collect(ended);
    }
    if (!ended.empty()) {
        report_(ended);
    }
}

void CurlMulti::collect(std::vector<Ended>& ended) {
    int left = 0;
    while (const CURLMsg* message = ::curl_multi_info_read(multi_, &left)) {
        if (message->msg == CURLMSG_DONE) {
            // The message is gone with the handle's removal.
            const Ended one{message->easy_handle, message->data.result, false};
            remove(one.easy);
            ended.push_back(one);
        }
    }
    for (CURL* const easy : std::exchange(unwatchable_, {})) {
        if (easies_.count(easy) != 0) {  // else it ended all the same
            remove(easy);
            ended.push_back({easy, CURLE_OK, true});
        }
    }
}

// One watch for a descriptor that libcurl may speak of again, remove, close and open anew under the
// same number, in any order; so there is no state in libcurl about it (curl_multi_assign).
void CurlMulti::watch(CURL* easy, curl_socket_t socket, int what) {
    if (what == CURL_POLL_REMOVE) {
        watches_.erase(socket);
        return;
    }
    const unsigned interest = (what & CURL_POLL_IN ? EventLoop::kRead : 0u) |
                              (what & CURL_POLL_OUT ? EventLoop::kWrite : 0u);
    if (!want(socket, interest)) {
        watches_.erase(socket);
        unwatchable_.push_back(easy);
    }
}

bool CurlMulti::want(curl_socket_t socket, unsigned interest) {
    auto& watch = watches_[socket];
    if (watch == nullptr) {
        watch = loop_.watch(socket, [weak = weak_from_this(), socket](unsigned ready) {
            const curl_socket_t fd = socket;  // the watch, and this capture, may end in act()
            if (const auto multi = weak.lock()) {
                multi->act(fd, (ready & EventLoop::kRead ? CURL_CSELECT_IN : 0) |
                                   (ready & EventLoop::kWrite ? CURL_CSELECT_OUT : 0));
            }
        });
    }
    return watch != nullptr && watch->want(interest);
}

// libcurl's frames are C: nothing may be thrown through them. An error that libcurl is told of here
// would end every transfer of the multi handle, so it is kept to the one that it is about.
int CurlMulti::socket_callback(CURL* easy, curl_socket_t socket, int what, void* self, void*) {
    auto* const multi = static_cast<CurlMulti*>(self);
    try {
        multi->watch(easy, socket, what);
    } catch (...) {
        // No memory: the transfer stands still until its time is over.
    }
    return 0;
}

int CurlMulti::timer_callback(CURLM*, long timeout_ms, void* self) {
    auto* const multi = static_cast<CurlMulti*>(self);
    if (multi->timer_ == nullptr) {
        return 0;
    }
    if (timeout_ms < 0) {
        multi->timer_->cancel();
        return 0;
    }
    // A loop may go on with timers until none is due: a chain of 0 ms would leave it no turn for
    // anything else.
    const long least = multi->in_timer_ ? 1 : 0;
    multi->timer_->set(static_cast<std::uint64_t>(std::max(timeout_ms, least)), false);
    return 0;
}

int CurlMulti::close_callback(void* self, curl_socket_t socket) {
    static_cast<CurlMulti*>(self)->watches_.erase(socket);
    return ::close(socket);
}

}  // namespace certguard
