// An HttpClient without a network: requests wait until run() answers them from a script.
//
// As the real one, it never answers from within get(), and takes a transfer that is destroyed in
// the middle of its own DONE.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "certguard/http_client.hpp"

namespace certguard {

inline HttpResponse http_answer(int status, std::string body,
                                std::string content_type = "application/json; charset=utf-8") {
    HttpResponse response;
    response.status = status;
    response.content_type = std::move(content_type);
    response.body = std::move(body);
    return response;
}

inline HttpResponse http_failure(HttpResponse::Failure failure, std::string message) {
    HttpResponse response;
    response.failure = failure;
    response.message = std::move(message);
    return response;
}

class ScriptedHttpClient final : public HttpClient {
  public:
    /// Requests whose URL holds PART are answered with RESPONSE; the part that was added first
    /// wins. A part that is added again has several answers: each is given once, the last one for
    /// good.
    void on(const std::string& part, HttpResponse response) {
        for (auto& [known, responses] : script_) {
            if (known == part) {
                responses.push_back(std::move(response));
                return;
            }
        }
        script_.push_back({part, {std::move(response)}});
    }

    std::unique_ptr<Transfer> get(HttpRequest request,
                                  std::function<void(HttpResponse)> done) override {
        requests.push_back(request);
        auto exchange = std::make_shared<Exchange>(Exchange{std::move(request), std::move(done)});
        waiting_.push_back(exchange);
        return std::make_unique<Running>(std::move(exchange));
    }

    /// Answers one request after the other until none waits; what is not in the script gets a 404.
    void run() {
        while (!waiting_.empty()) {
            const std::shared_ptr<Exchange> exchange = waiting_.front();
            waiting_.pop_front();
            if (exchange->done) {
                const auto done = std::move(exchange->done);
                exchange->done = nullptr;
                done(response_to(exchange->request.url));
            }
        }
    }

    /// Requests that nobody has cancelled or answered.
    std::size_t waiting() const {
        std::size_t count = 0;
        for (const auto& exchange : waiting_) {
            count += exchange->done ? 1 : 0;
        }
        return count;
    }

    std::vector<HttpRequest> requests;  // all that were ever made

    std::vector<std::string> urls() const {
        std::vector<std::string> urls;
        for (const HttpRequest& request : requests) {
            urls.push_back(request.url);
        }
        return urls;
    }

  private:
    struct Exchange {
        HttpRequest request;
        std::function<void(HttpResponse)> done;  // empty once answered or cancelled
    };
    class Running final : public Transfer {
      public:
        explicit Running(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
        ~Running() override { exchange_->done = nullptr; }

      private:
        std::shared_ptr<Exchange> exchange_;
    };

    HttpResponse response_to(const std::string& url) {
        for (auto& [part, responses] : script_) {
            if (url.find(part) != std::string::npos) {
                HttpResponse response = responses.front();
                if (responses.size() > 1) {
                    responses.pop_front();
                }
                return response;
            }
        }
        return http_answer(404, "{}");
    }

    std::vector<std::pair<std::string, std::deque<HttpResponse>>> script_;
    std::deque<std::shared_ptr<Exchange>> waiting_;
};

}  // namespace certguard
