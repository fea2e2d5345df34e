// The readers that a payload goes through: DER, zlib, bits, Huffman codes, words.
#include "bit_reader.hpp"
#include "byte_cursor.hpp"
#include "bytes.hpp"
#include "catch.hpp"
#include "certguard/limits.hpp"
#include "der_value.hpp"
#include "huffman.hpp"
#include "inflate.hpp"
#include "rhsm_encoder.hpp"
#include "word_hash.hpp"
#include "word_table.hpp"

using namespace certguard;
using certguard::test::from_hex;
using namespace std::string_literals;

namespace {

std::string text(const Result<std::string_view>& result) {
    REQUIRE(result.ok());
    return std::string(*result);
}

}  // namespace

TEST_CASE("a byte cursor stops at the end") {
    ByteCursor in("\x01\x02\x03");
    CHECK(in.byte() == 1);
    CHECK(!in.big_endian(3));
    CHECK(in.big_endian(2) == 0x0203u);
    CHECK(in.big_endian(0) == 0u);
    CHECK(!in.byte());
    CHECK(!ByteCursor(std::string_view("\0\0\0\0\1", 5)).big_endian(5));
}

TEST_CASE("a DER value is read with every length that fits it") {
    CHECK(text(der_content(from_hex("04 02 6162"), DerTag::octet_string)) == "ab");
    CHECK(text(der_content(from_hex("04 00"), DerTag::octet_string)).empty());
    CHECK(text(der_content(from_hex("04 81 02 6162"), DerTag::octet_string)) == "ab");
    CHECK(text(der_content(from_hex("04 84 00000002 6162"), DerTag::octet_string)) == "ab");
    CHECK(
        text(der_content(rhsm_encoder::octet_string(std::string(70000, 'x')), DerTag::octet_string))
            .size() == 70000);
    CHECK(text(der_text(from_hex("0C 02 C3A9"))) == "\xC3\xA9");
}

TEST_CASE("a DER value of another type or length is refused") {
    for (const char* hex :
         {"", "04", "04 80", "04 80 6162 0000", "04 02 61", "04 02 616263", "04 01 6162",
          "04 85 0000000002 6162", "04 FF", "04 84 FFFFFFFF 61", "04 81", "04 82 00", "0C 02 6162",
          "24 04 04 02 6162", "05 00", "84 02 6162", "A4 02 6162", "1F 04 02 6162", "6162"}) {
        CAPTURE(hex);
        CHECK(!der_content(from_hex(hex), DerTag::octet_string).ok());
    }
    for (const char* hex : {"0C 01 C3", "0C 02 C080", "0C 03 EDA080", "13 02 6162", "16 02 6162",
                            "1E 02 0061", "2C 04 0C 02 6162"}) {
        CAPTURE(hex);
        CHECK(!der_text(from_hex(hex)).ok());
    }
}

TEST_CASE("a zlib stream gives its content and what stands behind it") {
    const std::string content = "some words\0more words"s + std::string(100000, 'x');
    const std::string stream = rhsm_encoder::zlib_compressed(content);
    const std::string input = stream + "behind";
    const auto inflated = inflate_zlib(input, content.size());
    REQUIRE(inflated.ok());
    CHECK(inflated->bytes == content);
    CHECK(inflated->rest == "behind");
    CHECK(inflate_zlib(stream, content.size())->rest.empty());

    CHECK(!inflate_zlib(stream, content.size() - 1).ok());
    for (std::size_t cut = 0; cut < stream.size(); ++cut) {
        CHECK(!inflate_zlib(std::string_view(stream).substr(0, cut), content.size()).ok());
    }
    CHECK(inflate_zlib(rhsm_encoder::zlib_compressed(""), 0)->bytes.empty());
}

TEST_CASE("what is no zlib stream is refused") {
    const std::string stream = rhsm_encoder::zlib_compressed("a\0b\0"s);
    std::string bad_checksum = stream;
    bad_checksum.back() ^= 1;
    std::string raw_deflate = stream.substr(2, stream.size() - 6);
    for (const std::string& input :
         {bad_checksum, raw_deflate, "plain text"s, "x"s, "\x78"s,
          from_hex("1f8b 0800 0000 0000 0003 4b64 0100 43be b7e8 0100 0000"),  // gzip
          from_hex("78f9 0011 0011 4b64 4862 0000 024c 00c4"),                 // needs a dictionary
          from_hex("78da 0700 0000 0000 0000 0000")}) {                        // block type 3
        CHECK(!inflate_zlib(input, 1000).ok());
    }
}

