#include "foreman_host_question.hpp"

#include "printable.hpp"

namespace certguard {
namespace {

std::string in_lower_case(std::string text) {
    for (char& c : text) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return text;
}

}  // namespace

ForemanHostQuestion::ForemanHostQuestion(ForemanServer& server, std::string uuid,
                                         LookupSource::Done<HostAnswer> done)
    : HttpQuestion(server.client, std::move(done)), server_(server), uuid_(std::move(uuid)) {}

void ForemanHostQuestion::begin() {
    get(server_.request("/api/v2/hosts?search=subscription_uuid%3D%22" + uuid_ + "%22&per_page=2"));
}

ForemanHostQuestion::Step ForemanHostQuestion::receive(HttpResponse& response) {
    // Only a label may be missing: the host is still what it is, its label stays unknown.
    if (awaited_ != Awaited::host && response.status == 404) {
        is_organization_known_ = awaited_ == Awaited::organization_label;
        labelled_ += awaited_ == Awaited::environment_label ? 1 : 0;
        return complete();
    }
    if (auto failed = server_.failure_of(response, url())) {
        return answer_of<HostAnswer>(std::move(*failed));
    }
    switch (awaited_) {
        case Awaited::host: return take_host(response);
        case Awaited::environment_label: return take_environment_label(response);
        case Awaited::organization_label: break;
    }
    return take_organization_label(response);
}

ForemanHostQuestion::Step ForemanHostQuestion::take_host(HttpResponse& response) {
    Result<foreman::HostsPage> page = foreman::read_hosts(response.body);
    if (!page) {
        return answer_of<HostAnswer>(server_.unreadable(response, url(), page.error()));
    }
    if (page->hosts.size() > 1 || page->subtotal.value_or(1) > 1) {
        return answer_of<HostAnswer>({LookupStatus::misconfigured,
                                      url() + ": more than one host has this subscription UUID; "
                                              "remove the wrong one from Foreman"});
    }
    if (page->hosts.empty() && page->subtotal.value_or(0) > 0) {
        return answer_of<HostAnswer>(server_.unreadable(
            response, url(), {Reason::internal_error, "the answer counts a host but has none"}));
    }
    if (page->hosts.empty()) {
        return answer_of<HostAnswer>(unknown_host(*page));
    }
    host_ = std::move(page->hosts.front());
    if (in_lower_case(host_.uuid) != uuid_) {
        return answer_of<HostAnswer>(
            {LookupStatus::misconfigured, url() + ": the answer is about the host " +
                                              quoted(host_.uuid) + ", which was not asked for"});
    }
    return complete();
}

Failed ForemanHostQuestion::unknown_host(const foreman::HostsPage& page) const {
    std::string message = url() + ": no such host, or none that the user " + quoted(server_.user) +
                          " may see (it needs view_hosts and the host's organization and location)";
    if (page.total == 0u) {
        message += "; the user sees no host at all";
    }
    return {LookupStatus::unknown_host, std::move(message)};
}

ForemanHostQuestion::Step ForemanHostQuestion::complete() {
    for (; labelled_ < host_.environments.size(); ++labelled_) {
        foreman::HostEnvironment& environment = host_.environments[labelled_];
        if (!environment.label.empty() || !environment.ids) {
            continue;
        }
        const std::string* label = server_.environments.find(*environment.ids);
        if (label == nullptr) {
            awaited_ = Awaited::environment_label;
            get(server_.urgent_request("/katello/api/v2/content_view_versions" +
                                       foreman::query_of(*environment.ids)));
            return std::nullopt;
        }
        environment.label = *label;
    }
    if (host_.organization_id && !is_organization_known_) {
        const std::string* label = server_.organizations.find(*host_.organization_id);
        if (label == nullptr) {
            awaited_ = Awaited::organization_label;
            // The list is cheap; a single organization makes Katello ask Candlepin and count hosts.
            get(server_.urgent_request("/katello/api/v2/organizations?per_page=all"));
            return std::nullopt;
        }
        organization_ = *label;
    }
    return completed();
}

ForemanHostQuestion::Step ForemanHostQuestion::take_environment_label(HttpResponse& response) {
    const foreman::EnvironmentIds ids = *host_.environments[labelled_].ids;
    Result<std::string> label = foreman::read_environment_label(response.body, ids);
    if (!label) {
        return answer_of<HostAnswer>(server_.unreadable(response, url(), label.error()));
    }
    if (!label->empty()) {
        server_.environments.remember(ids, *label);
    }
    host_.environments[labelled_++].label = std::move(*label);
    return complete();
}

ForemanHostQuestion::Step ForemanHostQuestion::take_organization_label(HttpResponse& response) {
    Result<std::string> label =
        foreman::read_organization_label(response.body, *host_.organization_id);
    if (!label) {
        return answer_of<HostAnswer>(server_.unreadable(response, url(), label.error()));
    }
    if (!label->empty()) {
        server_.organizations.remember(*host_.organization_id, *label);
    }
    organization_ = std::move(*label);
    is_organization_known_ = true;
    return complete();
}

ForemanHostQuestion::Step ForemanHostQuestion::completed() {
    HostAnswer answer;
    answer.organization = std::move(organization_);
    for (foreman::HostEnvironment& environment : host_.environments) {
        answer.environments.push_back({std::move(environment.label),
                                       environment.ids ? foreman::key_of(*environment.ids) : ""});
    }
    return answer_of(std::move(answer));
}

}  // namespace certguard
