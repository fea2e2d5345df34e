#include "cli/path_escapes.hpp"

#include "printable.hpp"

namespace certguard::cli {
namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Takes the escape that TEXT begins with, a backslash, off its front; -1 when it is none.
int take_escape(std::string_view& text) {
    const char kind = text.size() > 1 ? text[1] : '\0';
    std::size_t length = 2;
    int byte = -1;
    switch (kind) {
        case '\\': byte = '\\'; break;
        case 't': byte = '\t'; break;
        case 'n': byte = '\n'; break;
        case 'r': byte = '\r'; break;
        case 'x': {
            const int high = text.size() > 3 ? hex_digit(text[2]) : -1;
            const int low = text.size() > 3 ? hex_digit(text[3]) : -1;
            length = 4;
            byte = high < 0 || low < 0 ? -1 : high << 4 | low;
            break;
        }
        default: break;
    }
    if (byte >= 0) {
        text.remove_prefix(length);
    }
    return byte;
}

}  // namespace

Result<std::string> unescape_path(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        if (text[0] != '\\') {
            const std::string_view plain = text.substr(0, text.find('\\'));
            out += plain;
            text.remove_prefix(plain.size());
            continue;
        }
        const std::string_view rest = text;
        const int byte = take_escape(text);
        if (byte < 0) {
            return Error{Reason::bad_request_path,
                         quoted(rest.substr(0, 4)) +
                             " begins with no escape; expected \\\\, \\t, \\n, \\r or \\xHH"};
        }
        out += static_cast<char>(byte);
    }
    return out;
}

}  // namespace certguard::cli
