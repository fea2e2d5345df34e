// v3 payloads: the worked examples of the format, and every way to break one (rhsm.md 6.6, 12).
#include <random>

#include "bytes.hpp"
#include "entitlement_helpers.hpp"
#include "reference_matcher.hpp"

using namespace certguard;
using namespace certguard::test;
using namespace std::string_literals;
using rhsm_encoder::Payload;
using rhsm_encoder::Tree;

namespace {

const Paths kPaths = {"/a/$x/os", "/a/b", "/k/$x/os"};

Payload good_payload() {
    return rhsm_encoder::encode(rhsm_encoder::tree_of(kPaths));
}

/// The payload of good_payload() after CHANGE.
template <class Change>
std::string changed(Change change) {
    Payload payload = good_payload();
    change(payload);
    return payload.bytes();
}

std::string with_dictionary(const std::string& dictionary) {
    return changed([&](Payload& payload) { payload.dictionary = dictionary; });
}

std::string with_count(const std::string& count) {
    return changed([&](Payload& payload) { payload.count = count; });
}

std::string with_bits(const std::string& bits) {
    return changed([&](Payload& payload) { payload.bits = bits; });
}

/// A payload whose dictionary is WORDS and END, with children as (index of word, node).
std::string raw_payload(const Paths& words,
                        const std::vector<std::vector<std::pair<std::size_t, std::size_t>>>& nodes,
                        std::size_t end) {
    const auto word_codes = rhsm_encoder::huffman_codes(words.size() + 1);
    const auto node_codes = rhsm_encoder::huffman_codes(nodes.size() - 1);
    Payload payload;
    std::string digits;
    for (const std::string& word : words) {
        payload.dictionary += word + '\0';
    }
    for (const auto& children : nodes) {
        for (const auto& [word, node] : children) {
            digits += word_codes[word] + node_codes[node - 1];
        }
        digits += word_codes[end];
    }
    payload.count = rhsm_encoder::node_count(static_cast<std::uint32_t>(nodes.size()));
    payload.bits = rhsm_encoder::bits(digits);
    return payload.bytes();
}

void check_bad(const std::string& what, const Result<Entitlement>& decoded) {
    CAPTURE(what);
    REQUIRE(!decoded.ok());
    CHECK(decoded.error().reason == Reason::bad_certificate);
    CHECK(!decoded.error().message.empty());
}

struct Named {
    std::string what;
    std::string payload;
};

void check_all_bad(const std::vector<Named>& rows) {
    for (const Named& row : rows) {
        check_bad(row.what, decode_payload(row.payload));
    }
}

}  // namespace

TEST_CASE("the worked payloads give their paths") {
    const std::pair<const char*, Paths> rows[] = {
        {"78da4b644862c866c82f6650a960000011f902ad05edbcbe9514", {"/a/$x/os", "/a/b", "/k/$x/os"}},
        {"78daf32f4a670000036401290338", {"/Org"}},
        {"78daf3c94c2a4a2caa64f02f4a6700001c5103fe03e400", {"/Org/Library"}},
        {"78da53494a2c4e4d2c4ace60484a2d496448cecf2b49cd2b6148c92c2e61c82f6650294acd4905aa284b2d62"
         "000048320edd074d14d469ff17e8",
         {"/content/beta/$releasever/os", "/content/dist/$releasever/$basearch/os"}},
        {"78da3bbc92e1d9f4a5cfe6ac610000216a05bd03a600", {"/\xC3\xA9/\xE6\x97\xA5\xE6\x9C\xAC"}},
        {"78da4b6448620000024c00c48200038e00", {"/a/b"}},
        {"78da4b64486248660000049a012704d6dc80", {"/a/b", "/a/c"}},
    };
    for (const auto& [hex, paths] : rows) {
        CAPTURE(hex);
        CHECK(good(decode_payload(from_hex(hex))).paths(100) == paths);
    }
}

TEST_CASE("the payloads that must not open anything are errors") {
    check_all_bad({
        {"root is a leaf", from_hex("78da4b6448620000024c00c40300")},
        {"/Org without placeholder", from_hex("78daf32f4a670000036401290260")},
        {"two bytes cut off",
         from_hex("78da53494a2c4e4d2c4ace60484a2d496448cecf2b49cd2b6148c92c2e61c82f6650294acd4905aa"
                  "284b2d62000048320edd074d14d469ff")},
    });
}

TEST_CASE("an empty payload is an entitlement without content, and says so") {
    const auto decoded = decode_payload("");
    check_bad("04 00", decoded);
    CHECK(decoded.error().message.find("names no content") != std::string::npos);
}

