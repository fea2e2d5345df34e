#include "json_writer.hpp"

#include "catch.hpp"

using certguard::JsonWriter;
using namespace std::string_literals;

namespace {

std::string string_of(std::string_view text) {
    return JsonWriter().value(text).text();
}

}  // namespace

TEST_CASE("JSON values are separated by commas at every depth") {
    JsonWriter json;
    json.begin_object().member("a", true).key("b").begin_array();
    json.value(std::int64_t{-1}).begin_object().end_object().begin_array().end_array().null();
    json.value("x").end_array().member("c", false).member("d", std::vector<std::string>{"1", "2"});
    json.member_or_null("e", "").member_or_null("f", "y").member("g", "z"s).end_object();
    CHECK(json.text() ==
          R"({"a":true,"b":[-1,{},[],null,"x"],"c":false,"d":["1","2"],"e":null,"f":"y","g":"z"})");
}

TEST_CASE("JSON strings escape quotes, backslashes and control characters") {
    CHECK(string_of("a\"b\\c/") == R"("a\"b\\c/")");
    CHECK(string_of("\n\r\t\b\f\x1b\x7f") == R"("\n\r\t\u0008\u000c\u001b\u007f")");
    CHECK(string_of("\0"s) == R"("\u0000")");
    CHECK(string_of("") == R"("")");
}

TEST_CASE("JSON strings keep UTF-8 and replace everything else") {
    CHECK(string_of("ü€😀") == "\"ü€😀\"");
    CHECK(string_of("a\xff\xc3") == R"("a\ufffd\ufffd")");
    CHECK(string_of("\xed\xa0\x80") == R"("\ufffd\ufffd\ufffd")");
    CHECK(JsonWriter().begin_object().key("\"\xff").null().end_object().text() ==
          R"({"\"\ufffd":null})");
}
