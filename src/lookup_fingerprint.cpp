#include <openssl/evp.h>

#include <string>

#include "certguard/host_lookup.hpp"

namespace certguard {

namespace {

void add(std::string& text, std::string_view field) {
    text += std::to_string(field.size()) + ':';
    text += field;
}

}  // namespace

LookupFingerprint lookup_fingerprint(const LookupSettings& settings,
                                     std::string_view source_version) {
    // Who is asked, as whom, and for how long that holds; not how hard it is tried.
    std::string text;
    add(text, std::to_string(static_cast<int>(settings.source)));
    add(text, settings.url);
    add(text, settings.ca_pem);
    add(text, settings.user);
    add(text, settings.password);
    add(text, settings.certificate_pem);
    add(text, settings.key_pem);
    add(text, std::to_string(settings.fresh.count()));
    add(text, std::to_string(settings.stale.count()));
    add(text, std::to_string(settings.unknown.count()));
    add(text, source_version);
    LookupFingerprint fingerprint{};
    EVP_Digest(text.data(), text.size(), fingerprint.data(), nullptr, EVP_sha256(), nullptr);
    return fingerprint;
}

}  // namespace certguard
