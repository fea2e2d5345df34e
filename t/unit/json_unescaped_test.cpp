#include "json_unescaped.hpp"

#include "catch.hpp"

using certguard::json_unescaped;
using namespace std::string_literals;

TEST_CASE("escapes of a JSON string are read") {
    CHECK(json_unescaped("") == "");
    CHECK(json_unescaped("abc") == "abc");
    CHECK(json_unescaped(R"(\u0061\u0062\u0063)") == "abc");
    CHECK(json_unescaped(R"(\"\\\/\b\f\n\r\t)") == "\"\\/\b\f\n\r\t");
    CHECK(json_unescaped(R"(\u00e4\u00E4)") == "\u00e4\u00e4");
    CHECK(json_unescaped(R"(\u20ac\uFFFF\u0800\u07ff)") == "\u20ac\uFFFF\u0800\u07ff");
    CHECK(json_unescaped(R"(\ud83d\ude00)") == "\U0001F600");
    CHECK(json_unescaped(R"(\uDBFF\uDFFF)") == "\U0010FFFF");
    CHECK(json_unescaped(R"(\u0000)") == "\0"s);
    CHECK(json_unescaped("\xc3\xa4") == "\xc3\xa4");
}

TEST_CASE("broken escapes of a JSON string are not read") {
    for (const char* bad : {R"(\)", R"(\x)", R"(\u)", R"(\u006)", R"(\u006g)", R"(\U0061)",
                            R"(\ud83d)", R"(\ud83dx)", R"(\ud83d\u0061)", R"(\ud83d\ud83d)",
                            R"(\ude00)", R"(\ude00\ud83d)", R"(\ud83d\n)", R"(\ud83d\ude0)"}) {
        CAPTURE(bad);
        CHECK_FALSE(json_unescaped(bad));
    }
}
