#include "configuration.hpp"

#include <string>

#include "certguard/curl_client.hpp"
#include "certguard/origin.hpp"
#include "purge_handler.hpp"
#include "status_handler.hpp"
#include "worker_lookups.hpp"
#include "zone.hpp"

namespace certguard::ngx {
namespace {

char kDuplicate[] = "is duplicate";
char* const kFailed = static_cast<char*>(NGX_CONF_ERROR);

DirectivePlace place_of(const ngx_conf_t* cf) noexcept {
    return {cf->conf_file->file.name, cf->conf_file->line};
}

const ngx_str_t* arguments(const ngx_conf_t* cf) noexcept {
    return static_cast<const ngx_str_t*>(cf->args->elts);
}

/// How long nginx may wait for the name of a lookup's server when it starts.
constexpr std::chrono::milliseconds kResolveLimit{5000};

/// The addresses of the lookup's server, so that workers can ask from the first moment on. Without
/// any the configuration is good all the same: the workers go on looking.
AddressList resolve(ngx_conf_t* cf, const LookupSettings& lookup) {
    if (lookup.url.empty()) {
        return {};
    }
    const Result<AddressList> found =
        resolve_name(parse_origin(lookup.url).value().host, kResolveLimit);
    if (!found) {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "certguard: lookup \"%s\": %s; it can't be asked until its name is found",
                      lookup.name.c_str(), found.error().message.c_str());
        return {};
    }
    return *found;
}

char* prepare_lookups(ngx_conf_t* cf, LoadedConfiguration& loaded) {
    for (const LookupSettings& lookup : loaded.policy->lookups) {
        const auto problem = lookup.url.empty() ? std::nullopt : CurlClient::problem(lookup);
        if (problem) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "lookup \"%s\": %s", lookup.name.c_str(),
                               problem->message.c_str());
            return kFailed;
        }
        loaded.lookup_addresses.push_back(resolve(cf, lookup));
    }
    return NGX_CONF_OK;
}

/// Reads the policy with all that it names. Runs in the master, with the master's rights.
char* load(ngx_conf_t* cf, MainConfiguration* main, const std::string& file) {
    LoadedPolicy loaded = load_policy(file, ngx_time());
    for (const Diagnostic& diagnostic : loaded.diagnostics) {
        const std::string line = to_string(diagnostic);
        const ngx_str_t text = borrow(line);
        const ngx_uint_t level =
            diagnostic.severity == Diagnostic::Severity::error ? NGX_LOG_EMERG : NGX_LOG_WARN;
        ngx_log_error(level, cf->log, 0, "certguard: %V", &text);
    }
    if (loaded.policy == nullptr) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "the policy \"%s\" can't be used", file.c_str());
        return kFailed;
    }
    main->loaded = pool_new<LoadedConfiguration>(cf->pool);
    if (main->loaded == nullptr) {
        return kFailed;
    }
    for (IdentityHeaders* const headers :
         {&main->loaded->identity_headers, &main->loaded->identity_headers_of_proxies}) {
        for (const std::string& name : loaded.policy->settings.strip_headers) {
            headers->add(name);
        }
        for (const Guard& guard : loaded.policy->guards) {
            if (!guard.settings.forward_header.empty()) {
                headers->add(guard.settings.forward_header);
            }
        }
    }
    main->loaded->policy = std::move(loaded.policy);
    return prepare_lookups(cf, *main->loaded);
}

char* set_policy(ngx_conf_t* cf, ngx_command_t*, void* conf) noexcept {
    auto* const main = static_cast<MainConfiguration*>(conf);
    if (main->loaded != nullptr) {
        return kDuplicate;
    }
    ngx_str_t file = arguments(cf)[1];
    if (ngx_conf_full_name(cf->cycle, &file, 1) != NGX_OK) {
        return kFailed;
    }
    return guarded(cf->log, "certguard_policy", kFailed,
                   [&] { return load(cf, main, std::string(view(file))); });
}

