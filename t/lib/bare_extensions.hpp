// RHSM extensions without a certificate around them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "certguard/certificate.hpp"
#include "test_pki.hpp"

namespace certguard::test {

/// The DER bytes of "6" or "2.1000.1.6", arcs below 2^64.
inline std::string oid_bytes(std::string_view dotted) {
    std::string bytes;
    while (!dotted.empty()) {
        const std::string arc(dotted.substr(0, dotted.find('.')));
        dotted.remove_prefix(std::min(dotted.size(), arc.size() + 1));
        std::uint64_t value = std::stoull(arc);
        std::string encoded(1, static_cast<char>(value & 0x7F));
        while ((value >>= 7) != 0) {
            encoded.insert(encoded.begin(), static_cast<char>(0x80 | (value & 0x7F)));
        }
        bytes += encoded;
    }
    return bytes;
}

/// Owns the bytes that RhsmExtension only points to.
class BareExtensions {
  public:
    BareExtensions() = default;
    /// What is below the RHSM arc of EXTENSIONS, which name it in full.
    explicit BareExtensions(const std::vector<test_pki::Extension>& extensions) {
        const std::string arc = "1.3.6.1.4.1.2312.9.";
        for (const test_pki::Extension& extension : extensions) {
            add(std::string_view(extension.oid).substr(arc.size()), extension.der);
        }
    }

    /// DOTTED is what follows the arc: "6", "2.1000.1.6".
    BareExtensions& add(std::string_view dotted, std::string value) {
        return add_raw(oid_bytes(dotted), std::move(value));
    }
    BareExtensions& add_raw(std::string oid, std::string value) {
        owned_.emplace_back(std::move(oid), std::move(value));
        views_.push_back({owned_.back().first, owned_.back().second});
        return *this;
    }
    const std::vector<RhsmExtension>& list() const { return views_; }

  private:
    std::deque<std::pair<std::string, std::string>> owned_;  // never moves its elements
    std::vector<RhsmExtension> views_;
};

}  // namespace certguard::test
