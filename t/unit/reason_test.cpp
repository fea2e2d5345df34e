#include "certguard/reason.hpp"

#include <set>
#include <string>

#include "catch.hpp"

using certguard::Reason;
using certguard::reason_word;

TEST_CASE("every reason has a word of its own, fit for a log field") {
    std::set<std::string> seen;
    for (int i = 0; i <= static_cast<int>(Reason::off); ++i) {
        std::string word(reason_word(static_cast<Reason>(i)));
        CAPTURE(word);
        CHECK(!word.empty());
        CHECK(word.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos);
        CHECK(seen.insert(word).second);
    }
}
