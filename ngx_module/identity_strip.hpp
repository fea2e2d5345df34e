// Which identity headers a request may keep: none, but for those of a trusted proxy's own client.
#pragma once

#include "ngx_cpp.hpp"

namespace certguard::ngx {

/// Removes from R what its sender may not say about who somebody is. MAY_BE_PROXY: the headers of a
/// trusted proxy may stay, if that is who has sent R; its certificate is looked at only when there
/// are any. Of a header that comes more than once, in whatever spelling, none stays: the proxy's
/// client has sent one of them; nor does a certificate that is not spelt X_RHSM_SSL_CLIENT_CERT.
/// What stays is spelt with dashes, and with trusted_proxies in the policy no header keeps a name
/// with an underscore.
ngx_int_t strip_identity(ngx_http_request_t* r, bool may_be_proxy) noexcept;

}  // namespace certguard::ngx
