// certguard_purge: forgets what the lookups have learned, in all workers.
#pragma once

#include "ngx_cpp.hpp"

namespace certguard::ngx {

/// Content handler. `DELETE .../hosts/UUID` forgets one host in all lookups, `DELETE .../hosts`
/// everything. 204 whether or not there was anything; 404 for other paths, 405 for other methods.
ngx_int_t purge(ngx_http_request_t* r) noexcept;

}  // namespace certguard::ngx
