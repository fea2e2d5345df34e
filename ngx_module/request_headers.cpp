#include "request_headers.hpp"

namespace certguard::ngx {
namespace {

ngx_table_elt_t* elements(const ngx_list_part_t* part) noexcept {
    return static_cast<ngx_table_elt_t*>(part->elts);
}

bool holds_any(const ngx_list_t& list, const ChosenHeaders& chosen) noexcept {
    for (const ngx_list_part_t* part = &list.part; part != nullptr; part = part->next) {
        for (ngx_uint_t i = 0; i < part->nelts; ++i) {
            if (chosen.contains(view(elements(part)[i].key))) {
                return true;
            }
        }
    }
    return false;
}

/// Collects runs of elements, where they stand, as the parts of a new list. nginx's loops over
/// a list can't take an empty part behind the first one, so none is made.
class Runs {
  public:
    explicit Runs(const ngx_list_t& like) noexcept : list_(like) {
        // When nothing is kept, the first part is what gets filled. Of several parts it may be a
        // run of an earlier removal, with less room than the last one.
        if (like.part.next != nullptr) {
            list_.nalloc = like.part.nelts;
        }
        list_.part.nelts = 0;
        list_.part.next = nullptr;
        list_.last = &list_.part;
    }

    /// CAPACITY counts elements from FIRST to the end of its array.
    bool add(ngx_table_elt_t* first, ngx_uint_t count, ngx_uint_t capacity) noexcept {
        ngx_list_part_t* part = &list_.part;
        if (part->nelts != 0) {
            part = static_cast<ngx_list_part_t*>(ngx_palloc(list_.pool, sizeof(ngx_list_part_t)));
            if (part == nullptr) {
                return false;
            }
            list_.last->next = part;
            list_.last = part;
        }
        part->elts = first;
        part->nelts = count;
        part->next = nullptr;
        // ngx_list_push() fills the last part up to nalloc, and allocates later ones of that size.
        list_.nalloc = capacity;
        return true;
    }

    const ngx_list_t& list() const noexcept { return list_; }

  private:
    ngx_list_t list_;
};

}  // namespace

bool has_request_header(ngx_http_request_t* r, const ChosenHeaders& chosen) noexcept {
    return holds_any(r->headers_in.headers, chosen);
}

OnlyHeader only_request_header(ngx_http_request_t* r, const IdentityHeaders& names) noexcept {
    OnlyHeader found;
    for (ngx_list_part_t* part = &r->headers_in.headers.part; part != nullptr; part = part->next) {
        for (ngx_uint_t i = 0; i < part->nelts; ++i) {
            if (names.contains(view(elements(part)[i].key))) {
                found.header =
                    found.is_repeated || found.header != nullptr ? nullptr : &elements(part)[i];
                found.is_repeated = found.header == nullptr;
            }
        }
    }
    return found;
}

ngx_int_t remove_request_headers(ngx_http_request_t* r, const ChosenHeaders& chosen) noexcept {
    ngx_list_t& headers = r->headers_in.headers;
    if (!holds_any(headers, chosen)) {
        return NGX_OK;
    }
    Runs kept(headers);
    for (ngx_list_part_t* part = &headers.part; part != nullptr; part = part->next) {
        const ngx_uint_t end = part->nelts;
        for (ngx_uint_t i = 0; i < end;) {
            if (chosen.contains(view(elements(part)[i].key))) {
                ++i;
                continue;
            }
            const ngx_uint_t begin = i;
            while (i < end && !chosen.contains(view(elements(part)[i].key))) {
                ++i;
            }
            // Only a run that reaches the end of the last part may grow into what is free there.
            const bool can_grow = i == end && part == headers.last;
            const ngx_uint_t capacity = can_grow ? headers.nalloc - begin : i - begin;
            if (!kept.add(elements(part) + begin, i - begin, capacity)) {
                return NGX_ERROR;
            }
        }
    }
    headers = kept.list();
    if (headers.part.next == nullptr) {
        headers.last = &headers.part;  // a list of one part points into itself
    }
    return NGX_OK;
}

ngx_int_t remove_authorization(ngx_http_request_t* r) {
    static const IdentityHeaders names({"Authorization"});
    r->headers_in.authorization = nullptr;
    return remove_request_headers(r, names);
}

ngx_int_t append_request_header(ngx_http_request_t* r, const ngx_str_t& name,
                                const ngx_str_t& lowcase, ngx_uint_t hash,
                                const ngx_str_t& value) noexcept {
    ngx_list_t& headers = r->headers_in.headers;
    // nginx makes no list for HTTP/0.9, which has no headers.
    if (headers.last == nullptr &&
        ngx_list_init(&headers, r->pool, 1, sizeof(ngx_table_elt_t)) != NGX_OK) {
        return NGX_ERROR;
    }
    auto* const header = static_cast<ngx_table_elt_t*>(ngx_list_push(&headers));
    if (header == nullptr) {
        return NGX_ERROR;
    }
    header->hash = hash;
    header->key = name;
    header->lowcase_key = lowcase.data;
    header->value = value;
    set_next(header, nullptr);
    return NGX_OK;
}

}  // namespace certguard::ngx
