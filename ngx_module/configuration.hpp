// What the directives leave behind: one plain struct for each of nginx's three levels, and the
// objects of the core that the cycle owns.
#pragma once

#include "ngx_cpp.hpp"

#include <memory>
#include <vector>

#include "certguard/identity_headers.hpp"
#include "certguard/name_resolver.hpp"
#include "certguard/policy.hpp"

namespace certguard::ngx {

/// Lives in the cycle's pool: old workers keep theirs until they exit.
struct LoadedConfiguration {
    std::shared_ptr<const Policy> policy;
    IdentityHeaders identity_headers;  // what clients may not send
    IdentityHeaders identity_headers_of_proxies = IdentityHeaders::of_trusted_proxies();
    std::vector<AddressList>
        lookup_addresses;  // as policy->lookups; empty: none found, none needed
};

/// Where a directive stands, for messages that can only be written when everything is read.
struct DirectivePlace {
    ngx_str_t file;
    ngx_uint_t line;
};

struct MainConfiguration {
    LoadedConfiguration* loaded;  // null without certguard_policy
    std::size_t zone_size;        // 0 until set
    ngx_shm_zone_t* zone;         // null when nothing is guarded
    ngx_array_t pass_targets;     // of PassTarget
    ngx_flag_t used;              // some location has a guard
};

struct ServerConfiguration {
    ngx_flag_t used;  // some location of this server has a guard
};

enum Mode : ngx_uint_t { kModeEnforce, kModeAudit };

struct LocationConfiguration {
    ngx_str_t guard_name;  // data is null until set; "off" switches off
    DirectivePlace guard_place;
    ngx_flag_t has_own_guard;  // not one that it inherits
    const Guard* guard;        // null: these requests are not ours
    ngx_str_t forward_header;
    ngx_str_t forward_header_lowcase;
    ngx_uint_t forward_header_hash;

    ngx_str_t pass;  // "@name"; data is null until set
    DirectivePlace pass_place;
    ngx_uint_t mode;
};

struct PassTarget {
    ngx_str_t name;
    DirectivePlace place;
    const Guard* guard;  // of the location that passes
    ngx_http_core_srv_conf_t* server;
};

extern ngx_command_t commands[];

void* create_main_configuration(ngx_conf_t* cf) noexcept;
char* init_main_configuration(ngx_conf_t* cf, void* conf) noexcept;
void* create_server_configuration(ngx_conf_t* cf) noexcept;
char* merge_server_configuration(ngx_conf_t* cf, void* parent, void* child) noexcept;
void* create_location_configuration(ngx_conf_t* cf) noexcept;
char* merge_location_configuration(ngx_conf_t* cf, void* parent, void* child) noexcept;

inline MainConfiguration* main_configuration(ngx_conf_t* cf) noexcept {
    return static_cast<MainConfiguration*>(
        ngx_http_conf_get_module_main_conf(cf, ngx_http_certguard_module));
}

inline MainConfiguration* main_configuration(ngx_http_request_t* r) noexcept {
    return static_cast<MainConfiguration*>(
        ngx_http_get_module_main_conf(r, ngx_http_certguard_module));
}

/// Null when CYCLE has no http block.
inline MainConfiguration* main_configuration(volatile ngx_cycle_t* cycle) noexcept {
    return static_cast<MainConfiguration*>(
        ngx_http_cycle_get_module_main_conf(cycle, ngx_http_certguard_module));
}

inline ServerConfiguration* server_configuration(ngx_http_request_t* r) noexcept {
    return static_cast<ServerConfiguration*>(
        ngx_http_get_module_srv_conf(r, ngx_http_certguard_module));
}

inline LocationConfiguration* location_configuration(ngx_http_request_t* r) noexcept {
    return static_cast<LocationConfiguration*>(
        ngx_http_get_module_loc_conf(r, ngx_http_certguard_module));
}

}  // namespace certguard::ngx
