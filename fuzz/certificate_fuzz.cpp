// Any bytes as a DER certificate: what parses has facts that can be shown, and an entitlement that
// decodes answers every path without contradicting itself.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "certguard/certificate.hpp"
#include "certguard/entitlement.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto certificate =
        certguard::Certificate::from_der({reinterpret_cast<const char*>(data), size});
    if (!certificate.ok()) {
        return 0;
    }
    const certguard::Certificate& parsed = **certificate;
    if (parsed.subject().find('\n') != std::string::npos ||
        certguard::Certificate::from_pem(parsed.pem()).value()->fingerprint() !=
            parsed.fingerprint()) {
        std::abort();
    }
    const auto entitlement = certguard::Entitlement::decode(parsed);
    if (!entitlement.ok()) {
        return 0;
    }
    for (const std::string& path : entitlement->paths(64)) {
        const auto granted = entitlement->authorizes(path);
        const auto below = entitlement->authorizes(path + "/below");
        if (granted.ok() && *granted && below.ok() && !*below) {
            std::abort();  // whoever may read a directory may read what is in it
        }
    }
    return 0;
}
