// Flatpak's index on its way from the backend to a host: reduced while it streams by
// (certguard/flatpak_index_filter.hpp), with memory for one piece of it.
#pragma once

#include "ngx_cpp.hpp"

#include "request_context.hpp"

namespace certguard::ngx {

/// Makes R, a granted index request, ask the backend for a whole, plain index, and CONTEXT, whose
/// reply has all names, reduce the answer.
ngx_int_t prepare_index(ngx_http_request_t* r, RequestContext& context) noexcept;

/// Puts the two filters into nginx's chains.
void add_index_filters() noexcept;

}  // namespace certguard::ngx