char* set_zone(ngx_conf_t* cf, ngx_command_t*, void* conf) noexcept {
    auto* const main = static_cast<MainConfiguration*>(conf);
    if (main->zone_size != 0) {
        return kDuplicate;
    }
    ngx_str_t text = arguments(cf)[1];
    const ssize_t size = ngx_parse_size(&text);
    if (size == NGX_ERROR || static_cast<std::size_t>(size) < kLeastZoneSize) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "certguard_zone expects a size of at least %uzk, like 16m, found \"%V\"",
                           kLeastZoneSize >> 10, &text);
        return kFailed;
    }
    main->zone_size = static_cast<std::size_t>(size);
    return NGX_CONF_OK;
}

char* set_purge(ngx_conf_t* cf, ngx_command_t*, void*) noexcept {
    auto* const core = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module));
    core->handler = purge;
    return NGX_CONF_OK;
}

char* set_status(ngx_conf_t* cf, ngx_command_t*, void*) noexcept {
    auto* const core = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module));
    core->handler = show_status;
    return NGX_CONF_OK;
}

char* set_guard(ngx_conf_t* cf, ngx_command_t*, void* conf) noexcept {
    auto* const location = static_cast<LocationConfiguration*>(conf);
    if (location->guard_name.data != nullptr) {
        return kDuplicate;
    }
    location->guard_name = arguments(cf)[1];
    location->guard_place = place_of(cf);
    if (view(location->guard_name) != "off") {
        location->has_own_guard = 1;
        // Noted before any merge, so that headers are stripped in every location of the server.
        auto* const server = static_cast<ServerConfiguration*>(
            ngx_http_conf_get_module_srv_conf(cf, ngx_http_certguard_module));
        server->used = 1;
        main_configuration(cf)->used = 1;
    }
    return NGX_CONF_OK;
}

char* set_pass(ngx_conf_t* cf, ngx_command_t*, void* conf) noexcept {
    auto* const location = static_cast<LocationConfiguration*>(conf);
    if (location->pass.data != nullptr) {
        return kDuplicate;
    }
    const ngx_str_t name = arguments(cf)[1];
    if (name.len < 2 || name.data[0] != '@') {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "certguard_pass expects a named location (@NAME), found \"%V\"", &name);
        return kFailed;
    }
    location->pass = name;
    location->pass_place = place_of(cf);
    return NGX_CONF_OK;
}

ngx_conf_enum_t modes[] = {
    {ngx_string("enforce"), kModeEnforce},
    {ngx_string("audit"), kModeAudit},
    {ngx_null_string, 0},
};

char* resolve_guard(ngx_conf_t* cf, LocationConfiguration* location) {
    const LoadedConfiguration* const loaded = main_configuration(cf)->loaded;
    DirectivePlace& place = location->guard_place;
    if (loaded == nullptr) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "certguard: guard \"%V\" in %V:%ui, but no certguard_policy defines guards",
                      &location->guard_name, &place.file, place.line);
        return kFailed;
    }
    location->guard = loaded->policy->find(view(location->guard_name));
    if (location->guard == nullptr) {
        std::string known;
        for (const Guard& guard : loaded->policy->guards) {
            known += (known.empty() ? "" : ", ") + guard.settings.name;
        }
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "certguard: unknown guard \"%V\" in %V:%ui, the policy defines: %s",
                      &location->guard_name, &place.file, place.line, known.c_str());
        return kFailed;
    }
    const std::string& header = location->guard->settings.forward_header;
    if (header.empty()) {
        return NGX_CONF_OK;
    }
    location->forward_header = copy(cf->pool, header);
    location->forward_header_lowcase = copy(cf->pool, header);
    if (location->forward_header.data == nullptr ||
        location->forward_header_lowcase.data == nullptr) {
        return kFailed;
    }
    location->forward_header_hash = ngx_hash_strlow(location->forward_header_lowcase.data,
                                                    location->forward_header.data, header.size());
    return NGX_CONF_OK;
}

}  // namespace

