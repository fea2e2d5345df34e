#include "json_writer.hpp"

#include <algorithm>

#include "utf8.hpp"

namespace certguard {
namespace {

/// How many characters TEXT begins with that stand for themselves. Nearly all do.
std::size_t plain_length(std::string_view text) noexcept {
    const auto special = std::find_if(text.begin(), text.end(), [](char c) {
        return static_cast<signed char>(c) < 0x20 || c == 0x7F || c == '"' || c == '\\';
    });
    return static_cast<std::size_t>(special - text.begin());
}

void append_escaped(std::string& out, char c) {
    constexpr char kDigits[] = "0123456789abcdef";
    switch (c) {
        case '"': out += "\\\""; return;
        case '\\': out += "\\\\"; return;
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        default: break;
    }
    const auto byte = static_cast<unsigned char>(c);
    // DEL is legal in JSON but not on a terminal.
    if (byte < 0x20 || byte == 0x7F) {
        out += "\\u00";
        out += kDigits[byte >> 4];
        out += kDigits[byte & 15];
    } else {
        out += c;
    }
}

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    for (;;) {
        const std::size_t plain = plain_length(text);
        out += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) {
            break;
        }
        const std::size_t length = utf8_sequence(text);
        if (length == 0) {
            out += "\\ufffd";
        } else if (length == 1) {
            append_escaped(out, text[0]);
        } else {
            out += text.substr(0, length);
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
    out += '"';
}

}  // namespace

void JsonWriter::separate() {
    if (needs_comma_) {
        text_ += ',';
    }
    needs_comma_ = true;
}

JsonWriter& JsonWriter::open(char bracket) {
    separate();
    text_ += bracket;
    needs_comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
    text_ += bracket;
    needs_comma_ = true;
    return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
    separate();
    append_quoted(text_, name);
    text_ += ':';
    needs_comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
    separate();
    append_quoted(text_, text);
    return *this;
}

JsonWriter& JsonWriter::value(std::int64_t number) {
    separate();
    text_ += std::to_string(number);
    return *this;
}

JsonWriter& JsonWriter::value(bool yes) {
    separate();
    text_ += yes ? "true" : "false";
    return *this;
}

JsonWriter& JsonWriter::null() {
    separate();
    text_ += "null";
    return *this;
}

JsonWriter& JsonWriter::member_or_null(std::string_view name, std::string_view text) {
    key(name);
    return text.empty() ? null() : value(text);
}

JsonWriter& JsonWriter::member(std::string_view name, const std::vector<std::string>& texts) {
    key(name).begin_array();
    for (const std::string& text : texts) {
        value(text);
    }
    return end_array();
}

}  // namespace certguard
