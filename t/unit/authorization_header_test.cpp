#include "certguard/authorization_header.hpp"

#include <string>

#include "catch.hpp"

using namespace certguard;

namespace {

const std::string kMarker(kMarkerToken);

}  // namespace

TEST_CASE("no Authorization header speaks for nobody") {
    CHECK(classify_authorization(std::vector<std::string_view>{}) == Authorization::none);
}

TEST_CASE("the marker as a bearer token stands for the certificate") {
    for (const char* scheme : {"Bearer ", "bearer ", "BEARER ", "bEaReR ", "Bearer   "}) {
        CAPTURE(scheme);
        CHECK(classify_authorization(scheme + kMarker) == Authorization::marker);
    }
}

TEST_CASE("everything that is not exactly the marker is a user's") {
    for (const std::string& value : {std::string(),
                                     std::string(" "),
                                     std::string("Bearer"),
                                     std::string("Bearer "),
                                     std::string("Bearer    "),
                                     std::string("Basic dTpw"),
                                     "Basic " + kMarker,
                                     std::string("Bearer unauthenticated"),
                                     std::string("Bearer unauthorized"),
                                     std::string("Bearer eyJ0"),
                                     kMarker,
                                     "Bearer" + kMarker,
                                     "Bearer\t" + kMarker,
                                     " Bearer " + kMarker,
                                     "Bearer " + kMarker + " ",
                                     "Bearer " + kMarker + ",",
                                     "Bearer " + kMarker + ", Basic dTpw",
                                     "Bearer " + kMarker.substr(1),
                                     "Bearer " + kMarker.substr(0, kMarker.size() - 1),
                                     "Bearer " + kMarker + "x",
                                     "Bearer Certguard" + kMarker.substr(9),
                                     "Bearer \"" + kMarker + "\"",
                                     "Bearer " + kMarker + std::string(1, '\0'),
                                     "Bearers " + kMarker,
                                     "Beare " + kMarker,
                                     "Negotiate " + kMarker,
                                     "Bearer Bearer " + kMarker}) {
        CAPTURE(value);
        CHECK(classify_authorization(value) == Authorization::user);
    }
}

TEST_CASE("several Authorization headers are a user's, whatever is in them") {
    const std::string marker = "Bearer " + kMarker;
    using Values = std::vector<std::string_view>;
    CHECK(classify_authorization(Values{marker}) == Authorization::marker);
    CHECK(classify_authorization(Values{"Basic dTpw"}) == Authorization::user);
    CHECK(classify_authorization(Values{marker, marker}) == Authorization::user);
    CHECK(classify_authorization(Values{marker, "Basic dTpw"}) == Authorization::user);
    CHECK(classify_authorization(Values{"Basic dTpw", marker}) == Authorization::user);
    CHECK(classify_authorization(Values{"", ""}) == Authorization::user);
}

TEST_CASE("the marker can be no token of Katello's and needs no quoting") {
    CHECK(kMarker != "unauthenticated");
    CHECK(kMarker != "unauthorized");
    CHECK(kMarker.find('.') != std::string::npos);  // never in base64url
    CHECK(kMarker.find_first_not_of("abcdefghijklmnopqrstuvwxyz.-") == std::string::npos);
}
