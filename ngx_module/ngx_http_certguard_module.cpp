#include "ngx_cpp.hpp"

namespace {

ngx_command_t commands[] = {ngx_null_command};

ngx_http_module_t module_context = {
    nullptr, nullptr,  // preconfiguration, postconfiguration
    nullptr, nullptr,  // main configuration
    nullptr, nullptr,  // server configuration
    nullptr, nullptr,  // location configuration
};

}  // namespace

extern "C" {

extern ngx_module_t ngx_http_certguard_module;

ngx_module_t ngx_http_certguard_module = {
    NGX_MODULE_V1,
    &module_context,
    commands,
    NGX_HTTP_MODULE,
    nullptr,  // init master
    nullptr,  // init module
    nullptr,  // init process
    nullptr,  // init thread
    nullptr,  // exit thread
    nullptr,  // exit process
    nullptr,  // exit master
    NGX_MODULE_V1_PADDING,
};
}
