// The client certificate of a TLS connection, as the worker remembers it.
#pragma once

#include "ngx_cpp.hpp"

#include <memory>

#include "certguard/certificate_cache.hpp"
#include "certguard/result.hpp"

namespace certguard::ngx {

/// The certificate that the client of C has proven to hold the key of; null when it showed none
/// or C has no TLS. The first call on a connection finds it in CACHE or adds it there; later ones
/// read what the TLS session object (one for all streams of HTTP/2 and HTTP/3) then holds on to.
/// Nothing is verified here. An error when the certificate can't be read.
Result<std::shared_ptr<ClientCertificate>> peer_certificate(ngx_connection_t* c,
                                                            CertificateCache& cache);

/// OpenSSL's error queue is one for all connections: what stays in it is blamed on the next. To be
/// called after certificates were looked at; looking is much cheaper than clearing, and mostly
/// there is nothing.
void forget_openssl_errors() noexcept;

}  // namespace certguard::ngx
