// The module's tables, and where it hooks into nginx. What happens there is in the other files.
#include "ngx_cpp.hpp"

#include "access_handler.hpp"
#include "configuration.hpp"
#include "configuration_checks.hpp"
#include "index_filter.hpp"
#include "variables.hpp"
#include "worker.hpp"

namespace certguard::ngx {
namespace {

ngx_int_t add_handler(ngx_conf_t* cf, ngx_http_phases phase, ngx_http_handler_pt handler) noexcept {
    auto* const core = static_cast<ngx_http_core_main_conf_t*>(
        ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module));
    auto* const slot =
        static_cast<ngx_http_handler_pt*>(ngx_array_push(&core->phases[phase].handlers));
    if (slot == nullptr) {
        return NGX_ERROR;
    }
    *slot = handler;
    return NGX_OK;
}

ngx_int_t postconfiguration(ngx_conf_t* cf) noexcept {
    if (!main_configuration(cf)->used) {
        return NGX_OK;
    }
    if (check_configuration(cf) != NGX_OK ||
        add_handler(cf, NGX_HTTP_POST_READ_PHASE, strip_new_request) != NGX_OK ||
        add_handler(cf, NGX_HTTP_SERVER_REWRITE_PHASE, strip_redirected_request) != NGX_OK ||
        add_handler(cf, NGX_HTTP_REWRITE_PHASE, strip_redirected_request) != NGX_OK ||
        add_handler(cf, NGX_HTTP_ACCESS_PHASE, decide_access) != NGX_OK ||
        add_handler(cf, NGX_HTTP_PRECONTENT_PHASE, answer_or_pass) != NGX_OK) {
        return NGX_ERROR;
    }
    add_index_filters();
    return NGX_OK;
}

ngx_http_module_t context = {
    add_variables,
    postconfiguration,
    create_main_configuration,
    init_main_configuration,
    create_server_configuration,
    merge_server_configuration,
    create_location_configuration,
    merge_location_configuration,
};

}  // namespace
}  // namespace certguard::ngx

ngx_module_t ngx_http_certguard_module = {
    NGX_MODULE_V1,
    &certguard::ngx::context,
    certguard::ngx::commands,
    NGX_HTTP_MODULE,
    nullptr, /* init master */
    nullptr, /* init module */
    certguard::ngx::init_worker,
    nullptr, /* init thread */
    nullptr, /* exit thread */
    certguard::ngx::exit_worker,
    nullptr, /* exit master */
    NGX_MODULE_V1_PADDING,
};
