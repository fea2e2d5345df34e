#include "units.hpp"

#include "catch.hpp"

using certguard::parse_number;
using certguard::parse_size;
using certguard::parse_time;
using certguard::time_text;
using namespace std::chrono_literals;

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

TEST_CASE("times are decimal digits with a unit") {
    CHECK(parse_time("0") == 0ms);
    CHECK(parse_time("0s") == 0ms);
    CHECK(parse_time("1500ms") == 1500ms);
    CHECK(parse_time("2s") == 2s);
    CHECK(parse_time("5m") == 5min);
    CHECK(parse_time("1h") == 1h);
    CHECK(parse_time("7d") == 7 * 24h);
    CHECK(parse_time("9223372036854775807ms") == std::chrono::milliseconds::max());
}

TEST_CASE("what only looks like a time is none") {
    for (const char* text : {"", "s", "5", "-1s", "+1s", " 1s", "1s ", "1 s", "01s", "00", "1.5s",
                             "1S", "1M", "1sec", "1h30m", "1us", "9223372036854775808ms",
                             "18446744073709551616ms", "9223372036854775807s"}) {
        CAPTURE(text);
        CHECK(parse_time(text) == std::nullopt);
    }
}

TEST_CASE("a time is written in the largest unit that fits") {
    CHECK(time_text(0ms) == "0");
    CHECK(time_text(1ms) == "1ms");
    CHECK(time_text(1500ms) == "1500ms");
    CHECK(time_text(90s) == "90s");
    CHECK(time_text(5min) == "5m");
    CHECK(time_text(24h) == "1d");
    CHECK(time_text(25h) == "25h");
}

TEST_CASE("a number is decimal digits alone") {
    CHECK(parse_number("0") == 0u);
    CHECK(parse_number("64") == 64u);
    for (const char* text : {"", "-1", "1k", "01", "1.0", " 1"}) {
        CAPTURE(text);
        CHECK(parse_number(text) == std::nullopt);
    }
}
