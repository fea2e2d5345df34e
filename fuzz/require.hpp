// How a fuzz target says that something does not hold.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace certguard::fuzz {

/// Unless GOOD, names the caller's line and ends the process, so that the fuzzer keeps the input.
inline void require(bool good, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    if (!good) {
        std::fprintf(stderr, "%s:%d: this does not hold\n", file, line);
        std::abort();
    }
}

}  // namespace certguard::fuzz
