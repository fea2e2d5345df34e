// A client's certificate of anybody's making, in DER: no crash, short and printable names for the
// log, nothing left in OpenSSL's error queue, and an entitlement that does not contradict itself.
#include <openssl/err.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "certguard/certificate.hpp"
#include "certguard/entitlement.hpp"
#include "certguard/limits.hpp"
#include "entitlement_properties.hpp"
#include "require.hpp"

namespace {

using certguard::Certificate;
using certguard::Entitlement;
using certguard::fuzz::require;

void require_fit_for_a_log(const std::string& text) {
    require(text.size() <= certguard::limits::kNameBytes + 3);
    require(std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; }));
}

void check_facts(const Certificate& certificate) {
    require_fit_for_a_log(certificate.subject());
    require_fit_for_a_log(certificate.issuer());
    require_fit_for_a_log(certificate.serial());
    require(certificate.common_name().find('\0') == std::string::npos);
    if (const auto uuid = certificate.host_uuid()) {
        require(uuid->size() == 36);
        require(uuid->find_first_not_of("0123456789abcdef-") == std::string::npos);
    }
    const auto again = Certificate::from_pem(certificate.pem());
    require(again.ok() && (*again)->fingerprint() == certificate.fingerprint());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view der(reinterpret_cast<const char*>(data), size);
    const auto certificate = Certificate::from_der(der);
    if (certificate.ok()) {
        check_facts(**certificate);
        require(!kind_name(kind_of(**certificate)).empty());
        certguard::fuzz::check_entitlement(Entitlement::decode(**certificate));
    }
    require(ERR_peek_error() == 0);
    return 0;
}
