#include "ruling.hpp"

#include "certguard/authorization_header.hpp"
#include "certguard/registry_guard.hpp"
#include "peer_certificate.hpp"
#include "worker.hpp"
#include "worker_lookups.hpp"

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
    ruling.ask_lookup = decision.ask_lookup;
    ruling.by_lookup = decision.by_lookup;
    return ruling;
}

Ruling ruling_of(RegistryRuling&& decided) {
    RegistryOutcome& outcome = decided.outcome;
    Ruling ruling;
    ruling.verdict = outcome.verdict;
    ruling.reason = outcome.reason;
    ruling.trusted = decided.trusted;
    ruling.message = std::move(outcome.message);
    ruling.by_lookup = outcome.by_lookup;
    ruling.drop_authorization = outcome.drop_authorization;
    switch (outcome.action) {
        case RegistryAction::pass:
        case RegistryAction::grant: break;
        case RegistryAction::filter_index: ruling.filter_index = true; break;
        case RegistryAction::ask_lookup: ruling.ask_lookup = true; break;
        case RegistryAction::answer:
            ruling.status = outcome.answer.status;
            ruling.answer = std::move(outcome.answer);
            break;
    }
    return ruling;
}

bool is_named(const ngx_table_elt_t& header, std::string_view name) noexcept {
    return header.key.len == name.size() &&
           ngx_strncasecmp(header.key.data, borrow(name).data, name.size()) == 0;
}

/// Reads what counts for a registry from the client's headers.
void read_headers(ngx_http_request_t* r, RegistryQuestion& question) {
    ngx_uint_t authorizations = 0;
    for (const ngx_list_part_t* part = &r->headers_in.headers.part; part != nullptr;
         part = part->next) {
        const auto* const headers = static_cast<const ngx_table_elt_t*>(part->elts);
        for (ngx_uint_t i = 0; i < part->nelts; ++i) {
            if (is_named(headers[i], "Authorization")) {
                // Of several, backends pick different ones: together they are a user's.
                question.authorization = ++authorizations == 1
                                             ? classify_authorization(view(headers[i].value))
                                             : Authorization::user;
            } else if (is_named(headers[i], "Docker-Distribution-Api-Version")) {
                question.speaks_v2 = question.speaks_v2 || view(headers[i].value) == "registry/2.0";
            }
        }
    }
    question.host = host_header(r);
}

/// A first look at what is remembered: cheaper than to decide, ask and decide again. What it finds
/// only counts when the certificate turns out to be good.
void look(RequestContext& context, const Guard& guard, std::string_view repository) {
    if (context.reply || context.certificate == nullptr || !context.certificate->host_uuid()) {
        return;
    }
    HostLookup* const lookup = worker_lookup(guard);
    if (lookup == nullptr) {
        return;
    }
    if (const auto known = lookup->peek(*context.certificate->host_uuid(), repository)) {
        context.reply.emplace(*known);
    }
}

}  // namespace

Ruling rule_on_content(ngx_http_request_t* r, const LocationConfiguration& location,
                       RequestContext& context) {
    const auto certificate = peer_certificate(r->connection, worker_certificates());
    if (!certificate) {
        return ruling_of(unreadable_certificate(certificate.error()));
    }
    context.certificate = *certificate;
    if (lookup_name(location.guard->settings) != nullptr) {
        look(context, *location.guard, {});
    }
    Request request;
    request.target = view(r->unparsed_uri);
    request.path = view(r->uri);
    request.can_pass = location.pass.data != nullptr;
    request.reply = context.reply ? &*context.reply : nullptr;
    Decision decision = decide(*location.guard, context.certificate.get(), request, ngx_time());
    const bool is_by_certificate = decision.verdict == Verdict::granted || decision.ask_lookup ||
                                   decision.reason == Reason::trusted_proxy;
    if (is_by_certificate && !context.located) {
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
    RegistryQuestion question;
    read_headers(r, question);
    const auto request =
        parse_registry_request(view(r->method_name), view(r->unparsed_uri), view(r->uri));
    if (!request) {
        RegistryRuling refused =
            refuse_registry_path(*location.guard, certificate, request.error(), ngx_time());
        refused.outcome.drop_authorization = question.authorization == Authorization::marker;
        return ruling_of(std::move(refused));
    }
    context.repository = request->repository;
    if (reads_repository(request->kind) && question.authorization != Authorization::user) {
        look(context, *location.guard, context.repository);
    }
    question.request = *request;
    question.can_pass = location.pass.data != nullptr;
    question.was_located = context.located;
    question.now = ngx_time();
    return ruling_of(decide_registry_guard(*location.guard, certificate, question,
                                           context.reply ? &*context.reply : nullptr));
}

}  // namespace certguard::ngx
