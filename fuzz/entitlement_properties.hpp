// What holds of every entitlement, whatever it was decoded from.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "certguard/entitlement.hpp"
#include "reference_matcher.hpp"
#include "require.hpp"

namespace certguard::fuzz {

inline bool says_yes(const Result<bool>& answer) {
    require(answer.ok() || answer.error().reason == Reason::bad_certificate);
    return answer.ok() && *answer;
}

/// The answers for PATH, for what lies below it and for other spellings of it agree.
inline void check_path(const Entitlement& entitlement, const std::string& path) {
    const bool allowed = says_yes(entitlement.authorizes(path));
    require(!allowed || says_yes(entitlement.touches(path)));
    require(allowed == says_yes(entitlement.authorizes("//" + path + "//")));
    const bool is_root = path.find_first_not_of('/') == path.npos;  // v1's "/" opens only itself
    require(!allowed || is_root || says_yes(entitlement.authorizes(path + "/below")));
    for (const char* trap : {"/..", "/./below", "\n"}) {
        require(!says_yes(entitlement.authorizes(path + trap)));
        require(!says_yes(entitlement.touches(path + trap)));
    }
}

inline void check_paths(const Entitlement& entitlement) {
    constexpr std::size_t kMost = 20;
    const std::vector<std::string> paths = entitlement.paths(kMost);
    require(paths.size() <= kMost && std::is_sorted(paths.begin(), paths.end()));
    // One that goes up, or holds control characters, opens nothing.
    const bool opens = std::any_of(paths.begin(), paths.end(), [](const std::string& path) {
        return test::reference::is_harmless(test::reference::split(path));
    });
    require(!opens || says_yes(entitlement.touches("")));
    for (const std::string& path : paths) {
        require(!path.empty() && path[0] == '/');
        check_path(entitlement, path);
        check_path(entitlement, path.substr(0, path.rfind('/')));
    }
    for (const char* path : {"", "a", "a/b", "x/$x/os", "ACME/Library/content"}) {
        check_path(entitlement, path);
    }
}

inline void check_entitlement(const Result<Entitlement>& decoded) {
    if (decoded.ok()) {
        require(decoded->memory() < (64u << 20));
        check_paths(*decoded);
    } else {
        require(decoded.error().reason == Reason::bad_certificate ||
                decoded.error().reason == Reason::not_entitled);
        require(!decoded.error().message.empty() && decoded.error().message.size() < 500);
    }
}

}  // namespace certguard::fuzz
