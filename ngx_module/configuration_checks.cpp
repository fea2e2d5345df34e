#include "configuration_checks.hpp"

#include <algorithm>

#include "configuration.hpp"

namespace certguard::ngx {
namespace {

const ngx_http_core_main_conf_t& core_configuration(ngx_conf_t* cf) noexcept {
    return *static_cast<const ngx_http_core_main_conf_t*>(
        ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module));
}

/// Calls BODY for each server that has a location with a guard.
template <class Body>
void for_each_guarded_server(const ngx_http_core_main_conf_t& core, Body&& body) noexcept {
    const auto* const* const servers =
        static_cast<const ngx_http_core_srv_conf_t* const*>(core.servers.elts);
    for (ngx_uint_t i = 0; i < core.servers.nelts; ++i) {
        const auto* const ours = static_cast<const ServerConfiguration*>(
            servers[i]->ctx->srv_conf[ngx_http_certguard_module.ctx_index]);
        if (ours->used != 0) {
            body(*servers[i]);
        }
    }
}

/// Null when SERVER has no such named location.
const ngx_http_core_loc_conf_t* named_location(const ngx_http_core_srv_conf_t* server,
                                               const ngx_str_t& name) noexcept {
    for (ngx_http_core_loc_conf_t** named = server->named_locations;
         named != nullptr && *named != nullptr; ++named) {
        if (view((*named)->name) == view(name)) {
            return *named;
        }
    }
    return nullptr;
}

bool check_pass_target(ngx_conf_t* cf, PassTarget& target) noexcept {
    const ngx_http_core_loc_conf_t* const named = named_location(target.server, target.name);
    if (named == nullptr) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "certguard_pass \"%V\" in %V:%ui, but server \"%V\" has no such named "
                      "location",
                      &target.name, &target.place.file, target.place.line,
                      &target.server->server_name);
        return false;
    }
    auto* const location =
        static_cast<LocationConfiguration*>(named->loc_conf[ngx_http_certguard_module.ctx_index]);
    if (location->has_own_guard && location->guard != target.guard) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "certguard_pass \"%V\" in %V:%ui, but what is passed is not guarded a second "
                      "time: the guard \"%V\" in %V:%ui would not be asked",
                      &target.name, &target.place.file, target.place.line, &location->guard_name,
                      &location->guard_place.file, location->guard_place.line);
        return false;
    }
    return true;
}

/// SERVERS is of ngx_http_core_srv_conf_t*.
bool holds(const ngx_array_t& servers, const ngx_http_core_srv_conf_t& server) noexcept {
    const auto* const all = static_cast<const ngx_http_core_srv_conf_t* const*>(servers.elts);
    return std::find(all, all + servers.nelts, &server) != all + servers.nelts;
}

/// The default server of an address that SERVER listens on, when its underscores_in_headers is off:
/// for a client that tells no name by TLS, it counts until the Host header has come. Null when
/// there is none.
const ngx_http_core_srv_conf_t* default_without_underscores(
    const ngx_http_core_main_conf_t& core, const ngx_http_core_srv_conf_t& server) noexcept {
    const auto* const ports = static_cast<const ngx_http_conf_port_t*>(core.ports->elts);
    for (ngx_uint_t i = 0; i < core.ports->nelts; ++i) {
        const auto* const addresses = static_cast<const ngx_http_conf_addr_t*>(ports[i].addrs.elts);
        for (ngx_uint_t j = 0; j < ports[i].addrs.nelts; ++j) {
            const ngx_http_conf_addr_t& address = addresses[j];
            if (address.default_server->underscores_in_headers == 0 &&
                holds(address.servers, server)) {
                return address.default_server;
            }
        }
    }
    return nullptr;
}

/// nginx would drop X_RHSM_SSL_CLIENT_CERT before anybody sees it, and make nobodies of the
/// proxies' clients.
bool check_underscores(ngx_conf_t* cf) noexcept {
    const ngx_http_core_main_conf_t& core = core_configuration(cf);
    bool is_good = true;
    for_each_guarded_server(core, [&](const ngx_http_core_srv_conf_t& server) {
        if (server.underscores_in_headers == 0) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "certguard: the policy's trusted_proxies needs "
                          "\"underscores_in_headers on\" in server \"%V\" in %s:%ui",
                          &server.server_name, server.file_name, server.line);
            is_good = false;
        } else if (const auto* const first = default_without_underscores(core, server)) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "certguard: the policy's trusted_proxies needs "
                          "\"underscores_in_headers on\" in server \"%V\" in %s:%ui, too: it is "
                          "the default server where server \"%V\" listens",
                          &first->server_name, first->file_name, first->line, &server.server_name);
            is_good = false;
        }
    });
    return is_good;
}

/// Warns of servers with TLS that never ask a client for its certificate: nobody would be granted
/// anything there, and every request looks like one without certificate.
void warn_of_unasked_clients(ngx_conf_t* cf) noexcept {
    for_each_guarded_server(core_configuration(cf), [&](const ngx_http_core_srv_conf_t& server) {
        const auto* const tls = static_cast<const ngx_http_ssl_srv_conf_t*>(
            server.ctx->srv_conf[ngx_http_ssl_module.ctx_index]);
        if (tls->certificates != nullptr && tls->verify == 0) {
            ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                          "certguard: server \"%V\" in %s:%ui has a guard, but never asks its "
                          "clients for a certificate: \"ssl_verify_client optional_no_ca\" does",
                          &server.server_name, server.file_name, server.line);
        }
    });
}

}  // namespace

ngx_int_t check_configuration(ngx_conf_t* cf) noexcept {
    const MainConfiguration* const main = main_configuration(cf);
    if (main->used && main->loaded == nullptr) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "certguard: guards are used, but no certguard_policy defines them");
        return NGX_ERROR;
    }
    auto* const targets = static_cast<PassTarget*>(main->pass_targets.elts);
    const bool has_proxies =
        main->loaded != nullptr && main->loaded->policy->trusted_proxies != nullptr;
    ngx_int_t rc = !has_proxies || check_underscores(cf) ? NGX_OK : NGX_ERROR;
    warn_of_unasked_clients(cf);
    for (ngx_uint_t i = 0; i < main->pass_targets.nelts; ++i) {
        if (!check_pass_target(cf, targets[i])) {
            rc = NGX_ERROR;
        }
    }
    return rc;
}

}  // namespace certguard::ngx
