#include "identity_strip.hpp"

#include <string>
#include <string_view>

#include "certguard/trusted_proxy.hpp"
#include "configuration.hpp"
#include "peer_certificate.hpp"
#include "request_headers.hpp"
#include "worker.hpp"

namespace certguard::ngx {
namespace {

// nginx may change what it is given of a header, so these are no constants.
u_char name_text[] = "X-RHSM-SSL-CLIENT-CERT";
u_char lowcase_text[] = "x-rhsm-ssl-client-cert";
u_char nobody_text[] = "(null)";

constexpr ngx_str_t kName{sizeof name_text - 1, name_text};
constexpr ngx_str_t kLowcase{sizeof lowcase_text - 1, lowcase_text};
constexpr ngx_str_t kNobody{sizeof nobody_text - 1, nobody_text};

ngx_uint_t hash() noexcept {
    static const ngx_uint_t value = ngx_hash_key(lowcase_text, kLowcase.len);
    return value;
}

const IdentityHeaders& certificate_header() {
    static const IdentityHeaders names({kProxiedCertificate});
    return names;
}

const IdentityHeaders& host_header() {
    static const IdentityHeaders names({kProxiedHost});
    return names;
}

void log_stranger(ngx_http_request_t* r, const Guard& proxies, const std::string& subject,
                  const Decision& problem) noexcept {
    const ngx_str_t guard = borrow(proxies.settings.name);
    const ngx_str_t who = borrow(subject);
    const ngx_str_t reason = borrow(reason_word(problem.reason));
    const ngx_str_t message = borrow(problem.message);
    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                  "certguard: guard \"%V\" takes \"%V\" for no trusted proxy, whatever its headers "
                  "say: %V: %V",
                  &guard, &who, &reason, &message);
}

/// The certificate is the connection's own: no request can bring another. SAYS_SO: there are
/// headers that only a proxy may send.
bool comes_from_proxy(ngx_http_request_t* r, const Guard& proxies, bool says_so) {
    const auto certificate = peer_certificate(r->connection, worker_certificates());
    if (!certificate || *certificate == nullptr) {
        return false;
    }
    const auto problem = check_trusted_proxy(proxies, **certificate, ngx_time());
    if (problem && says_so) {
        log_stranger(r, proxies, (*certificate)->certificate().subject(), *problem);
    }
    forget_openssl_errors();
    return !problem;
}

/// The installer's Apache sets this spelling, and lets others of its clients pass. With Connection:
/// X_RHSM_SSL_CLIENT_CERT they make it drop its own, so one that comes alone may be theirs.
bool is_of_proxy(const ngx_table_elt_t& header) noexcept {
    constexpr std::string_view kSpelling = "x_rhsm_ssl_client_cert";
    return header.key.data == name_text ||  // settled before an internal redirect
           (header.key.len == kSpelling.size() &&
            ngx_strncasecmp(header.key.data, borrow(kSpelling).data, kSpelling.size()) == 0);
}

/// Backends differ in which spelling wins over another, so it is always the same one. Without a
/// word here they would look for the certificate elsewhere, and find the proxy's: of nobody, or of
/// who can't be told, the word is (null). That the proxy has sent none says nothing either: its
/// client can make it drop the header.
ngx_int_t settle_certificate(ngx_http_request_t* r) {
    const OnlyHeader found = only_request_header(r, certificate_header());
    if (found.header == nullptr || !is_of_proxy(*found.header)) {
        return remove_request_headers(r, certificate_header()) == NGX_OK
                   ? append_request_header(r, kName, kLowcase, hash(), kNobody)
                   : NGX_ERROR;
    }
    found.header->hash = hash();
    found.header->key = kName;
    found.header->lowcase_key = lowcase_text;
    if (found.header->value.len == 0) {
        found.header->value = kNobody;
    }
    return NGX_OK;
}

ngx_int_t settle_host(ngx_http_request_t* r) {
    return only_request_header(r, host_header()).is_repeated
               ? remove_request_headers(r, host_header())
               : NGX_OK;
}

bool has_proxied(ngx_http_request_t* r) {
    return has_request_header(r, certificate_header()) || has_request_header(r, host_header());
}

/// underscores_in_headers is on, so that X_RHSM_SSL_CLIENT_CERT gets here. For all other headers it
/// is as if it were off: what clients can do with it goes from X_Forwarded_For to
/// Transfer_Encoding.
constexpr bool kWithUnderscores = true;

ngx_int_t strip_proxied(ngx_http_request_t* r, const LoadedConfiguration& loaded) {
    if (!comes_from_proxy(r, *loaded.policy->trusted_proxies, has_proxied(r))) {
        return remove_request_headers(r, {loaded.identity_headers, kWithUnderscores});
    }
    if (settle_certificate(r) != NGX_OK || settle_host(r) != NGX_OK) {
        return NGX_ERROR;
    }
    return remove_request_headers(r, {loaded.identity_headers_of_proxies, kWithUnderscores});
}

}  // namespace

ngx_int_t strip_identity(ngx_http_request_t* r, bool may_be_proxy) noexcept {
    const LoadedConfiguration& loaded = *main_configuration(r)->loaded;
    if (loaded.policy->trusted_proxies == nullptr) {
        return remove_request_headers(r, loaded.identity_headers);
    }
    if (!may_be_proxy) {
        return remove_request_headers(r, {loaded.identity_headers, kWithUnderscores});
    }
    return guarded(r->connection->log, "looking for a trusted proxy",
                   static_cast<ngx_int_t>(NGX_ERROR), [&] { return strip_proxied(r, loaded); });
}

}  // namespace certguard::ngx