TEST_CASE("a damaged or oversized dictionary is an error") {
    const std::string good_bytes = good_payload().bytes();
    std::vector<Named> rows = {
        {"plain text", "plain text"},
        {"a bomb of one word", with_dictionary(std::string(8u << 20, 'x') + '\0')},
        {"a bomb of zeros", with_dictionary(std::string(64u << 20, '\0'))},
        {"10^6 empty words", with_dictionary(std::string(1000000, '\0'))},
        {"empty", with_dictionary("")},
        {"one word without NUL", with_dictionary("a")},
        {"no NUL at the end, so no end marker", with_dictionary("a\0b\0k\0os\0$x"s)},
        {"END alone", with_dictionary("\0"s)},
        {"invalid UTF-8", with_dictionary("\xFF\0b\0k\0os\0$x\0"s)},
        {"invalid UTF-8 that nothing uses", with_dictionary("a\0b\0k\0os\0$x\0\xFF\0"s)},
        {"overlong UTF-8", with_dictionary("\xC0\xAF\0b\0k\0os\0$x\0"s)},
        {"cut-off UTF-8", with_dictionary("\xE6\x97\0b\0k\0os\0$x\0"s)},
        {"surrogates", with_dictionary("\xED\xA0\x80\0b\0k\0os\0$x\0"s)},
    };
    for (std::size_t size = 0; size < good_bytes.size(); ++size) {
        rows.push_back({"cut to " + std::to_string(size), good_bytes.substr(0, size)});
    }
    check_all_bad(rows);
}

TEST_CASE("a node count that can't be true is an error before anything is allocated") {
    check_all_bad({
        {"none", with_count("")},
        {"0", with_count("\0"s)},
        {"0x80 alone", with_count("\x80")},
        {"1", with_count("\1")},
        {"2", with_count("\2")},
        {"long form cut off", changed([](Payload& p) { p.count = "\x82\1", p.bits = ""; })},
        {"10^6", with_count(from_hex("83 0F4240"))},
        {"2^32-1", with_count(from_hex("84 FFFFFFFF"))},
        {"2^63-1", with_count(from_hex("88 7FFFFFFFFFFFFFFF"))},
        {"127 bytes", with_count("\xFF" + std::string(127, '\xFF'))},
        {"right, but in 5 bytes", with_count(from_hex("85 0000000005"))},
        {"right, but in 127 bytes", with_count("\xFF" + std::string(126, '\0') + "\5")},
        {"one more than the bits can hold", with_count(from_hex("29"))},
    });
    CHECK(decode_payload(with_count(from_hex("84 00000005"))).ok());
    CHECK(decode_payload(with_count(from_hex("81 05"))).ok());
}

TEST_CASE("a bit stream that ends too early is an error") {
    const std::string bits = good_payload().bits;
    std::vector<Named> rows;
    for (std::size_t size = 0; size < bits.size(); ++size) {
        rows.push_back({"cut to " + std::to_string(size), with_bits(bits.substr(0, size))});
    }
    rows.push_back({"all ones", with_bits(std::string(5, '\xFF'))});
    rows.push_back({"all zeros", with_bits(std::string(5, '\0'))});
    check_all_bad(rows);
}

TEST_CASE("what stands behind the last node is ignored") {
    CHECK(good(decode_payload(good_payload().bytes() + std::string(100, '\xAA'))).paths(10) ==
          kPaths);
}

TEST_CASE("a payload in another DER value is an error") {
    const std::string payload = good_payload().bytes();
    const auto value = [&](unsigned char tag) { return rhsm_encoder::der(tag, payload); };
    const std::string octets = value(0x04);
    for (const auto& [what, bytes] : std::vector<Named>{
             {"UTF8String", value(0x0C)},
             {"BIT STRING", value(0x03)},
             {"context tag", value(0x80)},
             {"constructed", rhsm_encoder::der(0x24, octets)},
             {"indefinite length", "\x24\x80" + octets + "\0\0"s},
             {"no header", payload},
             {"wrapped twice", rhsm_encoder::octet_string(octets)},
             {"nothing", ""},
             {"a lone tag", "\x04"},
             {"a byte behind it", octets + "x"},
             {"length too long", octets.substr(0, octets.size() - 1)},
         }) {
        check_bad(what, decode_payload_value(bytes));
    }
    INFO("a length with more bytes than it needs is fine");
    CHECK(
        decode_payload_value("\x04\x84\0\0\0"s + static_cast<char>(payload.size()) + payload).ok());
}

