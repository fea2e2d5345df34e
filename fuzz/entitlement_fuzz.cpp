// The extensions of an RHSM certificate. The first byte says what the rest is:
//   P   a v3 payload as it stands in a certificate
//   D   a v3 payload whose dictionary is not compressed, so that its checksum is always right: two
//       bytes of length, the words, then the node count and the bits
//   otherwise, extensions one after the other: a byte of length and the OID's bytes behind the RHSM
//       arc, two bytes of length and the value
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "byte_cursor.hpp"
#include "entitlement_properties.hpp"
#include "rhsm_encoder.hpp"

namespace {

using certguard::ByteCursor;
using certguard::Entitlement;
using certguard::RhsmExtension;
namespace rhsm_encoder = certguard::rhsm_encoder;

/// Takes SIZE bytes off BYTES, or what is left of them.
std::string_view take(std::string_view& bytes, std::size_t size) {
    const std::string_view taken = bytes.substr(0, size);
    bytes.remove_prefix(taken.size());
    return taken;
}

std::size_t take_number(std::string_view& bytes, std::size_t size) {
    const std::string_view number = take(bytes, size);
    return ByteCursor(number).big_endian(number.size()).value_or(0);
}

void check_payload(const std::string& payload) {
    const std::string version = rhsm_encoder::utf8_string("3.4");
    const std::string value = rhsm_encoder::octet_string(payload);
    certguard::fuzz::check_entitlement(Entitlement::decode({{"\x06", version}, {"\x07", value}}));
}

void check_dictionary(std::string_view rest) {
    const std::size_t size = take_number(rest, 2);
    const std::string_view dictionary = take(rest, size);
    check_payload(rhsm_encoder::zlib_compressed(dictionary) + std::string(rest));
}

void check_extensions(std::string_view rest) {
    std::vector<RhsmExtension> extensions;
    while (!rest.empty()) {
        const std::string_view oid = take(rest, take_number(rest, 1));
        const std::string_view value = take(rest, take_number(rest, 2));
        extensions.push_back({oid, value});
    }
    certguard::fuzz::check_entitlement(Entitlement::decode(extensions));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::string_view kind = take(input, 1);
    if (kind == "P") {
        check_payload(std::string(input));
    } else if (kind == "D") {
        check_dictionary(input);
    } else {
        check_extensions(input);
    }
    return 0;
}
