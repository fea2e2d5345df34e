#include "certguard/oci_reference.hpp"

#include <algorithm>
#include <cstddef>

namespace certguard {
namespace {

constexpr std::size_t kTagBytes = 128;
constexpr std::size_t kDigestBytes = 255;

bool is_lower_or_digit(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_word(char c) noexcept {
    return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_lower_hex(char c) noexcept {
    return (c >= 'a' && c <= 'f') || (c >= '0' && c <= '9');
}

/// [a-z0-9]+ ([+._-] [a-z0-9]+)*
bool is_digest_algorithm(std::string_view text) noexcept {
    bool after_letter = false;
    for (const char c : text) {
        const bool is_letter = is_lower_or_digit(c);
        const bool is_separator = c == '+' || c == '.' || c == '_' || c == '-';
        if (!is_letter && !(is_separator && after_letter)) {
            return false;
        }
        after_letter = is_letter;
    }
    return after_letter;
}

}  // namespace

bool is_tag(std::string_view text) noexcept {
    return !text.empty() && text.size() <= kTagBytes && is_word(text.front()) &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return is_word(c) || c == '.' || c == '-'; });
}

bool is_digest(std::string_view text) noexcept {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || text.size() > kDigestBytes) {
        return false;
    }
    const std::string_view algorithm = text.substr(0, colon);
    const std::string_view encoded = text.substr(colon + 1);
    if (algorithm == "sha256" || algorithm == "sha512") {
        return encoded.size() == (algorithm == "sha256" ? 64 : 128) &&
               std::all_of(encoded.begin(), encoded.end(), is_lower_hex);
    }
    return is_digest_algorithm(algorithm) && !encoded.empty() &&
           std::all_of(encoded.begin(), encoded.end(),
                       [](char c) { return is_word(c) || c == '=' || c == '-'; });
}

}  // namespace certguard
