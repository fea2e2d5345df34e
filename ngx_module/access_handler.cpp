#include "access_handler.hpp"

#include <string>

#include "answer.hpp"
#include "configuration.hpp"
#include "host_question.hpp"
#include "identity_strip.hpp"
#include "index_filter.hpp"
#include "peer_certificate.hpp"
#include "request_context.hpp"
#include "request_headers.hpp"
#include "ruling.hpp"
#include "worker.hpp"

namespace certguard::ngx {
namespace {

/// The location that the request was handed to is not guarded a second time; wherever it is
/// redirected from there, it is.
bool is_where_it_was_passed(ngx_http_request_t* r, const RequestContext& context) noexcept {
    const auto* const core = static_cast<const ngx_http_core_loc_conf_t*>(
        ngx_http_get_module_loc_conf(r, ngx_http_core_module));
    // By name: the configurations of `if` and limit_except inside it carry no other mark.
    return context.passed_to.data != nullptr && view(core->name) == view(context.passed_to);
}

ngx_int_t add_retry_after(ngx_http_request_t* r, unsigned seconds) noexcept {
    auto* const text = static_cast<u_char*>(ngx_pnalloc(r->pool, NGX_INT32_LEN));
    if (text == nullptr) {
        return NGX_ERROR;
    }
    const u_char* const end = ngx_sprintf(text, "%ui", static_cast<ngx_uint_t>(seconds));
    const ngx_str_t value{static_cast<std::size_t>(end - text), text};
    return add_response_header(r, "Retry-After", view(value)) != nullptr ? NGX_OK : NGX_ERROR;
}

/// Will nginx answer STATUS by an error_page of this location?
bool has_error_page(ngx_http_request_t* r, ngx_int_t status) noexcept {
    const auto* const core = static_cast<const ngx_http_core_loc_conf_t*>(
        ngx_http_get_module_loc_conf(r, ngx_http_core_module));
    if (r->error_page || core->error_pages == nullptr) {
        return false;
    }
    const auto* const pages = static_cast<const ngx_http_err_page_t*>(core->error_pages->elts);
    for (ngx_uint_t i = 0; i < core->error_pages->nelts; ++i) {
        if (pages[i].status == status) {
            return true;
        }
    }
    return false;
}

/// May another access rule still let a refused request in?
bool may_satisfy_any(ngx_http_request_t* r, ngx_int_t status) noexcept {
    const auto* const core = static_cast<const ngx_http_core_loc_conf_t*>(
        ngx_http_get_module_loc_conf(r, ngx_http_core_module));
    return core->satisfy == NGX_HTTP_SATISFY_ANY &&
           (status == NGX_HTTP_FORBIDDEN || status == NGX_HTTP_UNAUTHORIZED);
}

/// One line for the admin. nginx appends the client, the request and the server.
void log_refusal(ngx_http_request_t* r, const RequestContext& context, const Ruling& ruling) {
    const std::string who = context.certificate == nullptr
                                ? std::string("no certificate")
                                : context.certificate->certificate().subject();
    const ngx_str_t guard = borrow(context.guard->settings.name);
    const ngx_str_t subject = borrow(who);
    const ngx_str_t reason = borrow(reason_word(ruling.reason));
    const ngx_str_t message = borrow(ruling.message);
    ngx_log_error(NGX_LOG_WARN, r->connection->log, 0, "certguard: guard \"%V\" %s \"%V\": %V: %V",
                  &guard, context.audited ? "would refuse" : "refused", &subject, &reason,
                  &message);
}

ngx_int_t refuse(ngx_http_request_t* r, const LocationConfiguration& location,
                 RequestContext& context, Ruling& ruling) {
    log_refusal(r, context, ruling);
    if (context.audited) {
        context.pass_to = location.pass;
        return NGX_DECLINED;
    }
    if (ruling.answer) {
        // The response refers to it to its end, also when an error page takes its place.
        const auto* const kept = pool_new<RegistryAnswer>(r->pool, std::move(*ruling.answer));
        if (kept == nullptr) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
        const RegistryAnswer& answer = *kept;
        if (!has_error_page(r, answer.status) && !may_satisfy_any(r, answer.status)) {
            return send_answer(r, answer);
        }
        return add_answer_headers(r, answer) == NGX_OK ? answer.status
                                                       : NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    if (ruling.verdict == Verdict::unavailable &&
        add_retry_after(r, ruling.retry_after) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    return ruling.status;
}

ngx_int_t grant(ngx_http_request_t* r, const LocationConfiguration& location,
                RequestContext& context, Ruling& ruling) {
    const bool in_audit = location.mode == kModeAudit;
    if (ruling.answer) {
        // What certguard would answer itself is the backend's as long as it only watches.
        if (in_audit) {
            context.pass_to = location.pass;
            return NGX_DECLINED;
        }
        context.answer = pool_new<RegistryAnswer>(r->pool, std::move(*ruling.answer));
        return context.answer != nullptr ? NGX_OK : NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    if (ruling.filter_index && !in_audit && prepare_index(r, context) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    if (location.forward_header.len == 0) {
        return NGX_OK;
    }
    const ngx_int_t rc = append_request_header(
        r, location.forward_header, location.forward_header_lowcase, location.forward_header_hash,
        borrow(context.certificate->urlencoded_pem()));
    return rc == NGX_OK ? NGX_OK : NGX_HTTP_INTERNAL_SERVER_ERROR;
}

Counted counted_as(const RequestContext& context) noexcept {
    if (context.audited) {
        return Counted::audit_denied;
    }
    switch (context.verdict) {
        case Verdict::granted: return Counted::granted;
        case Verdict::passed: return Counted::passed;
        case Verdict::denied: return Counted::denied;
        case Verdict::unavailable: break;
    }
    return Counted::unavailable;
}

void count(const RequestContext& context) noexcept {
    WorkerCounters* const counters = worker_counters();
    if (counters == nullptr) {
        return;
    }
    counters->count(*context.guard, counted_as(context), context.reason);
    if (context.reply) {
        counters->count(*context.guard, context.reply->how);
    }
}

Ruling rule(ngx_http_request_t* r, const LocationConfiguration& location, RequestContext& context) {
    return location.guard->settings.serves == GuardServes::registry
               ? rule_on_registry(r, location, context)
               : rule_on_content(r, location, context);
}

ngx_int_t carry_out(ngx_http_request_t* r, const LocationConfiguration& location,
                    RequestContext& context, Ruling& ruling) {
    context.guard = location.guard;
    context.verdict = ruling.verdict;
    context.reason = ruling.reason;
    context.trusted = ruling.trusted;
    if (!ruling.by_lookup) {
        context.reply.reset();  // what a first look has found, and nobody needed
    }
    context.audited = location.mode == kModeAudit &&
                      (ruling.verdict == Verdict::denied || ruling.verdict == Verdict::unavailable);
    count(context);
    if (context.certificate != nullptr && context.certificate->take_growth()) {
        worker_certificates().settle(*context.certificate);
    }
    if (ruling.drop_authorization && remove_authorization(r) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    switch (ruling.verdict) {
        case Verdict::granted: return grant(r, location, context, ruling);
        case Verdict::passed: context.pass_to = location.pass; return NGX_DECLINED;
        case Verdict::denied:
        case Verdict::unavailable: break;
    }
    return refuse(r, location, context, ruling);
}

/// What was found out for another guard of this request, before an internal redirect, is not asked
/// for again by chance: it is forgotten.
void begin(RequestContext& context, const Guard& guard) noexcept {
    if (context.asker == &guard) {
        return;  // its lookup's reply has come
    }
    context.asker = nullptr;
    context.pass_to = context.passed_to = {0, nullptr};
    context.reply.reset();
    context.answer = nullptr;
    context.repository = {};
    context.index.reset();
}

ngx_int_t decide_and_carry_out(ngx_http_request_t* r, LocationConfiguration& location) {
    RequestContext* const context = RequestContext::ensure(r);
    if (context == nullptr) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    if (is_where_it_was_passed(r, *context)) {
        return NGX_DECLINED;
    }
    if (context->is_parked) {
        return NGX_AGAIN;
    }
    begin(*context, *location.guard);
    Ruling ruling = rule(r, location, *context);
    if (ruling.ask_lookup) {
        context->asker = location.guard;
        const ngx_int_t rc = ask_host(r, *context, *location.guard);
        if (rc != NGX_OK) {
            return rc == NGX_AGAIN ? NGX_AGAIN : NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
        ruling = rule(r, location, *context);
    }
    context->asker = nullptr;
    forget_openssl_errors();
    return carry_out(r, location, *context, ruling);
}

/// Where nginx itself has refused the request, it has not come through all phases: what a proxy
/// brought with it counts for nothing, whatever the connection's certificate is.
ngx_int_t strip(ngx_http_request_t* r, bool was_located) noexcept {
    if (!server_configuration(r)->used) {
        return NGX_DECLINED;
    }
    return strip_identity(r, was_located) == NGX_OK ? NGX_DECLINED : NGX_HTTP_INTERNAL_SERVER_ERROR;
}

}  // namespace

ngx_int_t strip_new_request(ngx_http_request_t* r) noexcept {
    if (server_configuration(r)->used) {
        RequestContext* const context = RequestContext::ensure(r);
        if (context == nullptr) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
        context->located = true;
    }
    return strip(r, true);
}

ngx_int_t strip_redirected_request(ngx_http_request_t* r) noexcept {
    // A subrequest shares its headers with the main request, which has been through here.
    if (!r->internal || r != r->main) {
        return NGX_DECLINED;
    }
    RequestContext* const context = RequestContext::find(r);
    if (context != nullptr) {
        // Another access rule has refused what we let through: the error's page is not ours to
        // give.
        context->answer = nullptr;
        context->pass_to = {0, nullptr};
    }
    return strip(r, context != nullptr && context->located);
}

ngx_int_t decide_access(ngx_http_request_t* r) noexcept {
    LocationConfiguration* const location = location_configuration(r);
    if (location->guard == nullptr) {
        return NGX_DECLINED;
    }
    return guarded(r->connection->log, "deciding a request",
                   static_cast<ngx_int_t>(NGX_HTTP_INTERNAL_SERVER_ERROR),
                   [&] { return decide_and_carry_out(r, *location); });
}

ngx_int_t answer_or_pass(ngx_http_request_t* r) noexcept {
    RequestContext* const context = r == r->main ? RequestContext::find(r) : nullptr;
    if (context == nullptr) {
        return NGX_DECLINED;
    }
    if (context->answer != nullptr) {
        return send_answer(r, *context->answer);
    }
    if (context->pass_to.data == nullptr) {
        return NGX_DECLINED;
    }
    context->passed_to = context->pass_to;
    context->pass_to = {0, nullptr};
    ngx_http_named_location(r, &context->passed_to);
    ngx_http_finalize_request(r, NGX_DONE);
    return NGX_DONE;
}

}  // namespace certguard::ngx
