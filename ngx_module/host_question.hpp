// Asking a lookup on behalf of a request: at once when the answer is remembered, else the request
// is parked in the access phase until it comes or the client goes away.
#pragma once

#include "ngx_cpp.hpp"

#include "certguard/policy.hpp"
#include "request_context.hpp"

namespace certguard::ngx {

/// Asks GUARD's lookup for the host of the certificate in CONTEXT. NGX_OK: context.reply is there.
/// NGX_AGAIN: R is parked; the access phase runs again, with the reply, when it has come.
/// NGX_ERROR: no memory.
ngx_int_t ask_host(ngx_http_request_t* r, RequestContext& context, const Guard& guard);

}  // namespace certguard::ngx
