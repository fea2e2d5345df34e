// Sending what certguard itself answers to a registry's clients.
#pragma once

#include "ngx_cpp.hpp"

#include <cstdint>
#include <string_view>

#include "certguard/registry_answer.hpp"

namespace certguard::ngx {

/// Appends a header to the response. NAME and VALUE must live as long as the request.
ngx_table_elt_t* add_response_header(ngx_http_request_t* r, std::string_view name,
                                     std::string_view value) noexcept;

/// Adds ANSWER's headers alone, for a status that an error_page or nginx's own page answers.
/// ANSWER must live as long as the request.
ngx_int_t add_answer_headers(ngx_http_request_t* r, const RegistryAnswer& answer) noexcept;

/// Sends ANSWER as a content handler does; returns what such a handler returns. ANSWER must live as
/// long as the request.
ngx_int_t respond(ngx_http_request_t* r, const RegistryAnswer& answer) noexcept;

/// Sends ANSWER and finalizes R; returns NGX_DONE. ANSWER must live as long as the request.
ngx_int_t send_answer(ngx_http_request_t* r, const RegistryAnswer& answer) noexcept;

}  // namespace certguard::ngx
