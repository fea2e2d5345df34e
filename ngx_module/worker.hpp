// What one worker process keeps: the certificates it has seen, the lookups that it asks, and the
// thread that watches CA and CRL files for it.
#pragma once

#include "ngx_cpp.hpp"

#include "certguard/certificate_cache.hpp"
#include "certguard/policy.hpp"
#include "worker_counters.hpp"
#include "worker_lookups.hpp"

namespace certguard::ngx {

/// nginx's init_process and exit_process. The first does nothing in cache helpers and when no
/// location has a guard.
ngx_int_t init_worker(ngx_cycle_t* cycle) noexcept;
void exit_worker(ngx_cycle_t* cycle) noexcept;

/// The worker's certificates. May be called by requests only.
CertificateCache& worker_certificates();
/// The lookup of GUARD; null when it needs none, or when it could not be started.
HostLookup* worker_lookup(const Guard& guard) noexcept;
/// Null when no guard needs a lookup, or when they could not be started.
WorkerLookups* worker_lookups() noexcept;
/// Null when nothing is guarded, or they could not be started.
WorkerCounters* worker_counters() noexcept;

}  // namespace certguard::ngx
