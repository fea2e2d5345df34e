#include "certguard/oci_reference.hpp"

#include <random>
#include <regex>
#include <string>

#include "catch.hpp"

using namespace certguard;

namespace {

/// Random texts of ALPHABET, short enough to be right now and then.
template <class Check>
void for_random_texts(std::string_view alphabet, Check check) {
    std::mt19937 random(1);
    for (int i = 0; i < 50'000; ++i) {
        std::string text(random() % 8, ' ');
        for (char& c : text) {
            c = alphabet[random() % alphabet.size()];
        }
        check(text);
    }
}

const std::string kHex64(64, 'a');

}  // namespace

TEST_CASE("a tag is a word of 128 characters at most") {
    for (const char* good : {"latest", "1.0", "_", "A", "v1.2-rc.3_x", "a..b", "a--", "0"}) {
        CAPTURE(good);
        CHECK(is_tag(good));
    }
    for (const char* bad : {"", ".", "..", ".a", "-a", "a/b", "a:b", "a b", "a%20", "a+b",
                            "\xc3\xa4", "a\n", "@", "a\\"}) {
        CAPTURE(bad);
        CHECK_FALSE(is_tag(bad));
    }
    CHECK(is_tag(std::string(128, 'x')));
    CHECK_FALSE(is_tag(std::string(129, 'x')));
    CHECK_FALSE(is_tag(std::string("a\0b", 3)));
}

TEST_CASE("a tag is what the specification's expression matches") {
    const std::regex expression("[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}");
    for_random_texts("aZ9_.-/:+ ", [&](const std::string& text) {
        CAPTURE(text);
        REQUIRE(is_tag(text) == std::regex_match(text, expression));
    });
}

TEST_CASE("a sha256 or sha512 digest has all of its digits in lower case") {
    CHECK(is_digest("sha256:" + kHex64));
    CHECK(is_digest("sha512:" + kHex64 + kHex64));
    CHECK_FALSE(is_digest("sha256:" + kHex64.substr(1)));
    CHECK_FALSE(is_digest("sha256:" + kHex64 + "0"));
    CHECK_FALSE(is_digest("sha512:" + kHex64));
    CHECK_FALSE(is_digest("sha256:" + kHex64.substr(1) + "A"));
    CHECK_FALSE(is_digest("sha256:" + kHex64.substr(1) + "g"));
    CHECK_FALSE(is_digest("sha256:"));
    CHECK_FALSE(is_digest(kHex64));
    CHECK_FALSE(is_digest(""));
}

TEST_CASE("digests of other algorithms follow the grammar alone") {
    const std::regex expression("[a-z0-9]+([+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+");
    for_random_texts("aF9=_-:.+/", [&](const std::string& text) {
        CAPTURE(text);
        REQUIRE(is_digest(text) == std::regex_match(text, expression));
    });
    CHECK(is_digest("multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8"));
    CHECK(is_digest("a:" + std::string(253, 'x')));
    CHECK_FALSE(is_digest("a:" + std::string(254, 'x')));
}
