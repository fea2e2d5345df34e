// The $certguard_* variables. Before a guard has decided they say "off" or nothing; none is cached,
// because an internal redirect can bring another decision.
#pragma once

#include "ngx_cpp.hpp"

namespace certguard::ngx {

ngx_int_t add_variables(ngx_conf_t* cf) noexcept;

}  // namespace certguard::ngx
