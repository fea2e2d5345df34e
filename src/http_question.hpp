// What the sources that ask over HTTP share: a question that takes one answer after the other until
// it knows its own, and what an answer other than 200 means (DESIGN.md 5, katello.md 3.6).
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "answers.hpp"
#include "certguard/http_client.hpp"

namespace certguard {

/// A question of one or more GETs, one at a time.
template <class T>
class HttpQuestion : public LookupSource::Pending {
  public:
    using Step = std::optional<Answer<T>>;

  protected:
    HttpQuestion(HttpClient& client, LookupSource::Done<T> done)
        : client_(client), done_(std::move(done)) {}

    /// The response comes to receive().
    void get(HttpRequest request) {
        url_ = request.url;
        transfer_ = client_.get(std::move(request),
                                [this](HttpResponse response) { take(std::move(response)); });
    }

    /// The answer; or nothing, after another get().
    virtual Step receive(HttpResponse& response) = 0;

    /// What was asked last.
    const std::string& url() const noexcept { return url_; }

  private:
    void take(HttpResponse response) noexcept {
        Step step;
        try {
            step = receive(response);
        } catch (const std::exception&) {
            step = Answer<T>{LookupStatus::unavailable, {}, "out of memory"};
        }
        if (step) {
            // The question may be gone when DONE returns.
            const LookupSource::Done<T> done = std::move(done_);
            done(std::move(*step));
        }
    }

    HttpClient& client_;
    LookupSource::Done<T> done_;
    std::string url_;
    std::unique_ptr<HttpClient::Transfer> transfer_;
};

/// A GET for JSON of at most limits::kAnswerBytes.
HttpRequest json_request(std::string url);

/// Why RESPONSE to URL is no answer; nothing when it is a 200. REFUSED: what an admin should check
/// after 401 and 403. WORDS: what the server itself said, quoted, or nothing.
std::optional<Failed> failure_of(const HttpResponse& response, const std::string& url,
                                 std::string_view refused, const std::string& words = {});

/// A 200 that can't be read, because of PROBLEM.
Failed unreadable(const HttpResponse& response, const std::string& url, std::string_view problem);

}  // namespace certguard