ngx_command_t commands[] = {
    {ngx_string("certguard_policy"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, set_policy,
     NGX_HTTP_MAIN_CONF_OFFSET, 0, nullptr},
    {ngx_string("certguard_zone"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, set_zone,
     NGX_HTTP_MAIN_CONF_OFFSET, 0, nullptr},
    {ngx_string("certguard_purge"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS, set_purge,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},
    {ngx_string("certguard_status"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS, set_status,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},
    {ngx_string("certguard"),
     NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF | NGX_CONF_TAKE1, set_guard,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},
    {ngx_string("certguard_pass"),
     NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF | NGX_CONF_TAKE1, set_pass,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},
    {ngx_string("certguard_mode"),
     NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF | NGX_CONF_TAKE1,
     ngx_conf_set_enum_slot, NGX_HTTP_LOC_CONF_OFFSET, offsetof(LocationConfiguration, mode),
     modes},
    ngx_null_command};

void* create_main_configuration(ngx_conf_t* cf) noexcept {
    auto* const main =
        static_cast<MainConfiguration*>(ngx_pcalloc(cf->pool, sizeof(MainConfiguration)));
    if (main == nullptr ||
        ngx_array_init(&main->pass_targets, cf->pool, 4, sizeof(PassTarget)) != NGX_OK) {
        return nullptr;
    }
    return main;
}

void* create_server_configuration(ngx_conf_t* cf) noexcept {
    return ngx_pcalloc(cf->pool, sizeof(ServerConfiguration));
}

char* merge_server_configuration(ngx_conf_t*, void* parent, void* child) noexcept {
    auto* const server = static_cast<ServerConfiguration*>(child);
    server->used |= static_cast<ServerConfiguration*>(parent)->used;
    return NGX_CONF_OK;
}

void* create_location_configuration(ngx_conf_t* cf) noexcept {
    auto* const location =
        static_cast<LocationConfiguration*>(ngx_pcalloc(cf->pool, sizeof(LocationConfiguration)));
    if (location != nullptr) {
        location->mode = NGX_CONF_UNSET_UINT;
    }
    return location;
}

char* merge_location_configuration(ngx_conf_t* cf, void* parent, void* child) noexcept {
    const auto* const previous = static_cast<LocationConfiguration*>(parent);
    auto* const location = static_cast<LocationConfiguration*>(child);

    if (location->guard_name.data == nullptr) {
        location->guard_name = previous->guard_name;
        location->guard_place = previous->guard_place;
    }
    if (location->pass.data == nullptr) {
        location->pass = previous->pass;
        location->pass_place = previous->pass_place;
    }
    ngx_conf_merge_uint_value(location->mode, previous->mode, kModeEnforce);

    if (location->guard_name.data == nullptr || view(location->guard_name) == "off") {
        return NGX_CONF_OK;
    }
    if (guarded(cf->log, "certguard", kFailed, [&] { return resolve_guard(cf, location); }) !=
        NGX_CONF_OK) {
        return kFailed;
    }
    if (location->pass.data != nullptr) {
        auto* const target =
            static_cast<PassTarget*>(ngx_array_push(&main_configuration(cf)->pass_targets));
        if (target == nullptr) {
            return kFailed;
        }
        target->name = location->pass;
        target->place = location->pass_place;
        target->guard = location->guard;
        target->server = static_cast<ngx_http_core_srv_conf_t*>(
            ngx_http_conf_get_module_srv_conf(cf, ngx_http_core_module));
    }
    return NGX_CONF_OK;
}

char* init_main_configuration(ngx_conf_t* cf, void* conf) noexcept {
    auto* const main = static_cast<MainConfiguration*>(conf);
    // The servers are read by now, so it is known whether anything is guarded.
    if (main->loaded == nullptr || !main->used) {
        return NGX_CONF_OK;
    }
    main->zone = add_zone(cf, main->zone_size != 0 ? main->zone_size : kDefaultZoneSize);
    return main->zone != nullptr ? NGX_CONF_OK : kFailed;
}

}  // namespace certguard::ngx
