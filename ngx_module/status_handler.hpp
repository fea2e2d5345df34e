// certguard_status: counters, cache and lookups, as JSON or for Prometheus.
#pragma once

#include "ngx_cpp.hpp"

namespace certguard::ngx {

/// Content handler for GET and HEAD. JSON; with `?format=prometheus` Prometheus' text format.
ngx_int_t show_status(ngx_http_request_t* r) noexcept;

}  // namespace certguard::ngx
