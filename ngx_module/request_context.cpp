#include "request_context.hpp"

namespace certguard::ngx {

RequestContext* RequestContext::find(ngx_http_request_t* r) noexcept {
    r = r->main;
    auto* context =
        static_cast<RequestContext*>(ngx_http_get_module_ctx(r, ngx_http_certguard_module));
    if (context != nullptr || !r->internal) {
        return context;
    }
    for (ngx_pool_cleanup_t* cleanup = r->pool->cleanup; cleanup != nullptr;
         cleanup = cleanup->next) {
        if (cleanup->handler == destroy<RequestContext>) {
            context = static_cast<RequestContext*>(cleanup->data);
            ngx_http_set_ctx(r, context, ngx_http_certguard_module);
            return context;
        }
    }
    return nullptr;
}

RequestContext* RequestContext::ensure(ngx_http_request_t* r) noexcept {
    RequestContext* context = find(r);
    if (context == nullptr) {
        context = pool_new<RequestContext>(r->pool);
        ngx_http_set_ctx(r, context, ngx_http_certguard_module);
    }
    return context;
}

}  // namespace certguard::ngx
