#include "query_string.hpp"

#include <algorithm>

#include "hex.hpp"
#include "utf8.hpp"

namespace certguard {

std::optional<std::string_view> query_value(std::string_view query, std::string_view key) noexcept {
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        const std::size_t equals = pair.find('=');
        if (pair.substr(0, equals) == key) {
            return equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
        }
    }
    return std::nullopt;
}

std::optional<std::string> decode_query_value(std::string_view value) {
    std::string out;
    out.reserve(value.size());
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] != '%') {
            out += value[i] == '+' ? ' ' : value[i];
            continue;
        }
        const int high = i + 1 < value.size() ? hex_digit(value[i + 1]) : -1;
        const int low = i + 2 < value.size() ? hex_digit(value[i + 2]) : -1;
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        out += static_cast<char>(high << 4 | low);
        i += 2;
    }
    const bool has_control = std::any_of(out.begin(), out.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
    if (has_control || find_bad_utf8(out) != std::string_view::npos) {
        return std::nullopt;
    }
    return out;
}

}  // namespace certguard
