#include "status_handler.hpp"

#include <string>

#include "answer.hpp"
#include "certguard/status_report.hpp"
#include "certguard/version.hpp"
#include "configuration.hpp"
#include "worker.hpp"

namespace certguard::ngx {
namespace {

std::optional<std::int64_t> seconds_to(std::int64_t time) {
    return time == 0 ? std::nullopt : std::optional<std::int64_t>(time - ngx_time());
}

StatusReport::Trust trust_of(const Guard& guard) {
    const TrustFiles::Status& status = guard.trust->status();
    StatusReport::Trust trust;
    trust.guard = guard.settings.name;
    trust.generation = status.generation;
    trust.age = ngx_time() - status.adopted_at;
    trust.is_failing = status.is_failing;
    if (const TrustStore* const store = guard.trust->current().get()) {
        trust.ca_expires_in = seconds_to(store->first_ca_expiry());
        trust.crl_expires_in = seconds_to(store->first_crl_expiry());
    }
    return trust;
}

StatusReport::Lookup lookup_of(const LookupSettings& settings, const HostLookup& lookup) {
    const CircuitState circuit = lookup.circuit();
    StatusReport::Lookup shown;
    shown.name = settings.name;
    shown.source = source_word(settings.source);
    shown.is_open = circuit.is_open;
    shown.retry_after = circuit.retry_after;
    shown.failures = circuit.failures;
    return shown;
}

StatusReport report() {
    StatusReport report;
    report.version = kVersion;
    const MainConfiguration* const main = main_configuration(ngx_cycle);
    if (main == nullptr || !main->used) {
        return report;
    }
    const Policy& policy = *main->loaded->policy;
    for (const Guard& guard : policy.guards) {
        report.trust.push_back(trust_of(guard));
    }
    if (WorkerLookups* const lookups = worker_lookups()) {
        for (std::size_t i = 0; i < policy.lookups.size(); ++i) {
            if (const HostLookup* const lookup = lookups->at(i)) {
                report.lookups.push_back(lookup_of(policy.lookups[i], *lookup));
            }
        }
        report.cache = lookups->cache()->statistics();
    }
    if (const WorkerCounters* const counting = worker_counters()) {
        if (counting->counters() != nullptr) {
            add_counters(report, *counting->counters());
        }
    }
    if (const auto expiry = worker_certificates().first_expiry(ngx_time())) {
        report.certificate_expires_in = *expiry - ngx_time();
    }
    return report;
}

bool wants_prometheus(ngx_http_request_t* r) {
    ngx_str_t value;
    ngx_str_t name = ngx_string("format");
    return ngx_http_arg(r, name.data, name.len, &value) == NGX_OK && view(value) == "prometheus";
}

}  // namespace

ngx_int_t show_status(ngx_http_request_t* r) noexcept {
    if ((r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD)) == 0) {
        return NGX_HTTP_NOT_ALLOWED;
    }
    return guarded(r->connection->log, "showing the status",
                   static_cast<ngx_int_t>(NGX_HTTP_INTERNAL_SERVER_ERROR), [&] {
                       auto* const answer = pool_new<RegistryAnswer>(r->pool);
                       if (answer == nullptr) {
                           return static_cast<ngx_int_t>(NGX_HTTP_INTERNAL_SERVER_ERROR);
                       }
                       const bool prometheus = wants_prometheus(r);
                       answer->status = NGX_HTTP_OK;
                       answer->body =
                           prometheus ? status_prometheus(report()) : status_json(report());
                       answer->headers = {
                           {"Content-Type", prometheus ? "text/plain; version=0.0.4; charset=utf-8"
                                                       : "application/json"},
                           {"Cache-Control", "no-store"}};
                       return respond(r, *answer);
                   });
}

}  // namespace certguard::ngx
