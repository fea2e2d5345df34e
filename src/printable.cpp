#include "printable.hpp"

#include "utf8.hpp"

namespace certguard {
namespace {

void append_hex(std::string& out, std::string_view bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += "\\x";
        out += kDigits[byte >> 4];
        out += kDigits[byte & 15];
    }
}

bool is_control(std::string_view sequence) {
    const auto lead = static_cast<unsigned char>(sequence[0]);
    if (sequence.size() == 1) {
        return lead < 0x20 || lead == 0x7F;
    }
    return lead == 0xC2 && static_cast<unsigned char>(sequence[1]) < 0xA0;
}

}  // namespace

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = utf8_sequence(text);
        const std::string_view sequence = text.substr(0, length == 0 ? 1 : length);
        text.remove_prefix(sequence.size());
        switch (sequence[0]) {
            case '\n': out += "\\n"; continue;
            case '\r': out += "\\r"; continue;
            case '\t': out += "\\t"; continue;
            default: break;
        }
        if (length == 0 || is_control(sequence)) {
            append_hex(out, sequence);
        } else {
            out += sequence;
        }
    }
    return out;
}

std::string quoted(std::string_view text, std::size_t most) {
    if (text.size() <= most) {
        return '"' + printable(text) + '"';
    }
    std::size_t cut = most;
    // Step back over continuation bytes, so that no character is cut in two.
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) {
        --cut;
    }
    return '"' + printable(text.substr(0, cut)) + "...\"";
}

}  // namespace certguard
