#include "printable.hpp"

#include "catch.hpp"
#include "utf8.hpp"

using namespace certguard;
using namespace std::string_literals;

TEST_CASE("printable text keeps letters of any language and a backslash") {
    CHECK(printable("a b \\ ü € 😀") == "a b \\ ü € 😀");
}

TEST_CASE("printable text shows control characters and what is no UTF-8 as escapes") {
    CHECK(printable("\n\r\t"s) == "\\n\\r\\t");
    CHECK(printable("\0\x1b\x7f"s) == "\\x00\\x1b\\x7f");
    CHECK(printable("\xc2\x85") == "\\xc2\\x85");  // NEL, a C1 control
    CHECK(printable("\xc2\xa0") == "\xc2\xa0");
    CHECK(printable("a\xff\xc3") == "a\\xff\\xc3");
}

TEST_CASE("quoted text is cut at a character's edge") {
    CHECK(quoted("abc", 3) == "\"abc\"");
    CHECK(quoted("abcd", 3) == "\"abc...\"");
    CHECK(quoted("abüd", 3) == "\"ab...\"");
    CHECK(quoted("") == "\"\"");
}

TEST_CASE("UTF-8 is what RFC 3629 allows and nothing else") {
    CHECK(utf8_sequence("a") == 1);
    CHECK(utf8_sequence("\0"s) == 1);
    CHECK(utf8_sequence("\xc2\x80") == 2);
    CHECK(utf8_sequence("\xef\xbf\xbf") == 3);
    CHECK(utf8_sequence("\xf4\x8f\xbf\xbf") == 4);
    for (const char* bad : {"", "\x80", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x7f", "\xe0\x9f\xbf",
                            "\xed\xa0\x80", "\xe2\x82", "\xe2\x82z", "\xf0\x8f\xbf\xbf",
                            "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"}) {
        CAPTURE(printable(bad));
        CHECK(utf8_sequence(bad) == 0);
    }
    CHECK(find_bad_utf8("aü€") == std::string_view::npos);
    CHECK(find_bad_utf8("aü\xff") == 3);
}