TEST_CASE("bits come from the top of each byte and end with the last one") {
    BitReader bits("\xA5\x0F");
    CHECK(bits.left() == 16);
    CHECK(bits.peek(4) == 0xA);
    bits.skip(3);
    CHECK(bits.peek(5) == 0x05);
    CHECK(bits.peek(32) == 0x28780000u);
    bits.skip(13);
    CHECK(bits.left() == 0);
    CHECK(bits.peek(32) == 0);
    CHECK(BitReader("").left() == 0);
    CHECK(BitReader("\x80 abcdefgh").peek(1) == 1);
}

TEST_CASE("Huffman codes of any number of leaves are read as they were written") {
    for (const std::size_t leaves : {2, 3, 4, 5, 6, 7, 9, 127, 128, 129, 255, 1000, 5000, 70000}) {
        CAPTURE(leaves);
        const auto codes = rhsm_encoder::huffman_codes(leaves);
        std::string digits;
        for (const std::string& code : codes) {
            digits += code;
        }
        const std::string bytes = rhsm_encoder::bits(digits);
        const HuffmanCode code(static_cast<std::uint32_t>(leaves));
        BitReader bits(bytes);
        bool same = true;
        for (std::uint32_t leaf = 0; leaf < leaves; ++leaf) {
            same = same && code.read(bits) == leaf;
        }
        CHECK(same);
    }
}

TEST_CASE("a Huffman code that is cut off gives nothing") {
    for (const std::size_t leaves : {2, 5, 300, 20000}) {
        const auto codes = rhsm_encoder::huffman_codes(leaves);
        const HuffmanCode code(static_cast<std::uint32_t>(leaves));
        for (const std::string& digits : {codes.front(), codes[leaves / 2], codes.back()}) {
            // Whole bytes are cut, because a reader can't tell padding from code.
            const std::string bytes = rhsm_encoder::bits(digits);
            BitReader cut(std::string_view(bytes).substr(0, bytes.size() - 1));
            CAPTURE(leaves, digits);
            CHECK(!code.read(cut));
        }
    }
}

TEST_CASE("words are numbered in order and found again") {
    std::vector<std::uint32_t> canonical;
    const auto table = WordTable::split("os\0a\0os\0\0longer than eight"s, '\0', canonical);
    REQUIRE(table.ok());
    REQUIRE(table->size() == 5);
    CHECK(table->word(0) == "os");
    CHECK(table->word(3).empty());
    CHECK(table->word(4) == "longer than eight");
    CHECK(canonical == std::vector<std::uint32_t>{0, 1, 0, 3, 4});
    std::size_t steps = 0;
    CHECK(table->find("os", steps) == 0);
    CHECK(table->find("longer than eight", steps) == 4);
    CHECK(table->find("longer than eighu", steps) == WordTable::kNone);
    CHECK(table->find("", steps) == 3);
    CHECK(table->find("o", steps) == WordTable::kNone);
    CHECK(steps >= 5);
    CHECK(WordTable().find("os", steps) == WordTable::kNone);
    CHECK(WordTable::split("", '\0', canonical)->size() == 1);
}

TEST_CASE("words of every length are told apart") {
    std::string words;
    for (std::size_t length = 1; length <= 40; ++length) {
        for (std::size_t i = 0; i < length; ++i) {
            std::string word(length, 'a');
            word[i] = 'b';
            words += word + '\0';
        }
    }
    std::vector<std::uint32_t> canonical;
    const auto table = WordTable::split(words, '\0', canonical);
    REQUIRE(table.ok());
    for (std::uint32_t i = 0; i < canonical.size(); ++i) {
        CHECK(canonical[i] == i);
    }
}

TEST_CASE("words that were made to collide are refused instead of looked up slowly") {
    std::string words;
    for (std::uint64_t i = 0, found = 0; found < 3000; ++i) {
        const std::string word = std::to_string(i);
        if (word_hash(word) >> 20 == 0) {
            words += word + '\0';
            ++found;
        }
    }
    std::vector<std::uint32_t> canonical;
    CHECK(!WordTable::split(words, '\0', canonical).ok());
}
