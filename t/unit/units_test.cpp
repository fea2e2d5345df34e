#include "units.hpp"

#include "catch.hpp"

using certguard::parse_size;

TEST_CASE("sizes are decimal digits with an optional k, m or g") {
    CHECK(parse_size("0") == 0u);
    CHECK(parse_size("1") == 1u);
    CHECK(parse_size("16k") == 16384u);
    CHECK(parse_size("16K") == 16384u);
    CHECK(parse_size("2m") == 2097152u);
    CHECK(parse_size("2M") == 2097152u);
    CHECK(parse_size("1g") == 1073741824u);
    CHECK(parse_size("1G") == 1073741824u);
    CHECK(parse_size("0k") == 0u);
    CHECK(parse_size("18446744073709551615") == 18446744073709551615u);
    CHECK(parse_size("18014398509481983k") == 18446744073709550592u);
}

TEST_CASE("what only looks like a size is none") {
    for (const char* text : {"",
                             "k",
                             "-1",
                             "+1",
                             " 1",
                             "1 ",
                             "1 k",
                             "01",
                             "00",
                             "0x10",
                             "1.5",
                             "1e3",
                             "1kb",
                             "1kk",
                             "1t",
                             "1_000",
                             "\xEF\xBC\x91",
                             "18446744073709551616",
                             "99999999999999999999",
                             "18014398509481984k",
                             "17592186044416m",
                             "17179869184g"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_size(text));
    }
}
