#include "certguard/percent_encode.hpp"

#include <cstdio>
#include <string>

#include "catch.hpp"

using certguard::percent_encode;

TEST_CASE("unreserved characters are not encoded") {
    const std::string unreserved =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    CHECK(percent_encode(unreserved) == unreserved);
}

TEST_CASE("every other byte becomes %XX with upper-case digits") {
    int encoded = 0;
    for (int i = 0; i < 256; ++i) {
        const std::string byte(1, static_cast<char>(i));
        const std::string out = percent_encode(byte);
        if (out != byte) {
            char want[4];
            std::snprintf(want, sizeof want, "%%%02X", i);
            CHECK(out == want);
            ++encoded;
        }
    }
    CHECK(encoded == 256 - 66);
}

TEST_CASE("a PEM text is encoded as nginx encodes $ssl_client_escaped_cert") {
    CHECK(percent_encode("-----BEGIN CERTIFICATE-----\na+b/c=\n") ==
          "-----BEGIN%20CERTIFICATE-----%0Aa%2Bb%2Fc%3D%0A");
    CHECK(percent_encode("").empty());
}
