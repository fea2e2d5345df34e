#include "siphash.hpp"

#include <cstdio>
#include <string>

#include "catch.hpp"

using namespace certguard;

namespace {

const SipKey kKey{0x0706050403020100, 0x0f0e0d0c0b0a0908};

/// LENGTH bytes 00 01 02 ..., as the authors' own test vectors have them.
std::string counting(std::size_t length) {
    std::string text;
    while (text.size() < length) {
        text += static_cast<char>(text.size());
    }
    return text;
}

std::string hex(const Digest& digest) {
    std::string text;
    for (std::uint8_t byte : digest) {
        char digits[3];
        std::snprintf(digits, sizeof digits, "%02x", byte);
        text += digits;
    }
    return text;
}

}  // namespace

TEST_CASE("SipHash gives what its authors' vectors say") {
    CHECK(hex(siphash(kKey, counting(0))) == "a3817f04ba25a8e66df67214c7550293");
    CHECK(hex(siphash(kKey, counting(1))) == "da87c1d86b99af44347659119b22fc45");
    CHECK(hex(siphash(kKey, counting(7))) == "a1f1ebbed8dbc153c0b84aa61ff08239");
    CHECK(hex(siphash(kKey, counting(8))) == "3b62a9ba6258f5610f83e264f31497b4");
    CHECK(hex(siphash(kKey, counting(15))) == "5493e99933b0a8117e08ec0f97cfc3d9");
    CHECK(hex(siphash(kKey, counting(16))) == "6ee2a4ca67b054bbfd3315bf85230577");
    CHECK(hex(siphash(kKey, counting(63))) == "5150d1772f50834a503e069a973fbd7c");
}

TEST_CASE("SipHash does not care where its input is cut") {
    const std::string text = "acme/dev/web/prod/nginx and a little more";
    for (std::size_t first = 0; first <= text.size(); ++first) {
        for (std::size_t second = first; second <= text.size(); second += 5) {
            SipHash hash(kKey);
            hash.update(text.substr(0, first));
            hash.update(text.substr(first, second - first));
            hash.update(text.substr(second));
            CHECK(hash.finish() == siphash(kKey, text));
        }
    }
}

TEST_CASE("SipHash depends on its key") {
    CHECK(siphash({1, 2}, "host") != siphash({1, 3}, "host"));
    CHECK(siphash({1, 2}, "host") != siphash({2, 2}, "host"));
}