TEST_CASE("unusual payloads that say clearly what they mean are read") {
    INFO("more than one end marker");
    CHECK(good(decode_payload(raw_payload({"", "a", "", "b"}, {{{1, 1}}, {{3, 2}}, {}}, 0)))
              .paths(10) == Paths{"/a/b"});
    INFO("no NUL at the end, but an end marker elsewhere");
    {
        Payload payload;
        payload.dictionary = "\0a"s;  // END weighs 1, "a" weighs 2
        payload.count = "\3";
        payload.bits = rhsm_encoder::bits("10 0 0 0");
        CHECK(good(decode_payload(payload.bytes())).paths(10) == Paths{"/a"});
    }
    INFO("a word that is there twice, in different nodes and in one");
    CHECK(good(decode_payload(raw_payload({"a", "a", "b"}, {{{0, 1}}, {{1, 2}, {2, 2}}, {}}, 3)))
              .paths(10) == Paths{"/a/a", "/a/b"});
    CHECK(good(decode_payload(raw_payload({"a", "a", "b", "c"},
                                          {{{0, 1}, {1, 2}}, {{2, 3}}, {{3, 3}}, {}}, 4)))
              .paths(10) == Paths{"/a/b", "/a/c"});
    INFO("nodes that nothing leads to");
    CHECK(good(decode_payload(raw_payload({"a"}, {{{0, 2}}, {{0, 1}}, {}}, 1))).paths(10) ==
          Paths{"/a"});
}

TEST_CASE("odd words are compared as they are") {
    const std::string longest(4096, 'w');
    const std::string emoji = "\xF0\x9F\x90\x99";
    const auto entitlement = good(
        decode_payload(raw_payload({"a/b", "li\nne", "..", "PATH END", longest, emoji},
                                   {{{0, 1}, {1, 1}, {2, 1}, {3, 1}, {4, 1}, {5, 1}}, {}, {}}, 6)));
    CHECK(!allows(entitlement, "/a/b"));
    CHECK(!allows(entitlement, "/li\nne"));
    CHECK(!allows(entitlement, "/.."));
    CHECK(allows(entitlement, "/PATH END/x"));
    CHECK(!allows(entitlement, "/x"));
    CHECK(allows(entitlement, "/" + longest));
    CHECK(!allows(entitlement, "/" + longest + "w"));
    CHECK(allows(entitlement, "/" + emoji));
}

TEST_CASE("cycles end: a match with the request, a list at once") {
    INFO("/a/a/.../b: node 1 leads to itself, to a leaf and into a trap without a way out");
    const auto entitlement = good(decode_payload(raw_payload(
        {"a", "b", "t"}, {{{0, 1}}, {{0, 1}, {1, 2}, {2, 3}}, {}, {{2, 4}}, {{2, 3}}}, 3)));
    CHECK(allows(entitlement, "/a/b"));
    CHECK(allows(entitlement, "/a/a/a/a/a/b/c"));
    CHECK(!allows(entitlement, "/a/a/a/a/a"));
    CHECK(!allows(entitlement, "/a/t/t/t/b"));
    CHECK(touches(entitlement, "/a/a/a"));
    CHECK(touches(entitlement, ""));
    CHECK(!touches(entitlement, "/a/t"));
    CHECK(!touches(entitlement, "/a/t/t/t/t"));
    bool complete = false;
    CHECK(entitlement.paths(1000, &complete) == Paths{"/a/b"});
    CHECK(complete);

    std::string long_path;
    for (int i = 0; i < 100000; ++i) {
        long_path += "/a";
    }
    CHECK(!allows(entitlement, long_path));
    CHECK(allows(entitlement, long_path + "/b"));

    const auto trap = good(decode_payload(raw_payload({"a"}, {{{0, 1}}, {{0, 2}}, {{0, 1}}}, 1)));
    CHECK(!touches(trap, ""));
    CHECK(!touches(trap, "/a"));
    CHECK(trap.paths(10).empty());
}

TEST_CASE("a path of thousands of segments is matched without recursion") {
    std::string deep;
    for (int i = 0; i < 3000; ++i) {
        deep += "/s" + std::to_string(i % 7);
    }
    for (const auto& entitlement : {good(decode_v3({deep})), good(decode_v1({deep}))}) {
        CHECK(allows(entitlement, deep));
        CHECK(allows(entitlement, deep + "/below"));
        CHECK(!allows(entitlement, deep.substr(0, deep.size() - 1)));
        CHECK(touches(entitlement, deep.substr(0, deep.rfind('/'))));
        CHECK(entitlement.paths(2) == Paths{deep});
    }
}

TEST_CASE("no single bit of a payload can crash the decoder or make it contradict itself") {
    const std::string bytes = good_payload().bytes();
    int decodable = 0;
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        std::string flipped = bytes;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
        const auto decoded = decode_payload(flipped);
        if (!decoded.ok()) {
            continue;
        }
        ++decodable;
        bool complete = false;
        const Paths paths = decoded->paths(1000, &complete);
        CHECK(complete);
        for (const std::string& path : paths) {
            CHECK(allows(*decoded, path));
        }
        CHECK(!allows(*decoded, "/elsewhere"));
    }
    CHECK(decodable > 0);
}
