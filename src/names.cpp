#include "certguard/names.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "certguard/limits.hpp"

namespace certguard {
namespace {

constexpr std::size_t kUuidLength = 36;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
bool is_alphanumeric(char c) {
    return is_lower(c) || is_digit(c);
}

/// A repository name as a finite automaton: components of alphanumeric runs, between two of them
/// ".", "_", "__" or any number of "-"; slashes between components.
enum NameState : std::uint8_t { kBegin, kRun, kDot, kUnderscore, kTwoUnderscores, kDashes, kBad };
enum NameClass : std::uint8_t { kAlphanumeric, kPeriod, kLowLine, kDash, kSlash, kOther };

constexpr NameState kNextState[][6] = {
    // alphanumeric, ".", "_", "-", "/", other
    /* kBegin */ {kRun, kBad, kBad, kBad, kBad, kBad},
    /* kRun */ {kRun, kDot, kUnderscore, kDashes, kBegin, kBad},
    /* kDot */ {kRun, kBad, kBad, kBad, kBad, kBad},
    /* kUnderscore */ {kRun, kBad, kTwoUnderscores, kBad, kBad, kBad},
    /* kTwoUnderscores */ {kRun, kBad, kBad, kBad, kBad, kBad},
    /* kDashes */ {kRun, kBad, kBad, kDashes, kBad, kBad},
    /* kBad */ {kBad, kBad, kBad, kBad, kBad, kBad},
};

constexpr std::array<NameClass, 256> name_classes() {
    std::array<NameClass, 256> classes{};
    for (std::size_t i = 0; i < classes.size(); ++i) {
        const char c = static_cast<char>(i);
        classes[i] = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? kAlphanumeric
                     : c == '.'                                       ? kPeriod
                     : c == '_'                                       ? kLowLine
                     : c == '-'                                       ? kDash
                     : c == '/'                                       ? kSlash
                                                                      : kOther;
    }
    return classes;
}

constexpr std::array<NameClass, 256> kNameClasses = name_classes();

}  // namespace

bool is_host_uuid(std::string_view text) noexcept {
    return text.size() == kUuidLength && std::all_of(text.begin(), text.end(), [](char c) {
               return is_digit(c) || (c >= 'a' && c <= 'f') || c == '-';
           });
}

bool is_repository_name(std::string_view text) noexcept {
    if (text.size() > limits::kRepositoryName) {
        return false;
    }
    NameState state = kBegin;
    for (const char c : text) {
        state = kNextState[state][kNameClasses[static_cast<unsigned char>(c)]];
    }
    return state == kRun;
}

bool is_label(std::string_view text) noexcept {
    return !text.empty() && text.size() <= limits::kLabel &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return is_alphanumeric(c) || is_upper(c) || c == '_' || c == '-';
           });
}

bool is_environment_label(std::string_view text) noexcept {
    const std::size_t slash = text.find('/');
    return is_label(text.substr(0, slash)) &&
           (slash == std::string_view::npos || is_label(text.substr(slash + 1)));
}

}  // namespace certguard
