#include "catalog_question.hpp"

#include "certguard/limits.hpp"
#include "certguard/names.hpp"
#include "json.hpp"

namespace certguard {
namespace {

constexpr std::string_view kRefusedHint =
    "this Katello gives its catalog to nobody without a login; use source: foreman";
constexpr std::string_view kPublicRefusedHint =
    "Katello tells anybody which repositories are public, but something in front of it does not";

/// To Katello a certificate of no host is an administrator, who sees every repository. So none is
/// shown: neither this proxy's nor one of a proxy in between counts then (katello.md 1.2 and 1.6).
HttpRequest catalog_request(const std::string& url) {
    HttpRequest request = json_request(url);
    request.headers.emplace_back("X_RHSM_SSL_CLIENT_CERT", "(null)");
    return request;
}

}  // namespace

Result<NameList> read_catalog(std::string& body) {
    NameList names;
    bool has_list = false;
    bool is_too_long = false;
    const auto read_name = [&](json::Value& value) {
        const auto text = json::text(value);
        if (text && is_repository_name(*text)) {
            names.emplace_back(*text);
        }
        is_too_long = names.size() > limits::kAnswerNames;
        return !is_too_long;
    };
    const auto read_list = [&](json::Value& value) {
        has_list = true;
        return json::read_array(value, read_name);
    };
    const bool is_fit = json::read_document(body, json::Field{"repositories", read_list});
    if (is_too_long) {
        return Error{
            Reason::internal_error,
            "the answer has more than " + std::to_string(limits::kAnswerNames) + " repositories"};
    }
    if (!is_fit || !has_list) {
        return Error{Reason::internal_error, "the answer is not a registry's catalog in JSON"};
    }
    return sorted(std::move(names));
}

CatalogQuestion::CatalogQuestion(HttpClient& client, const std::string& url,
                                 LookupSource::Done<NameList> done)
    : HttpQuestion(client, std::move(done)), catalog_url_(url + "/v2/_catalog") {}

void CatalogQuestion::begin_host(std::string_view uuid) {
    // The UUID is enough; and a Katello before 4.18, which does not know it, sees nobody.
    HttpRequest request = catalog_request(catalog_url_);
    request.headers.emplace_back("HostUUID", uuid);
    get(std::move(request));
}

void CatalogQuestion::begin_public() {
    is_public_ = true;
    HttpRequest request = catalog_request(catalog_url_);
    request.anonymous = true;
    request.urgent = true;  // all hosts wait for it
    get(std::move(request));
}

CatalogQuestion::Step CatalogQuestion::receive(HttpResponse& response) {
    if (is_public_ && response.status == 404) {
        return answer_of(NameList());  // "Registry not configured": nothing to pull
    }
    if (auto failed = failure_of(response, url(), is_public_ ? kPublicRefusedHint : kRefusedHint)) {
        return answer_of<NameList>(std::move(*failed));
    }
    if (response.link.find("next") != std::string::npos) {
        return answer_of<NameList>(
            unreadable(response, url(), "a catalog in pages, which Katello never sends"));
    }
    Result<NameList> names = read_catalog(response.body);
    if (!names) {
        return answer_of<NameList>(unreadable(response, url(), names.error().message));
    }
    return answer_of(std::move(*names));
}

}  // namespace certguard
