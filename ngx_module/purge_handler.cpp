#include "purge_handler.hpp"

#include <algorithm>
#include <string>

#include "certguard/names.hpp"
#include "worker.hpp"

namespace certguard::ngx {
namespace {

bool ends_with(std::string_view text, std::string_view end) noexcept {
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

/// The status of the answer.
ngx_int_t carry_out(AccessCache& cache, std::string_view path) {
    if (ends_with(path, "/hosts") || ends_with(path, "/hosts/")) {
        cache.purge_all();
        return NGX_HTTP_NO_CONTENT;
    }
    const std::size_t slash = path.rfind('/');
    std::string uuid(path.substr(slash + 1));
    std::transform(uuid.begin(), uuid.end(), uuid.begin(),
                   [](unsigned char c) { return static_cast<char>(ngx_tolower(c)); });
    if (!ends_with(path.substr(0, slash), "/hosts") || !is_host_uuid(uuid)) {
        return NGX_HTTP_NOT_FOUND;
    }
    cache.purge_host(uuid);
    return NGX_HTTP_NO_CONTENT;
}

ngx_int_t answer_empty(ngx_http_request_t* r) noexcept {
    r->headers_out.status = NGX_HTTP_NO_CONTENT;
    r->header_only = 1;
    return ngx_http_send_header(r);
}

}  // namespace

ngx_int_t purge(ngx_http_request_t* r) noexcept {
    if (r->method != NGX_HTTP_DELETE) {
        return NGX_HTTP_NOT_ALLOWED;
    }
    const ngx_int_t discarded = ngx_http_discard_request_body(r);
    if (discarded != NGX_OK) {
        return discarded;
    }
    WorkerLookups* const lookups = worker_lookups();
    if (lookups == nullptr) {
        return NGX_HTTP_NOT_FOUND;  // nothing is ever looked up here
    }
    const ngx_int_t status =
        guarded(r->connection->log, "purging", static_cast<ngx_int_t>(NGX_ERROR),
                [&] { return carry_out(*lookups->cache(), view(r->uri)); });
    if (status != NGX_HTTP_NO_CONTENT) {
        return status == NGX_ERROR ? NGX_HTTP_INTERNAL_SERVER_ERROR : status;
    }
    // Not the decoded path: it may hold line ends.
    ngx_log_error(NGX_LOG_NOTICE, r->connection->log, 0, "certguard: purged by \"%V\"",
                  &r->unparsed_uri);
    return answer_empty(r);
}

}  // namespace certguard::ngx
