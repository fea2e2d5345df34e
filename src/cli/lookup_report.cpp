#include "cli/lookup_report.hpp"

namespace certguard::cli {
namespace {

std::string joined(const std::vector<std::string>& labels) {
    std::string text;
    for (const std::string& label : labels) {
        text += (text.empty() ? "" : ", ") + label;
    }
    return text.empty() ? "none" : text;
}

std::string counted(std::size_t number, const std::string& one, const std::string& more) {
    return std::to_string(number) + ' ' + (number == 1 ? one : more);
}

/// What the answer says of a known host.
std::string facts_of(const LookupSettings& settings, const LookupAnswer& answer) {
    const HostAccess& access = *answer.result.access;
    std::string facts = "known";
    if (!access.organization().empty()) {
        facts += ", of organization " + access.organization();
    }
    if (tells_environments(settings.source)) {
        facts += "; environments: " + joined(labels_of(access));
    }
    if (tells_repositories(settings.source)) {
        facts += "; " + counted(access.own_names().size(), "repository", "repositories") + ", " +
                 counted(answer.public_names().size(), "public one", "public ones");
    }
    return facts;
}

}  // namespace

bool needs_certificate(LookupSourceType source) noexcept {
    return source == LookupSourceType::consumer || source == LookupSourceType::certificate;
}

bool tells_environments(LookupSourceType source) noexcept {
    return source != LookupSourceType::catalog;
}

bool tells_repositories(LookupSourceType source) noexcept {
    return !needs_certificate(source);
}

std::string in_words(const LookupSettings& settings, const Exchange& exchange) {
    const bool is_of_server = exchange.url.compare(0, settings.url.size(), settings.url) == 0;
    return "GET " + exchange.url.substr(is_of_server ? settings.url.size() : 0) + " -> " +
           (exchange.status != 0 ? std::to_string(exchange.status) : exchange.problem) + ", " +
           std::to_string(exchange.ms) + " ms";
}

std::vector<std::string> steps_of(const LookupSettings& settings, const LookupAnswer& answer) {
    const std::string name = "lookup " + settings.name + ": ";
    std::vector<std::string> steps;
    for (const Exchange& exchange : answer.exchanges) {
        steps.push_back(name + in_words(settings, exchange));
    }
    const std::string what = answer.result.outcome == LookupOutcome::known
                                 ? facts_of(settings, answer)
                                 : std::string(answer.word()) + ", " + answer.result.message;
    steps.push_back(name + what + " (" + std::string(source_word(settings.source)) + ", " +
                    std::to_string(answer.ms) + " ms)");
    return steps;
}

std::vector<std::string> labels_of(const HostAccess& access) {
    std::vector<std::string> labels;
    for (const EnvironmentRef& environment : access.environments()) {
        labels.push_back(environment.label.empty() ? "(of unknown label)" : environment.label);
    }
    return labels;
}

void write_requests(const std::vector<Exchange>& exchanges, JsonWriter& json) {
    json.key("requests").begin_array();
    for (const Exchange& exchange : exchanges) {
        json.begin_object().member("url", exchange.url);
        exchange.status != 0 ? json.member("status", std::int64_t{exchange.status})
                             : json.key("status").null();
        json.member_or_null("problem", exchange.problem)
            .member("milliseconds", static_cast<std::int64_t>(exchange.ms))
            .end_object();
    }
    json.end_array();
}

}  // namespace certguard::cli
