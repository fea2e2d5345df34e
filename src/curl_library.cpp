#include "curl_library.hpp"

#include <curl/curl.h>

#include "openssl_handles.hpp"
#include "printable.hpp"

namespace certguard {

std::string curl_library_problem() {
    const curl_version_info_data* const info = ::curl_version_info(CURLVERSION_NOW);
    return tls_library_problem(info->ssl_version != nullptr ? info->ssl_version : "");
}

std::string tls_library_problem(std::string_view ssl_version) {
    constexpr std::string_view kOpenssl = "OpenSSL/";
    if (ssl_version.substr(0, kOpenssl.size()) == kOpenssl) {
        return {};
    }
    return "libcurl was built with " +
           (ssl_version.empty() ? "no TLS library" : quoted(ssl_version)) +
           " and not with OpenSSL, which nginx uses: install libcurl4 (Debian) or libcurl (EL)";
}

const std::string& initialize_curl() {
    static const std::string problem = [] {
        const ErrorQueueGuard guard;
        const CURLcode result = ::curl_global_init(CURL_GLOBAL_DEFAULT);
        return result == CURLE_OK
                   ? std::string()
                   : std::string("libcurl can't be initialized: ") + ::curl_easy_strerror(result);
    }();
    return problem;
}

}  // namespace certguard
