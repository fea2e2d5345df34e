// nginx for C++: its headers, its strings, its pools, and the differences between its versions.
// Every file of the module includes this one first; nothing else includes nginx headers.
#pragma once

extern "C" {
#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_http.h>
}

#include <exception>
#include <new>
#include <string_view>
#include <utility>

extern ngx_module_t ngx_http_certguard_module;

namespace certguard::ngx {

inline std::string_view view(const ngx_str_t& text) noexcept {
    return {reinterpret_cast<const char*>(text.data), text.len};
}

/// The same bytes as an nginx string. The caller sees to it that they live long enough.
inline ngx_str_t borrow(std::string_view text) noexcept {
    return {text.size(), reinterpret_cast<u_char*>(const_cast<char*>(text.data()))};
}

/// A copy in POOL with a NUL behind it; its data is null when the pool has no memory.
inline ngx_str_t copy(ngx_pool_t* pool, std::string_view text) noexcept {
    auto* const data = static_cast<u_char*>(ngx_pnalloc(pool, text.size() + 1));
    if (data == nullptr) {
        return {0, nullptr};
    }
    *ngx_cpymem(data, text.data(), text.size()) = '\0';
    return {text.size(), data};
}

/// Headers of the same name are linked since nginx 1.23.0.
inline void set_next([[maybe_unused]] ngx_table_elt_t* header,
                     [[maybe_unused]] ngx_table_elt_t* next) noexcept {
#if (nginx_version >= 1023000)
    header->next = next;
#endif
}

/// The Host header, as the client sent it; empty when there is none. Clients of HTTP/2 and HTTP/3
/// send an :authority in its place: nginx makes a header of the former's, but not of the latter's,
/// which it has checked alike.
inline std::string_view host_header(const ngx_http_request_t* r) noexcept {
    if (r->headers_in.host != nullptr) {
        return view(r->headers_in.host->value);
    }
#if (NGX_HTTP_V3)
    if (r->http_version == NGX_HTTP_VERSION_30 && r->host_end != nullptr) {
        return view({static_cast<std::size_t>(r->host_end - r->host_start), r->host_start});
    }
#endif
    return {};
}

template <class T>
void destroy(void* object) noexcept {
    static_cast<T*>(object)->~T();
}

/// A T that is destroyed together with POOL; null when there is no memory. The handler's address,
/// destroy<T>, finds it again in the pool's cleanup list.
template <class T, class... Arguments>
T* pool_new(ngx_pool_t* pool, Arguments&&... arguments) {
    static_assert(alignof(T) <= NGX_ALIGNMENT, "nginx's pools align to NGX_ALIGNMENT only");
    ngx_pool_cleanup_t* const cleanup = ngx_pool_cleanup_add(pool, sizeof(T));
    if (cleanup == nullptr) {
        return nullptr;
    }
    T* const object = new (cleanup->data) T(std::forward<Arguments>(arguments)...);
    cleanup->handler = destroy<T>;
    return object;
}

/// Runs BODY where nginx calls us: no exception may reach a C frame. FAILED is returned instead.
template <class Failed, class Body>
Failed guarded(ngx_log_t* log, const char* where, Failed failed, Body&& body) noexcept {
    try {
        return body();
    } catch (const std::exception& e) {
        ngx_log_error(NGX_LOG_CRIT, log, 0, "certguard: %s failed: %s", where, e.what());
    } catch (...) {
        ngx_log_error(NGX_LOG_CRIT, log, 0, "certguard: %s failed", where);
    }
    return failed;
}

}  // namespace certguard::ngx
