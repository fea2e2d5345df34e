#include "access_handler.hpp"

#include <string>

#include "certguard/decision.hpp"
#include "configuration.hpp"
#include "peer_certificate.hpp"
#include "request_context.hpp"
#include "request_headers.hpp"
#include "worker.hpp"

namespace certguard::ngx {
namespace {

constexpr std::string_view kRetryAfter = "5";  // seconds

/// The location that the request was handed to is not guarded a second time; wherever it is
/// redirected from there, it is.
bool is_where_it_was_passed(ngx_http_request_t* r, const RequestContext& context) noexcept {
    const auto* const core = static_cast<const ngx_http_core_loc_conf_t*>(
        ngx_http_get_module_loc_conf(r, ngx_http_core_module));
    // By name: the configurations of `if` and limit_except inside it carry no other mark.
    return context.passed_to.data != nullptr && view(core->name) == view(context.passed_to);
}

ngx_int_t add_retry_after(ngx_http_request_t* r) noexcept {
    auto* const header = static_cast<ngx_table_elt_t*>(ngx_list_push(&r->headers_out.headers));
    if (header == nullptr) {
        return NGX_ERROR;
    }
    header->hash = 1;
    ngx_str_set(&header->key, "Retry-After");
    header->value = borrow(kRetryAfter);
    set_next(header, nullptr);
    return NGX_OK;
}

ngx_int_t grant(ngx_http_request_t* r, const LocationConfiguration& location,
                ClientCertificate& certificate) {
    if (location.forward_header.len == 0) {
        return NGX_OK;
    }
    const ngx_int_t rc =
        append_request_header(r, location.forward_header, location.forward_header_lowcase,
                              location.forward_header_hash, borrow(certificate.urlencoded_pem()));
    return rc == NGX_OK ? NGX_OK : NGX_HTTP_INTERNAL_SERVER_ERROR;
}

/// One line for the admin. nginx appends the client, the request and the server.
void log_refusal(ngx_http_request_t* r, const RequestContext& context, const Decision& decision) {
    const std::string who = context.certificate == nullptr
                                ? std::string("no certificate")
                                : context.certificate->certificate().subject();
    const ngx_str_t guard = borrow(context.guard->settings.name);
    const ngx_str_t subject = borrow(who);
    const ngx_str_t reason = borrow(reason_word(decision.reason));
    const ngx_str_t message = borrow(decision.message);
    ngx_log_error(NGX_LOG_WARN, r->connection->log, 0, "certguard: guard \"%V\" %s \"%V\": %V: %V",
                  &guard, context.audited ? "would refuse" : "refused", &subject, &reason,
                  &message);
}

ngx_int_t refuse(ngx_http_request_t* r, LocationConfiguration& location, RequestContext& context,
                 const Decision& decision) {
    context.audited = location.mode == kModeAudit;
    log_refusal(r, context, decision);
    if (context.audited) {
        context.pass_to = location.pass;
        return NGX_DECLINED;
    }
    if (decision.status == NGX_HTTP_SERVICE_UNAVAILABLE && add_retry_after(r) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    return decision.status;
}

Decision decision_of(ngx_http_request_t* r, const LocationConfiguration& location,
                     RequestContext& context) {
    const auto certificate = peer_certificate(r->connection, worker_certificates());
    if (!certificate) {
        return unreadable_certificate(certificate.error());
    }
    context.certificate = *certificate;
    Request request;
    request.target = view(r->unparsed_uri);
    request.path = view(r->uri);
    request.can_pass = location.pass.data != nullptr;
    Decision decision = decide(*location.guard, context.certificate.get(), request, ngx_time());
    if (decision.verdict == Verdict::granted && !context.located) {
        // The client has not come through the location that its path belongs to, nor its guard.
        return refused_by_server();
    }
    return decision;
}

ngx_int_t decide_and_carry_out(ngx_http_request_t* r, LocationConfiguration& location) {
    RequestContext* const context = RequestContext::ensure(r);
    if (context == nullptr) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    if (is_where_it_was_passed(r, *context)) {
        return NGX_DECLINED;
    }
    context->pass_to = context->passed_to = {0, nullptr};
    const Decision decision = decision_of(r, location, *context);
    context->guard = location.guard;
    context->verdict = decision.verdict;
    context->reason = decision.reason;
    context->trusted = decision.trusted;
    context->audited = false;
    if (context->certificate != nullptr && context->certificate->take_growth()) {
        worker_certificates().settle(*context->certificate);
    }
    // OpenSSL's error queue is one for all connections: what stays in it is blamed on the next.
    ERR_clear_error();

    switch (decision.verdict) {
        case Verdict::granted: return grant(r, location, *context->certificate);
        case Verdict::passed: context->pass_to = location.pass; return NGX_DECLINED;
        case Verdict::denied:
        case Verdict::unavailable: break;
    }
    return refuse(r, location, *context, decision);
}

ngx_int_t strip(ngx_http_request_t* r) noexcept {
    if (!server_configuration(r)->used) {
        return NGX_DECLINED;
    }
    const IdentityHeaders& names = main_configuration(r)->loaded->identity_headers;
    return remove_request_headers(r, names) == NGX_OK ? NGX_DECLINED
                                                      : NGX_HTTP_INTERNAL_SERVER_ERROR;
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
    return strip(r);
}

ngx_int_t strip_redirected_request(ngx_http_request_t* r) noexcept {
    // A subrequest shares its headers with the main request, which has been through here.
    return r->internal && r == r->main ? strip(r) : NGX_DECLINED;
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

ngx_int_t pass_request(ngx_http_request_t* r) noexcept {
    RequestContext* const context = r == r->main ? RequestContext::find(r) : nullptr;
    if (context == nullptr || context->pass_to.data == nullptr) {
        return NGX_DECLINED;
    }
    context->passed_to = context->pass_to;
    context->pass_to = {0, nullptr};
    ngx_http_named_location(r, &context->passed_to);
    ngx_http_finalize_request(r, NGX_DONE);
    return NGX_DONE;
}

}  // namespace certguard::ngx
