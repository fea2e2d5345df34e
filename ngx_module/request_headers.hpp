// Changing the headers that a client sent, so that backends of every kind see the change.
#pragma once

#include "ngx_cpp.hpp"

#include "certguard/identity_headers.hpp"

namespace certguard::ngx {

/// Removes every header whose name is one of NAMES. proxy, fastcgi, uwsgi, scgi and grpc copy the
/// list as it is (a zero hash does not hide an element from them), so elements leave the list; none
/// is moved, because nginx keeps pointers to them.
ngx_int_t remove_request_headers(ngx_http_request_t* r, const IdentityHeaders& names) noexcept;

/// Removes the Authorization header, wherever nginx keeps it.
ngx_int_t remove_authorization(ngx_http_request_t* r);

/// Appends one header. Nothing is copied: NAME, LOWCASE (with its ngx_hash_key) and VALUE must
/// live as long as the request.
ngx_int_t append_request_header(ngx_http_request_t* r, const ngx_str_t& name,
                                const ngx_str_t& lowcase, ngx_uint_t hash,
                                const ngx_str_t& value) noexcept;

}  // namespace certguard::ngx
