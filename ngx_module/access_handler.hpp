// The phase handlers: identity headers leave every request, and guarded requests are decided.
#pragma once

#include "ngx_cpp.hpp"

namespace certguard::ngx {

/// Post-read phase: strips the headers of a request that has just been read.
ngx_int_t strip_new_request(ngx_http_request_t* r) noexcept;

/// Server-rewrite and rewrite phase: the same for a request that comes by an internal redirect,
/// which skips the post-read phase (nginx's own 400, 495, 496, 497 through error_page) and may
/// carry the header that a grant in another location has added.
ngx_int_t strip_redirected_request(ngx_http_request_t* r) noexcept;

/// Access phase. NGX_DECLINED: not guarded, to be passed, or audit mode; NGX_OK: granted;
/// NGX_AGAIN: waits for a lookup; NGX_DONE: refused and answered; else the HTTP status of the
/// refusal.
ngx_int_t decide_access(ngx_http_request_t* r) noexcept;

/// Precontent phase: what the access phase has let through is answered by certguard itself, or
/// handed over to certguard_pass. NGX_DONE: that has been done.
ngx_int_t answer_or_pass(ngx_http_request_t* r) noexcept;

}  // namespace certguard::ngx
