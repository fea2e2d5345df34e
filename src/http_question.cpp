#include "http_question.hpp"

#include "certguard/limits.hpp"
#include "printable.hpp"

namespace certguard {
namespace {

std::string transport_hint(HttpResponse::Failure failure) {
    switch (failure) {
        case HttpResponse::Failure::tls: return "; check the lookup's url, ca, certificate and key";
        case HttpResponse::Failure::connection: return "; check the lookup's url";
        case HttpResponse::Failure::too_large:
            return "; at most " + std::to_string(limits::kAnswerBytes) + " bytes are read";
        case HttpResponse::Failure::none:
        case HttpResponse::Failure::timeout:
        case HttpResponse::Failure::overloaded:
        case HttpResponse::Failure::other: break;
    }
    return {};
}

/// The web server's words for an application that is not there.
bool is_gateway_error(int status) noexcept {
    return status >= 502 && status <= 504;
}

std::string status_hint(const HttpResponse& response) {
    if (response.status >= 300 && response.status < 400) {
        return ", a redirect, which is not followed; check the lookup's url";
    }
    if (response.status == 404) {
        return ", so this is not the server that the lookup's source needs; check its url";
    }
    return {};
}

}  // namespace

HttpRequest json_request(std::string url) {
    HttpRequest request;
    request.url = std::move(url);
    request.headers.emplace_back("Accept", "application/json");
    request.most_body_bytes = limits::kAnswerBytes;
    return request;
}

std::optional<Failed> failure_of(const HttpResponse& response, const std::string& url,
                                 std::string_view refused, const std::string& words) {
    if (response.failure != HttpResponse::Failure::none) {
        const bool too_large = response.failure == HttpResponse::Failure::too_large;
        return Failed{too_large ? LookupStatus::failed : LookupStatus::unavailable,
                      url + ": " + printable(response.message) + transport_hint(response.failure)};
    }
    const std::string status =
        url + ": HTTP " + std::to_string(response.status) + (words.empty() ? "" : ", " + words);
    if (response.status == 401 || response.status == 403) {
        return Failed{LookupStatus::refused, status + "; " + std::string(refused)};
    }
    if (response.status != 200) {
        return Failed{
            is_gateway_error(response.status) ? LookupStatus::unavailable : LookupStatus::failed,
            status + status_hint(response)};
    }
    return std::nullopt;
}

Failed unreadable(const HttpResponse& response, const std::string& url, std::string_view problem) {
    return {LookupStatus::failed, url + ": " + std::string(problem) + " (Content-Type " +
                                      quoted(response.content_type) + ")"};
}

}  // namespace certguard
