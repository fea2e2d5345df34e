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

TEST_CASE("the words of a lookup's guards are those that admins know") {
    CHECK(reason_word(Reason::not_a_host) == "not_a_host");
    CHECK(reason_word(Reason::unknown_host) == "unknown_host");
    CHECK(reason_word(Reason::organization_mismatch) == "organization_mismatch");
    CHECK(reason_word(Reason::not_in_environment) == "not_in_environment");
    CHECK(reason_word(Reason::name_not_listed) == "name_not_listed");
    CHECK(reason_word(Reason::trusted_proxy) == "trusted_proxy");
    CHECK(reason_word(Reason::upload) == "upload");
    CHECK(reason_word(Reason::user_credentials) == "user_credentials");
    CHECK(reason_word(Reason::lookup_failed) == "lookup_failed");
}
