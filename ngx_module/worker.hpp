// What one worker process keeps: the certificates it has seen, and the thread that watches CA and
// CRL files for it.
#pragma once

#include "ngx_cpp.hpp"

#include "certguard/certificate_cache.hpp"

namespace certguard::ngx {

/// nginx's init_process and exit_process. The first does nothing in cache helpers and when no
/// location has a guard.
ngx_int_t init_worker(ngx_cycle_t* cycle) noexcept;
void exit_worker(ngx_cycle_t* cycle) noexcept;

/// The worker's certificates. May be called by requests only.
CertificateCache& worker_certificates();

}  // namespace certguard::ngx
