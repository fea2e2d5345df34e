// CA bundles, CRLs and a leaf of anybody's making: no crash, every problem in one printable line,
// nothing left in OpenSSL's error queue, and a verdict that is the same all through its window.
//
// The input is a list of files, divided by kDivider. The first byte of each says what it is: C and
// R for the text of a bundle or a CRL file, L for a leaf in PEM; c, r and l for the same in DER.
#include <openssl/err.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "certguard/trust_store.hpp"
#include "require.hpp"

namespace {

using certguard::Certificate;
using certguard::NamedText;
using certguard::Reason;
using certguard::Result;
using certguard::TrustFileText;
using certguard::TrustStore;
using certguard::TrustVerdict;
using certguard::fuzz::require;

constexpr std::string_view kDivider("\xFF\x00\xFF\x00", 4);
constexpr std::int64_t kNow = 1'800'000'000;

struct Input {
    std::vector<TrustFileText> ca;
    std::vector<TrustFileText> crl;
    std::vector<Result<std::shared_ptr<const Certificate>>> leaves;
};

std::string pem(std::string_view der) {
    std::string base64(der.size() * 2 + 4, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()),
                                     reinterpret_cast<const unsigned char*>(der.data()),
                                     static_cast<int>(der.size()));
    base64.resize(static_cast<std::size_t>(size));
    return "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n";
}

void add(Input& input, std::string_view file) {
    if (file.empty()) {
        return;
    }
    const std::string_view content = file.substr(1);
    switch (file[0]) {
        case 'C': input.ca.push_back({"ca", std::string(content)}); break;
        case 'c': input.ca.push_back({"ca", pem(content)}); break;
        case 'R':
        case 'r': input.crl.push_back({"crl", std::string(content)}); break;
        case 'L': input.leaves.push_back(Certificate::from_pem(content)); break;
        case 'l': input.leaves.push_back(Certificate::from_der(content)); break;
        default: break;
    }
}

Input parse(std::string_view data) {
    Input input;
    for (std::size_t at = 0; at < data.size();) {
        const std::size_t end = std::min(data.find(kDivider, at), data.size());
        add(input, data.substr(at, end - at));
        at = end + kDivider.size();
    }
    return input;
}

void require_line(const std::string& text) {
    for (const unsigned char c : text) {
        require(c >= 0x20 && c != 0x7f);
    }
}

void require_lines(const std::vector<NamedText>& texts) {
    for (const NamedText& text : texts) {
        require(!text.text.empty());
        require_line(text.text);
    }
}

void check_verdict(const TrustStore& store, const Certificate& leaf) {
    const TrustVerdict verdict = store.verify(leaf, kNow);
    require((verdict.reason == Reason::ok) == verdict.message.empty());
    require_line(verdict.message);
    require(verdict.holds_from <= kNow && kNow <= verdict.holds_until);
    for (const std::int64_t edge : {verdict.holds_from, verdict.holds_until}) {
        const TrustVerdict other = store.verify(leaf, edge);
        require(other.reason == verdict.reason && other.message == verdict.message);
        require(other.holds_from == verdict.holds_from);
        require(other.holds_until == verdict.holds_until);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Input input = parse({reinterpret_cast<const char*>(data), size});
    const TrustStore::Built built = TrustStore::build(input.ca, input.crl, kNow);
    require(ERR_peek_error() == 0);
    require((built.store == nullptr) == !built.errors.empty());
    require_lines(built.errors);
    require_lines(built.warnings);
    if (built.store == nullptr) {
        return 0;
    }
    require_lines(built.store->warnings(kNow));
    for (const auto& leaf : input.leaves) {
        if (leaf.ok()) {
            check_verdict(*built.store, **leaf);
            require(ERR_peek_error() == 0);
        }
    }
    return 0;
}
