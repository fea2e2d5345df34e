// Changing the headers that a client sent, so that backends of every kind see the change.
#pragma once

#include "ngx_cpp.hpp"

#include "certguard/identity_headers.hpp"

namespace certguard::ngx {

/// Which headers: those with NAMES, and with every name that holds an underscore if
/// WITH_UNDERSCORES. (nginx itself keeps no pointer to any of the latter.)
class ChosenHeaders {
  public:
    // Mostly it is names alone, so they stand for themselves.
    ChosenHeaders(const IdentityHeaders& names, bool with_underscores = false) noexcept
        : names_(names), with_underscores_(with_underscores) {}
    bool contains(std::string_view name) const noexcept {
        return names_.contains(name) || (with_underscores_ && name.find('_') != name.npos);
    }

  private:
    const IdentityHeaders& names_;
    bool with_underscores_;
};

/// Is there one of the CHOSEN?
bool has_request_header(ngx_http_request_t* r, const ChosenHeaders& chosen) noexcept;

struct OnlyHeader {
    ngx_table_elt_t* header = nullptr;  // null: there is none, or more than one
    bool is_repeated = false;           // there is more than one
};

/// The one header whose name is one of NAMES, in whatever spelling.
OnlyHeader only_request_header(ngx_http_request_t* r, const IdentityHeaders& names) noexcept;

/// Removes every one of the CHOSEN. proxy, fastcgi, uwsgi, scgi and grpc copy the
/// list as it is (a zero hash does not hide an element from them), so elements leave the list; none
/// is moved, because nginx keeps pointers to them.
ngx_int_t remove_request_headers(ngx_http_request_t* r, const ChosenHeaders& chosen) noexcept;

/// Removes the Authorization header, wherever nginx keeps it.
ngx_int_t remove_authorization(ngx_http_request_t* r);

/// Appends one header. Nothing is copied: NAME, LOWCASE (with its ngx_hash_key) and VALUE must
/// live as long as the request.
ngx_int_t append_request_header(ngx_http_request_t* r, const ngx_str_t& name,
                                const ngx_str_t& lowcase, ngx_uint_t hash,
                                const ngx_str_t& value) noexcept;

}  // namespace certguard::ngx
