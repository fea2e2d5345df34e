#include "answer.hpp"

#include <string>

namespace certguard::ngx {
namespace {

bool is_named(std::string_view name, std::string_view other) noexcept {
    return name.size() == other.size() &&
           ngx_strncasecmp(borrow(name).data, borrow(other).data, name.size()) == 0;
}

ngx_int_t set_head(ngx_http_request_t* r, const RegistryAnswer& answer) noexcept {
    r->headers_out.status = static_cast<ngx_uint_t>(answer.status);
    r->headers_out.content_length_n = static_cast<off_t>(answer.body.size());
    if (!answer.reason_phrase.empty()) {
        ngx_str_t& line = r->headers_out.status_line;
        line.data = static_cast<u_char*>(ngx_pnalloc(r->pool, 4 + answer.reason_phrase.size()));
        if (line.data == nullptr) {
            return NGX_ERROR;
        }
        const ngx_str_t phrase = borrow(answer.reason_phrase);
        line.len = static_cast<std::size_t>(
            ngx_sprintf(line.data, "%03i %V", static_cast<ngx_int_t>(answer.status), &phrase) -
            line.data);
    }
    for (const auto& [name, value] : answer.headers) {
        if (is_named(name, "Content-Type")) {
            r->headers_out.content_type = borrow(value);
            r->headers_out.content_type_len = value.size();
        }
    }
    return add_answer_headers(r, answer);
}

}  // namespace

ngx_table_elt_t* add_response_header(ngx_http_request_t* r, std::string_view name,
                                     std::string_view value) noexcept {
    auto* const header = static_cast<ngx_table_elt_t*>(ngx_list_push(&r->headers_out.headers));
    if (header != nullptr) {
        header->hash = 1;
        header->key = borrow(name);
        header->lowcase_key = nullptr;
        header->value = borrow(value);
        set_next(header, nullptr);
    }
    return header;
}

ngx_int_t add_answer_headers(ngx_http_request_t* r, const RegistryAnswer& answer) noexcept {
    for (const auto& [name, value] : answer.headers) {
        if (is_named(name, "Content-Type")) {
            continue;
        }
        ngx_table_elt_t* const header = add_response_header(r, name, value);
        if (header == nullptr) {
            return NGX_ERROR;
        }
        if (is_named(name, "WWW-Authenticate")) {
            r->headers_out.www_authenticate = header;  // `satisfy any` drops it by this pointer
        }
    }
    return NGX_OK;
}

ngx_int_t respond(ngx_http_request_t* r, const RegistryAnswer& answer) noexcept {
    const ngx_int_t discarded = ngx_http_discard_request_body(r);
    if (discarded != NGX_OK) {
        return discarded;
    }
    if (set_head(r, answer) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    const ngx_int_t rc = ngx_http_send_header(r);
    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }
    auto* const buffer = static_cast<ngx_buf_t*>(ngx_calloc_buf(r->pool));
    if (buffer == nullptr) {
        return NGX_ERROR;
    }
    const ngx_str_t body = borrow(answer.body);
    buffer->pos = buffer->start = body.data;
    buffer->last = buffer->end = body.data + body.len;
    buffer->memory = body.len != 0;
    buffer->last_buf = 1;
    buffer->last_in_chain = 1;
    ngx_chain_t chain{buffer, nullptr};
    return ngx_http_output_filter(r, &chain);
}

ngx_int_t send_answer(ngx_http_request_t* r, const RegistryAnswer& answer) noexcept {
    ngx_http_finalize_request(r, respond(r, answer));
    return NGX_DONE;
}

}  // namespace certguard::ngx
