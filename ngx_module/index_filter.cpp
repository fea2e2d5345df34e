#include "index_filter.hpp"

#include <string>

#include "answer.hpp"
#include "index_stream.hpp"
#include "request_headers.hpp"

namespace certguard::ngx {
namespace {

ngx_http_output_header_filter_pt next_header_filter;
ngx_http_output_body_filter_pt next_body_filter;

// A bit of ngx_connection_t::buffered that only the image filter uses, and that never has to do
// with an index.
constexpr unsigned kBuffered = 0x08;

/// The filter of R's response, or null.
IndexStream* stream_of(ngx_http_request_t* r) noexcept {
    if (r != r->main) {
        return nullptr;
    }
    const RequestContext* const context = RequestContext::find(r);
    return context == nullptr ? nullptr : context->index.get();
}

/// Nothing of the response may reach the client: what it has already got stays without an end.
ngx_int_t cut_off(ngx_http_request_t* r, const char* why) noexcept {
    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                  "certguard: the backend's flatpak index can't be used: %s", why);
    return NGX_ERROR;
}

bool is_plain(ngx_http_request_t* r) noexcept {
    return r->headers_out.content_encoding == nullptr ||
           r->headers_out.content_encoding->value.len == 0 ||
           view(r->headers_out.content_encoding->value) == "identity";
}

void remove_response_header(ngx_http_request_t* r, std::string_view name) noexcept {
    for (ngx_list_part_t* part = &r->headers_out.headers.part; part != nullptr; part = part->next) {
        auto* const headers = static_cast<ngx_table_elt_t*>(part->elts);
        for (ngx_uint_t i = 0; i < part->nelts; ++i) {
            if (headers[i].key.len == name.size() &&
                ngx_strncasecmp(headers[i].key.data, borrow(name).data, name.size()) == 0) {
                headers[i].hash = 0;
            }
        }
    }
}

ngx_int_t filter_header(ngx_http_request_t* r) noexcept {
    if (stream_of(r) == nullptr) {
        return next_header_filter(r);
    }
    const ngx_uint_t status = r->headers_out.status;
    const bool is_success = status >= NGX_HTTP_OK && status < NGX_HTTP_SPECIAL_RESPONSE;
    if (!is_success) {
        RequestContext::find(r)->index.reset();  // an error's page, or a redirect: no index
        return next_header_filter(r);
    }
    if (status != NGX_HTTP_OK || !is_plain(r)) {
        (void)cut_off(r, status != NGX_HTTP_OK ? "it is no whole one" : "it is compressed");
        // The filter stays: an error_page may ask another backend.
        return ngx_http_filter_finalize_request(r, &ngx_http_certguard_module,
                                                NGX_HTTP_BAD_GATEWAY);
    }
    ngx_http_clear_content_length(r);
    ngx_http_clear_accept_ranges(r);
    ngx_http_clear_last_modified(r);
    ngx_http_clear_etag(r);
    for (const char* name : {"Cache-Control", "Expires", "Age", "Digest", "Content-MD5"}) {
        remove_response_header(r, name);
    }
    r->allow_ranges = 0;
    if (add_response_header(r, "Cache-Control", "no-cache") == nullptr) {
        return NGX_ERROR;
    }
    r->filter_need_in_memory = 1;
    return next_header_filter(r);
}

/// Hands on what is ready, as long as the client takes it.
ngx_int_t hand_on(ngx_http_request_t* r, IndexStream& stream) {
    ngx_int_t rc = NGX_OK;
    if (stream.is_under_way()) {
        rc = next_body_filter(r, nullptr);
    }
    while (rc != NGX_ERROR && !stream.is_under_way()) {
        ngx_chain_t* const ready = stream.next();
        if (ready == nullptr) {
            break;
        }
        rc = next_body_filter(r, ready);
    }
    return rc;
}

/// Does the subrequest R bring parts of an index, which only the main request's filter reduces?
bool brings_part_of_index(ngx_http_request_t* r, const ngx_chain_t* in) noexcept {
    return r != r->main && in != nullptr && !r->header_only && stream_of(r->main) != nullptr;
}

ngx_int_t filter_body(ngx_http_request_t* r, ngx_chain_t* in) noexcept {
    if (brings_part_of_index(r, in)) {
        return cut_off(r, "parts of it come by subrequests, as with `slice`");
    }
    IndexStream* const stream = stream_of(r);
    if (stream == nullptr || r->header_only) {
        return next_body_filter(r, in);
    }
    return guarded(r->connection->log, "filtering a flatpak index",
                   static_cast<ngx_int_t>(NGX_ERROR), [&] {
                       if (in != nullptr && stream->take(r->pool, in) != NGX_OK) {
                           return static_cast<ngx_int_t>(NGX_ERROR);
                       }
                       const ngx_int_t rc = hand_on(r, *stream);
                       if (const char* const problem = stream->problem()) {
                           return cut_off(r, problem);
                       }
                       // nginx comes back when the client has taken more.
                       if (stream->is_under_way()) {
                           r->connection->buffered |= kBuffered;
                       } else {
                           r->connection->buffered &= ~kBuffered & 0xff;
                       }
                       return rc;
                   });
}

}  // namespace

ngx_int_t prepare_index(ngx_http_request_t* r, RequestContext& context) noexcept {
    static const IdentityHeaders unwanted({"Accept-Encoding", "If-Match", "If-Modified-Since",
                                           "If-None-Match", "If-Range", "If-Unmodified-Since",
                                           "Range"});
    return guarded(r->connection->log, "preparing a flatpak index",
                   static_cast<ngx_int_t>(NGX_ERROR), [&] {
                       if (!context.reply || context.reply->access == nullptr) {
                           return static_cast<ngx_int_t>(NGX_ERROR);
                       }
                       context.index = std::make_unique<IndexStream>(context.reply->access);
                       ngx_http_headers_in_t& headers = r->headers_in;
                       headers.if_match = nullptr;
                       headers.if_modified_since = nullptr;
                       headers.if_none_match = nullptr;
                       headers.if_range = nullptr;
                       headers.if_unmodified_since = nullptr;
                       headers.range = nullptr;
#if (NGX_HTTP_GZIP)
                       headers.accept_encoding = nullptr;
#endif
                       return remove_request_headers(r, unwanted);
                   });
}

void add_index_filters() noexcept {
    next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = filter_header;
    next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = filter_body;
}

}  // namespace certguard::ngx
