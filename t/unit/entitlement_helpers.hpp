// Entitlements out of paths, payloads and bare extensions.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bare_extensions.hpp"
#include "catch.hpp"
#include "certguard/entitlement.hpp"
#include "rhsm_encoder.hpp"

namespace certguard::test {

using Paths = std::vector<std::string>;

inline Result<Entitlement> decode_v3(const Paths& paths) {
    return Entitlement::decode(BareExtensions(rhsm_encoder::v3_extensions(paths)).list());
}

inline Result<Entitlement> decode_v1(const Paths& urls) {
    return Entitlement::decode(BareExtensions(rhsm_encoder::v1_extensions(urls)).list());
}

/// A v3 certificate whose extension .7 has the DER bytes VALUE.
inline Result<Entitlement> decode_payload_value(const std::string& value) {
    BareExtensions extensions;
    extensions.add("6", rhsm_encoder::utf8_string("3.4")).add("7", value);
    return Entitlement::decode(extensions.list());
}

inline Result<Entitlement> decode_payload(const std::string& payload) {
    return decode_payload_value(rhsm_encoder::octet_string(payload));
}

inline Entitlement good(Result<Entitlement> decoded) {
    INFO((decoded.ok() ? std::string() : decoded.error().message));
    REQUIRE(decoded.ok());
    return std::move(decoded).value();
}

inline bool allows(const Entitlement& entitlement, const std::string& path) {
    const auto answer = entitlement.authorizes(path);
    REQUIRE(answer.ok());
    return *answer;
}

inline bool touches(const Entitlement& entitlement, const std::string& base_path) {
    const auto answer = entitlement.touches(base_path);
    REQUIRE(answer.ok());
    return *answer;
}

}  // namespace certguard::test
