// Catch2 in the version that the machine has: 2 (Debian 12) or 3. Use what both know: TEST_CASE,
// SECTION, REQUIRE, CHECK, INFO, CAPTURE, GENERATE.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
