#include "query_string.hpp"

#include "catch.hpp"

using namespace certguard;

TEST_CASE("a query's value is found by its whole key, the first one counting") {
    CHECK(query_value("n=1&last=a", "n") == "1");
    CHECK(query_value("n=1&last=a", "last") == "a");
    CHECK(query_value("n=1&n=2", "n") == "1");
    CHECK(query_value("xn=1&nx=2&n=3", "n") == "3");
    CHECK(query_value("n", "n") == "");
    CHECK(query_value("n=", "n") == "");
    CHECK(query_value("n=a=b", "n") == "a=b");
    CHECK(query_value("&&n=1&", "n") == "1");
    CHECK_FALSE(query_value("", "n"));
    CHECK_FALSE(query_value("last=n=1", "n"));
    CHECK_FALSE(query_value("%6e=1", "n"));
}

TEST_CASE("a query's value is decoded as forms are, or not at all") {
    CHECK(decode_query_value("a%2Fb+c%2b") == "a/b c+");
    CHECK(decode_query_value("") == "");
    CHECK(decode_query_value("%C3%a4") == "\xc3\xa4");
    for (const char* bad : {"%", "%2", "%zz", "%2z", "a%", "%00", "%0a", "\x7f", "%7F", "\x01",
                            "%FF", "\xff", "%C3"}) {
        CAPTURE(bad);
        CHECK_FALSE(decode_query_value(bad));
    }
}
