#include "ruling.hpp"

#include <vector>

#include "certguard/authorization_header.hpp"
#include "certguard/registry_guard.hpp"
#include "peer_certificate.hpp"
#include "worker.hpp"

namespace certguard::ngx {
namespace {

Ruling ruling_of(Decision&& decision) {
    Ruling ruling;
    ruling.verdict = decision.verdict;
    ruling.reason = decision.reason;
    ruling.trusted = decision.trusted;
    ruling.message = std::move(decision.message);
    ruling.status = decision.status;
    ruling.retry_after = decision.retry_after;
    if (decision.ask_lookup) {
        ruling.ask = HostNeed::is_known;
    }
    return ruling;
}

Ruling ruling_of(RegistryRuling&& decided, RegistryKind kind) {
    RegistryOutcome& outcome = decided.outcome;
    Ruling ruling;
    ruling.verdict = outcome.verdict;
    ruling.reason = outcome.reason;
    ruling.trusted = decided.trusted;
    ruling.message = std::move(outcome.message);
    ruling.drop_authorization = outcome.drop_authorization;
    switch (outcome.action) {
        case RegistryAction::pass:
        case RegistryAction::grant: break;
        case RegistryAction::filter_index: ruling.filter_index = true; break;
        case RegistryAction::ask_lookup:
            ruling.ask = reads_repository(kind) ? HostNeed::one_repository : HostNeed::all_names;
            break;
        case RegistryAction::answer:
            ruling.status = outcome.answer.status;
            ruling.answer = std::move(outcome.answer);
            break;
    }
    return ruling;
}

template <class Visit>
void for_each_header(const ngx_list_t& list, Visit&& visit) {
    for (const ngx_list_part_t* part = &list.part; part != nullptr; part = part->next) {
        const auto* const headers = static_cast<const ngx_table_elt_t*>(part->elts);
        for (ngx_uint_t i = 0; i < part->nelts; ++i) {
            visit(headers[i]);
        }
    }
}

bool is_named(const ngx_table_elt_t& header, std::string_view name) noexcept {
    return header.key.len == name.size() &&
           ngx_strncasecmp(header.key.data, borrow(name).data, name.size()) == 0;
}

Authorization authorization_of(ngx_http_request_t* r) {
    std::vector<std::string_view> values;
    for_each_header(r->headers_in.headers, [&](const ngx_table_elt_t& header) {
        if (is_named(header, "Authorization")) {
            values.push_back(view(header.value));
        }
    });
    return classify_authorization(values);
}

bool speaks_registry_v2(ngx_http_request_t* r) {
    bool found = false;
    for_each_header(r->headers_in.headers, [&](const ngx_table_elt_t& header) {
        found = found || (is_named(header, "Docker-Distribution-Api-Version") &&
                          view(header.value) == "registry/2.0");
    });
    return found;
}

}  // namespace

Ruling rule_on_content(ngx_http_request_t* r, const LocationConfiguration& location,
                       RequestContext& context) {
    const auto certificate = peer_certificate(r->connection, worker_certificates());
    if (!certificate) {
        return ruling_of(unreadable_certificate(certificate.error()));
    }
    context.certificate = *certificate;
    Request request;
    request.target = view(r->unparsed_uri);
    request.path = view(r->uri);
    request.can_pass = location.pass.data != nullptr;
    request.reply = context.reply ? &*context.reply : nullptr;
    Decision decision = decide(*location.guard, context.certificate.get(), request, ngx_time());
    if ((decision.verdict == Verdict::granted || decision.ask_lookup) && !context.located) {
        // The client has not come through the location that its path belongs to, nor its guard.
        return ruling_of(refused_by_server());
    }
    return ruling_of(std::move(decision));
}

Ruling rule_on_registry(ngx_http_request_t* r, const LocationConfiguration& location,
                        RequestContext& context) {
    const auto certificate = peer_certificate(r->connection, worker_certificates());
    if (certificate) {
        context.certificate = *certificate;
    }
    const auto request =
        parse_registry_request(view(r->method_name), view(r->unparsed_uri), view(r->uri));
    if (!request) {
        RegistryRuling refused;
        refused.outcome = refuse_registry_path(request.error());
        refused.outcome.drop_authorization = authorization_of(r) == Authorization::marker;
        return ruling_of(std::move(refused), RegistryKind::unknown);
    }
    context.repository = request->repository;
    RegistryQuestion question;
    question.request = *request;
    if (r->headers_in.host != nullptr) {
        question.host = view(r->headers_in.host->value);
    }
    question.speaks_v2 = speaks_registry_v2(r);
    question.can_pass = location.pass.data != nullptr;
    question.was_located = context.located;
    question.authorization = authorization_of(r);
    question.now = ngx_time();
    return ruling_of(decide_registry_guard(*location.guard, certificate, question,
                                           context.reply ? &*context.reply : nullptr),
                     request->kind);
}

}  // namespace certguard::ngx
