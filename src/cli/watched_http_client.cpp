#include "cli/watched_http_client.hpp"

#include <utility>

namespace certguard::cli {

std::unique_ptr<HttpClient::Transfer> WatchedHttpClient::get(
    HttpRequest request, std::function<void(HttpResponse)> done) {
    if (inner_ == nullptr) {
        return nullptr;
    }
    const std::size_t index = exchanges_.size();
    exchanges_.push_back({request.url, 0, "no answer in time", 0});
    const auto note = [this, index, began = loop_.now_ms(),
                       done = std::move(done)](HttpResponse response) {
        Exchange& exchange = exchanges_[index];
        exchange.status = response.status;
        exchange.problem = response.message;
        exchange.ms = loop_.now_ms() - began;
        done(std::move(response));
    };
    return inner_->get(std::move(request), note);
}

}  // namespace certguard::cli
