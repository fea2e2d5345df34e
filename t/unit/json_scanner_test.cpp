#include "json_scanner.hpp"

#include <string>

#include "catch.hpp"

using certguard::JsonScanner;
using namespace std::string_literals;

namespace {

/// "" when TEXT and a space behind it are a whole document, else what is wrong.
std::string problem(const std::string& text, std::size_t most_depth = 8) {
    JsonScanner scanner(most_depth);
    for (const char c : text + ' ') {
        scanner.take(c);
    }
    if (scanner.problem() != nullptr) {
        CHECK_FALSE(scanner.is_complete());
        return scanner.problem();
    }
    return scanner.is_complete() ? "" : "incomplete";
}

/// One letter for what each byte of TEXT is.
std::string tokens(const std::string& text) {
    JsonScanner scanner(8);
    std::string out;
    for (const char c : text) {
        out += "!_.\"'{}[],:"[static_cast<int>(scanner.take(c))];
    }
    return out;
}

}  // namespace

TEST_CASE("every form of JSON value is read") {
    for (const char* text : {"{}",
                             "[]",
                             "\"\"",
                             "0",
                             "-0",
                             "1",
                             "-12",
                             "10",
                             "0.5",
                             "1.25e3",
                             "1E+2",
                             "1e-2",
                             "0e0",
                             "true",
                             "false",
                             "null",
                             "[0]",
                             "[0,1]",
                             "[[],{}]",
                             " [ 1 , 2 ] ",
                             "\t\r\n{ } \n",
                             R"({"a":1,"b":[true,null],"":{"c":"d"}})",
                             R"("\"\\\/\b\f\n\r\t\u00e4")",
                             R"("\ud83d\ude00")",
                             "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\x7f\"",
                             "[1,\"x\",2.0]",
                             R"({"a":-1})",
                             "[-0.0e-0]"}) {
        CAPTURE(text);
        CHECK(problem(text) == "");
    }
}

TEST_CASE("what is no JSON is refused with what is wrong") {
    const struct {
        std::string text;
        std::string words;
    } rows[] = {
        {"", "incomplete"},
        {"[", "incomplete"},
        {"{\"a\":", "incomplete"},
        {"\"a", "incomplete"},
        {"[1", "incomplete"},
        {"[1,2}", "a bracket that closes another"},
        {"{\"a\":1]", "a bracket that closes another"},
        {"[1,]", "no value where one must be"},
        {"[,1]", "no value where one must be"},
        {"{\"a\":}", "no value where one must be"},
        {"{\"a\":1,}", "no key where one must be"},
        {"{,}", "no key where one must be"},
        {"{1:2}", "no key where one must be"},
        {"{a:1}", "no key where one must be"},
        {"{\"a\" 1}", "no colon behind a key"},
        {"{\"a\",1}", "no colon behind a key"},
        {"{\"a\"}", "no colon behind a key"},
        {"[1 2]", "no comma between values"},
        {"[\"a\"\"b\"]", "no comma between values"},
        {"[1:2]", "no comma between values"},
        {"[] []", "text behind the document"},
        {"{}x", "text behind the document"},
        {"1 2", "text behind the document"},
        {"]", "no value where one must be"},
        {"}", "no value where one must be"},
        {"'a'", "no value where one must be"},
        {"\xef\xbb\xbf{}", "no value where one must be"},
        {"/**/{}", "no value where one must be"},
        {"NaN", "no value where one must be"},
        {"tru", "no value where one must be"},
        {"trux", "no value where one must be"},
        {"True", "no value where one must be"},
        {"nulll", "text behind the document"},
        {"[truefalse]", "no comma between values"},
        {"+1", "no value where one must be"},
        {".5", "no value where one must be"},
        {"- 1", "a broken number"},
        {"-", "a broken number"},
        {"--1", "a broken number"},
        {"01", "text behind the document"},
        {"[01]", "no comma between values"},
        {"-01", "text behind the document"},
        {"1.", "a broken number"},
        {"1.e1", "a broken number"},
        {"1e", "a broken number"},
        {"1e+", "a broken number"},
        {"[1e,2]", "a broken number"},
        {"1.2.3", "text behind the document"},
        {"0x1", "text behind the document"},
        {"\"a\nb\"", "a control character in a string"},
        {"\"\0\""s, "a control character in a string"},
        {"[1\0]"s, "no comma between values"},
        {R"("\x")", "a broken escape in a string"},
        {R"("\u12g4")", "a broken escape in a string"},
        {R"("\u123")", "a broken escape in a string"},
        {R"("\u0000")", "a NUL in a string"},
        {R"("\ud83d")", "an unpaired surrogate"},
        {R"("\ud83dx")", "an unpaired surrogate"},
        {R"("\ud83d\n")", "an unpaired surrogate"},
        {R"("\ud83d\u0061")", "an unpaired surrogate"},
        {R"("\ud83d\ud83d")", "an unpaired surrogate"},
        {R"("\ude00")", "an unpaired surrogate"},
        {"\"\xff\"", "a string that is no UTF-8"},
        {"\"\x80\"", "a string that is no UTF-8"},
        {"\"\xc3\"", "a string that is no UTF-8"},
        {"\"\xc0\xaf\"", "a string that is no UTF-8"},
        {"\"\xed\xa0\x80\"", "a string that is no UTF-8"},
        {"\"\xf5\x80\x80\x80\"", "a string that is no UTF-8"},
        {"[\xc3\xa4]", "no value where one must be"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        CHECK(problem(row.text) == row.words);
    }
}

TEST_CASE("after a bad byte every byte is bad") {
    JsonScanner scanner(8);
    CHECK(scanner.take('x') == JsonScanner::Token::bad);
    CHECK(scanner.take('{') == JsonScanner::Token::bad);
    CHECK(scanner.take(' ') == JsonScanner::Token::bad);
    CHECK(scanner.problem() == "no value where one must be"s);
}

TEST_CASE("JSON may be nested as deep as allowed and no deeper") {
    for (const std::size_t depth : {1u, 2u, 7u, 8u, 9u, 64u}) {
        CAPTURE(depth);
        CHECK(problem(std::string(depth, '[') + std::string(depth, ']'), depth) == "");
        CHECK(problem(std::string(depth, '[') + std::string(depth, ']'), depth - 1) ==
              "values nested too deep");
        CHECK(problem(std::string(depth, '[') + "{}" + std::string(depth, ']'), depth) ==
              "values nested too deep");
    }
    CHECK(problem("[[],[[]],{},{\"a\":[]}]", 3) == "");
}

TEST_CASE("each byte is named for what it is") {
    CHECK(tokens(R"({"a": [1, "b\"c", true], "d":{}} )") == R"({".':_[.,_"....',_....],_".':{}}_)");
    CHECK(tokens("[12]]") == "[..]!");
}

TEST_CASE("keys are told from other strings, and depth counts what is open") {
    JsonScanner scanner(8);
    std::string keys;
    std::string depths;
    for (const char c : R"({"a":["b",{"c":"d"}],"e":"f"})"s) {
        if (scanner.take(c) == JsonScanner::Token::string_end) {
            keys += scanner.is_key() ? 'k' : 'v';
            depths += std::to_string(scanner.depth());
        }
    }
    CHECK(keys == "kvkvkv");
    CHECK(depths == "123311");
    CHECK(scanner.depth() == 0);
    CHECK(scanner.is_complete());
}
