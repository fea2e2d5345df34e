#include "rhsm_encoder.hpp"

#include "bytes.hpp"
#include "catch.hpp"

using namespace certguard::rhsm_encoder;
using certguard::test::from_hex;
using Strings = std::vector<std::string>;

TEST_CASE("the encoder's Huffman codes are those of the format") {
    CHECK(huffman_codes(2) == Strings{"0", "1"});
    CHECK(huffman_codes(3) == Strings{"10", "11", "0"});
    CHECK(huffman_codes(4) == Strings{"110", "111", "10", "0"});
    CHECK(huffman_codes(5) == Strings{"010", "011", "00", "10", "11"});
    CHECK(huffman_codes(6) == Strings{"1110", "1111", "110", "00", "01", "10"});
    CHECK(huffman_codes(7) == Strings{"0110", "0111", "010", "110", "111", "00", "10"});
    CHECK(huffman_codes(9) ==
          Strings{"10110", "10111", "1010", "010", "011", "100", "110", "111", "00"});
}

TEST_CASE("the encoder's payloads are those of Candlepin") {
    CHECK(payload_of({"/Org"}) == from_hex("78daf32f4a670000036401290338"));
    CHECK(payload_of({"/Org/Library"}) ==
          from_hex("78daf3c94c2a4a2caa64f02f4a6700001c5103fe03e400"));
    CHECK(payload_of({"/a/b", "/a/$x/os", "/k/$x/os"}) ==
          from_hex("78da4b644862c866c82f6650a960000011f902ad05edbcbe9514"));
    CHECK(payload_of({}).empty());
    CHECK(payload_of({"/"}).empty());
    CHECK(payload_of({"/", "/Org"}) == payload_of({"/Org"}));
}

TEST_CASE("the encoder leaves out what a shorter path covers, in any order") {
    const std::string only_a = payload_of({"/A"});
    CHECK(payload_of({"/A", "/A/B"}) == only_a);
    CHECK(payload_of({"/A/B", "/A"}) == only_a);
    CHECK(payload_of({"A//", "/A"}) == only_a);
    CHECK(tree_of({"/a/x/y", "/b/x/y"}).nodes.size() == 4);
}
