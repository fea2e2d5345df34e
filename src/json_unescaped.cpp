#include "json_unescaped.hpp"

#include <cstddef>
#include <cstdint>

#include "hex.hpp"

namespace certguard {
namespace {

void append_utf8(std::string& out, std::uint32_t code) {
    const auto add = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (code < 0x80) {
        add(code);
    } else if (code < 0x800) {
        add(0xC0 | code >> 6);
        add(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        add(0xE0 | code >> 12);
        add(0x80 | (code >> 6 & 0x3F));
        add(0x80 | (code & 0x3F));
    } else {
        add(0xF0 | code >> 18);
        add(0x80 | (code >> 12 & 0x3F));
        add(0x80 | (code >> 6 & 0x3F));
        add(0x80 | (code & 0x3F));
    }
}

/// Takes "\uXXXX" away from the front of TEXT.
std::optional<std::uint32_t> take_unit(std::string_view& text) {
    if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') {
        return std::nullopt;
    }
    std::uint32_t unit = 0;
    for (std::size_t i = 2; i < 6; ++i) {
        const int digit = hex_digit(text[i]);
        if (digit < 0) {
            return std::nullopt;
        }
        unit = unit << 4 | static_cast<std::uint32_t>(digit);
    }
    text.remove_prefix(6);
    return unit;
}

/// Takes one character in \u form, of one or two units, away from the front of TEXT.
bool take_character(std::string_view& text, std::string& out) {
    const std::optional<std::uint32_t> unit = take_unit(text);
    if (!unit || (*unit >= 0xDC00 && *unit <= 0xDFFF)) {
        return false;
    }
    if (*unit < 0xD800 || *unit > 0xDFFF) {
        append_utf8(out, *unit);
        return true;
    }
    const std::optional<std::uint32_t> low = take_unit(text);
    if (!low || *low < 0xDC00 || *low > 0xDFFF) {
        return false;
    }
    append_utf8(out, 0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00));
    return true;
}

}  // namespace

std::optional<std::string> json_unescaped(std::string_view escaped) {
    std::string out;
    out.reserve(escaped.size());
    while (!escaped.empty()) {
        if (escaped[0] != '\\') {
            out += escaped[0];
            escaped.remove_prefix(1);
            continue;
        }
        constexpr std::string_view kNames = "\"\\/bfnrt";
        constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
        const std::size_t which = escaped.size() < 2 ? kNames.npos : kNames.find(escaped[1]);
        if (which != kNames.npos) {
            out += kMeanings[which];
            escaped.remove_prefix(2);
        } else if (!take_character(escaped, out)) {
            return std::nullopt;
        }
    }
    return out;
}

}  // namespace certguard
