// Which identity headers a request may keep: none, but for those of a trusted proxy's own client.
#pragma once

#include "ngx_cpp.hpp"

namespace certguard::ngx {

/// Removes from R what its sender may not say about who somebody is. MAY_BE_PROXY: if a trusted
/// proxy has sent R, what it says of its own client stays. Of a header that comes more than once,
/// in whatever spelling, none does: the proxy's client has sent one of them; nor does a certificate
/// that is not spelt X_RHSM_SSL_CLIENT_CERT. A proxy's request without a certificate gets the word
/// (null) for it. What stays is spelt with dashes, and with trusted_proxies in the policy no header
/// keeps a name with an underscore.
ngx_int_t strip_identity(ngx_http_request_t* r, bool may_be_proxy) noexcept;

}  // namespace certguard::ngx
