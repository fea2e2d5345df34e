#include "certguard/names.hpp"

#include <algorithm>

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

/// What may stand between two alphanumeric runs: ".", "_", "__" or any number of "-".
bool is_separator(std::string_view text) {
    return text == "." || text == "_" || text == "__" ||
           (!text.empty() && text.find_first_not_of('-') == std::string_view::npos);
}

bool is_name_component(std::string_view text) {
    if (text.empty() || !is_alphanumeric(text.front()) || !is_alphanumeric(text.back())) {
        return false;
    }
    while (!text.empty()) {
        const auto run_end = std::find_if_not(text.begin(), text.end(), is_alphanumeric);
        text.remove_prefix(static_cast<std::size_t>(run_end - text.begin()));
        const auto next_run = std::find_if(text.begin(), text.end(), is_alphanumeric);
        const auto separator = static_cast<std::size_t>(next_run - text.begin());
        if (separator != 0 && !is_separator(text.substr(0, separator))) {
            return false;
        }
        text.remove_prefix(separator);
    }
    return true;
}

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
    for (;;) {
        const std::size_t slash = text.find('/');
        if (!is_name_component(text.substr(0, slash))) {
            return false;
        }
        if (slash == std::string_view::npos) {
            return true;
        }
        text.remove_prefix(slash + 1);
    }
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
