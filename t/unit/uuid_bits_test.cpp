#include "uuid_bits.hpp"

#include <string>

#include "catch.hpp"

using certguard::Digest;
using certguard::pack_uuid;

namespace {

const std::string kUuid = "01234567-89ab-cdef-fedc-ba9876543210";

}  // namespace

TEST_CASE("a UUID has 128 bits, in the order of its digits") {
    Digest packed{};
    REQUIRE(pack_uuid(kUuid, packed));
    CHECK(packed == Digest{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98,
                           0x76, 0x54, 0x32, 0x10});
}

TEST_CASE("every digit of a UUID counts, and no other character is one") {
    Digest original{};
    REQUIRE(pack_uuid(kUuid, original));
    const std::string digits = "0123456789abcdef";
    for (std::size_t at = 0; at < kUuid.size(); ++at) {
        const bool is_dash = kUuid[at] == '-';
        for (int c = 0; c < 256; ++c) {
            std::string uuid = kUuid;
            uuid[at] = static_cast<char>(c);
            const bool is_digit = digits.find(uuid[at]) != std::string::npos;
            Digest packed{};
            CAPTURE(at, c);
            REQUIRE(pack_uuid(uuid, packed) == (is_dash ? uuid == kUuid : is_digit));
            REQUIRE((!is_digit || is_dash || (packed == original) == (uuid == kUuid)));
        }
    }
}

TEST_CASE("what is shorter or longer is no UUID") {
    Digest packed{};
    CHECK_FALSE(pack_uuid("", packed));
    CHECK_FALSE(pack_uuid(kUuid.substr(1), packed));
    CHECK_FALSE(pack_uuid(kUuid + "0", packed));
}
