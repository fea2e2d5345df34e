// The rules of path matching in the plainest way: every authorized path, one after the other.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

namespace certguard::test {

enum class Format { v1, v3 };

namespace reference {

using Segments = std::vector<std::string>;

inline Segments split(const std::string& text) {
    Segments segments(1);
    for (const char c : text) {
        if (c == '/') {
            segments.emplace_back();
        } else {
            segments.back() += c;
        }
    }
    return segments;
}

/// Without empty segments; one empty segment when nothing is left.
inline Segments folded(const std::string& path) {
    Segments segments = split(path);
    segments.erase(std::remove(segments.begin(), segments.end(), ""), segments.end());
    return segments.empty() ? Segments{""} : segments;
}

/// v1 keeps empty segments inside a URL, which no path has.
inline Segments authorized(Format format, std::string path) {
    if (format == Format::v3) {
        return folded(path);
    }
    path.erase(0, std::min(path.find_first_not_of('/'), path.size()));
    path.erase(path.find_last_not_of('/') + 1);
    return split(path);
}

inline bool is_harmless(const Segments& path) {
    return std::none_of(path.begin(), path.end(), [](const std::string& segment) {
        return segment == "." || segment == ".." ||
               std::any_of(segment.begin(), segment.end(),
                           [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F; });
    });
}

inline bool fits(Format format, const std::string& wanted, const std::string& segment) {
    const auto dollar = wanted.find('$');
    const bool variable = format == Format::v1 ? dollar != wanted.npos : dollar == 0;
    return variable ? segment.size() > dollar && segment.compare(0, dollar, wanted, 0, dollar) == 0
                    : segment == wanted;
}

/// Can WANTED be a segment of a harmless path? Of a variable, what stands before it counts.
inline bool may_fit(Format format, const std::string& wanted) {
    const auto dollar = wanted.find('$');
    const bool variable = format == Format::v1 ? dollar != wanted.npos : dollar == 0;
    return is_harmless({variable ? wanted.substr(0, dollar) + "x" : wanted});
}

/// Do the first COUNT segments of PATH fit those of AUTHORIZED?
inline bool fit(Format format, const Segments& authorized, const Segments& path,
                std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        if (!fits(format, authorized[i], path[i])) {
            return false;
        }
    }
    return true;
}

/// Does CHECK hold for one of AUTHORIZED? A v3 tree has no way to name the root: it is left out.
template <class Check>
bool any_path(Format format, const std::vector<std::string>& authorized, Check check) {
    return std::any_of(authorized.begin(), authorized.end(), [&](const std::string& path) {
        const Segments want = reference::authorized(format, path);
        const bool is_there = format == Format::v1 || !want.front().empty();
        return is_there && check(want);
    });
}

}  // namespace reference

/// Is one of AUTHORIZED a prefix of PATH?
inline bool reference_covers(Format format, const std::vector<std::string>& authorized,
                             const std::string& path) {
    const auto have = reference::folded(path);
    return reference::is_harmless(have) &&
           reference::any_path(format, authorized, [&](const reference::Segments& want) {
               return want.size() <= have.size() && reference::fit(format, want, have, want.size());
           });
}

/// Is one of AUTHORIZED a prefix of PATH, or PATH of one of them?
inline bool reference_touches(Format format, const std::vector<std::string>& authorized,
                              const std::string& path) {
    const auto have = reference::folded(path);
    const bool is_root = have.front().empty();
    return reference::is_harmless(have) &&
           reference::any_path(format, authorized, [&](const reference::Segments& want) {
               const bool may_be = std::all_of(want.begin(), want.end(), [&](const auto& segment) {
                   return reference::may_fit(format, segment);
               });
               const auto both = is_root ? 0 : std::min(want.size(), have.size());
               return may_be && reference::fit(format, want, have, both);
           });
}

}  // namespace certguard::test
