#include "certguard/authorization_header.hpp"

#include <algorithm>

namespace certguard {

Authorization classify_authorization(std::string_view value) noexcept {
    // RFC 9110 11.4: the scheme in any case, one or more spaces, the token.
    constexpr std::string_view kScheme = "bearer";
    const bool is_bearer =
        value.size() > kScheme.size() && value[kScheme.size()] == ' ' &&
        std::equal(kScheme.begin(), kScheme.end(), value.begin(), [](char want, char have) {
            return want == have || (have >= 'A' && have <= 'Z' && have + ('a' - 'A') == want);
        });
    if (!is_bearer) {
        return Authorization::user;
    }
    const std::size_t token = value.find_first_not_of(' ', kScheme.size());
    const bool is_marker = token != std::string_view::npos && value.substr(token) == kMarkerToken;
    return is_marker ? Authorization::marker : Authorization::user;
}

Authorization classify_authorization(const std::vector<std::string_view>& values) noexcept {
    if (values.empty()) {
        return Authorization::none;
    }
    return values.size() == 1 ? classify_authorization(values.front()) : Authorization::user;
}

}  // namespace certguard
