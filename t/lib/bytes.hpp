// Bytes in test code.
#pragma once

#include <string>
#include <string_view>

namespace certguard::test {

/// "0a 0B" as two bytes. What is no hex digit is skipped.
inline std::string from_hex(std::string_view digits) {
    std::string bytes;
    bool half = false;
    for (const char c : digits) {
        const auto value = std::string_view("0123456789abcdef").find(static_cast<char>(c | 0x20));
        if (value == std::string_view::npos) {
            continue;
        }
        if (!half) {
            bytes += '\0';
        }
        bytes.back() = static_cast<char>(bytes.back() << 4 | static_cast<char>(value));
        half = !half;
    }
    return bytes;
}

}  // namespace certguard::test
