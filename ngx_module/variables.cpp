#include "variables.hpp"

#include <string>

#include "request_context.hpp"

namespace certguard::ngx {
namespace {

/// What a variable shows of a request that a guard has decided. Views into CONTEXT or static text;
/// data() is null when there is no such value.
using Show = std::string_view (*)(ngx_http_request_t* r, RequestContext& context);

std::string_view show_decision(ngx_http_request_t*, RequestContext& context) {
    return context.audited ? "audit_denied" : verdict_word(context.verdict);
}

std::string_view show_reason(ngx_http_request_t*, RequestContext& context) {
    return reason_word(context.reason);
}

std::string_view show_guard(ngx_http_request_t*, RequestContext& context) {
    return context.guard->settings.name;
}

std::string_view show_host(ngx_http_request_t*, RequestContext& context) {
    if (!context.trusted || context.certificate == nullptr) {
        return {};
    }
    const auto& uuid = context.certificate->host_uuid();
    return uuid ? std::string_view(*uuid) : std::string_view();
}

std::string_view show_organization(ngx_http_request_t*, RequestContext& context) {
    if (!context.trusted || context.certificate == nullptr) {
        return {};
    }
    return context.certificate->certificate().organization();
}

/// Only a grant makes the certificate an identity that a backend may see. In audit mode the
/// location's own backend decides about every request, so it may see the certificate of each, if
/// only it is verified. Behind certguard_pass nobody sees it.
bool carries_identity(const RequestContext& context) noexcept {
    return context.certificate != nullptr && context.passed_to.data == nullptr &&
           (context.verdict == Verdict::granted || (context.audited && context.trusted));
}

std::string_view show_client_cert(ngx_http_request_t*, RequestContext& context) {
    return carries_identity(context) ? std::string_view(context.certificate->urlencoded_pem())
                                     : std::string_view();
}

std::string_view show_client_pem(ngx_http_request_t*, RequestContext& context) {
    return carries_identity(context) ? std::string_view(context.certificate->one_line_pem())
                                     : std::string_view("(null)");
}

/// A copy in R's pool, for what is put together for the moment.
std::string_view keep(ngx_http_request_t* r, const std::string& text) {
    const ngx_str_t copied = copy(r->pool, text);
    if (copied.data == nullptr) {
        throw std::bad_alloc();
    }
    return view(copied);
}

std::string_view show_environments(ngx_http_request_t* r, RequestContext& context) {
    if (!context.trusted || !context.reply || context.reply->profile == nullptr) {
        return {};
    }
    std::string text;
    for (const EnvironmentRef& environment : context.reply->profile->environments) {
        if (!environment.label.empty()) {
            text += (text.empty() ? "" : ",") + environment.label;
        }
    }
    return keep(r, text);
}

std::string_view show_repository(ngx_http_request_t*, RequestContext& context) {
    return context.repository;
}

std::string_view show_cache(ngx_http_request_t*, RequestContext& context) {
    return cache_word(context.reply ? context.reply->how : CacheUse::none);
}

std::string_view show_lookup_time(ngx_http_request_t* r, RequestContext& context) {
    if (!context.reply) {
        return {};
    }
    const auto ms = static_cast<ngx_msec_t>(context.reply->lookup_time);
    auto* const text = static_cast<u_char*>(ngx_pnalloc(r->pool, NGX_TIME_T_LEN + 4));
    if (text == nullptr) {
        throw std::bad_alloc();
    }
    const u_char* const end =
        ngx_sprintf(text, "%T.%03M", static_cast<time_t>(ms / 1000), ms % 1000);
    return {reinterpret_cast<const char*>(text), static_cast<std::size_t>(end - text)};
}

struct Definition {
    ngx_str_t name;
    Show show;
    std::string_view undecided;  // data() is null: no value
};

Definition definitions[] = {
    {ngx_string("certguard_decision"), show_decision, "off"},
    {ngx_string("certguard_reason"), show_reason, "off"},
    {ngx_string("certguard_guard"), show_guard, {}},
    {ngx_string("certguard_host"), show_host, {}},
    {ngx_string("certguard_org"), show_organization, {}},
    {ngx_string("certguard_environments"), show_environments, {}},
    {ngx_string("certguard_repository"), show_repository, {}},
    {ngx_string("certguard_cache"), show_cache, "none"},
    {ngx_string("certguard_lookup_time"), show_lookup_time, {}},
    {ngx_string("certguard_client_cert"), show_client_cert, {}},
    {ngx_string("certguard_client_pem"), show_client_pem, "(null)"},
};

ngx_int_t get(ngx_http_request_t* r, ngx_http_variable_value_t* value, uintptr_t data) noexcept {
    return guarded(r->connection->log, "a variable", static_cast<ngx_int_t>(NGX_ERROR), [&] {
        const Definition& definition = *reinterpret_cast<const Definition*>(data);
        RequestContext* const context = RequestContext::find(r);
        const std::string_view text = context == nullptr || context->guard == nullptr
                                          ? definition.undecided
                                          : definition.show(r, *context);
        value->valid = text.data() != nullptr;
        value->not_found = !value->valid;
        value->no_cacheable = 1;
        value->len = static_cast<unsigned>(text.size());
        value->data = borrow(text).data;
        return static_cast<ngx_int_t>(NGX_OK);
    });
}

}  // namespace

ngx_int_t add_variables(ngx_conf_t* cf) noexcept {
    for (Definition& definition : definitions) {
        ngx_http_variable_t* const variable =
            ngx_http_add_variable(cf, &definition.name, NGX_HTTP_VAR_NOCACHEABLE);
        if (variable == nullptr) {
            return NGX_ERROR;
        }
        variable->get_handler = get;
        variable->data = reinterpret_cast<uintptr_t>(&definition);
    }
    return NGX_OK;
}

}  // namespace certguard::ngx
