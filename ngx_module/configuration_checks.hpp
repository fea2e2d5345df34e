// What can only be judged when the whole configuration is read.
#pragma once

#include "ngx_cpp.hpp"

namespace certguard::ngx {

/// NGX_ERROR, with a line in the log for each reason, when the configuration can't mean what it
/// says: a named location that is not there, headers of trusted proxies that nginx would drop.
ngx_int_t check_configuration(ngx_conf_t* cf) noexcept;

}  // namespace certguard::ngx
