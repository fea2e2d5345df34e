// libcurl as this process has it.
#pragma once

#include <string>
#include <string_view>

namespace certguard {

/// Why this libcurl can't be used, in words for the admin; empty: it can. Initializes nothing, so
/// the master may ask before it forks.
std::string curl_library_problem();

/// SSL_VERSION: what curl_version_info() says, for instance "OpenSSL/3.0.15". libcurl must use
/// OpenSSL: a second TLS library in a worker of nginx would be one too many.
std::string tls_library_problem(std::string_view ssl_version);

/// Initializes libcurl, once in a process. Returns what went wrong; empty: nothing.
const std::string& initialize_curl();

}  // namespace certguard
