#include "units.hpp"

#include <algorithm>
#include <limits>

namespace certguard {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

std::optional<std::uint64_t> parse_digits(std::string_view digits) noexcept {
    if (digits.empty() || (digits.size() > 1 && digits[0] == '0')) {
        return std::nullopt;
    }
    std::uint64_t value = 0;
    for (const char c : digits) {
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (value > (kMost - digit) / 10) {
            return std::nullopt;
        }
        value = value * 10 + digit;
    }
    return value;
}

struct TimeUnit {
    std::string_view word;
    std::uint64_t milliseconds;
};
constexpr TimeUnit kTimeUnits[] = {
    {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1},
};

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) noexcept {
    unsigned shift = 0;
    switch (text.empty() ? '\0' : text.back()) {
        case 'k':
        case 'K': shift = 10; break;
        case 'm':
        case 'M': shift = 20; break;
        case 'g':
        case 'G': shift = 30; break;
        default: break;
    }
    if (shift != 0) {
        text.remove_suffix(1);
    }
    const std::optional<std::uint64_t> value = parse_digits(text);
    if (!value || *value > kMost >> shift) {
        return std::nullopt;
    }
    return *value << shift;
}

std::optional<std::uint64_t> parse_number(std::string_view text) noexcept {
    return parse_digits(text);
}

std::optional<std::chrono::milliseconds> parse_time(std::string_view text) noexcept {
    const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
    const std::optional<std::uint64_t> value = parse_digits(text.substr(0, end));
    if (value == 0u && end == text.size()) {
        return std::chrono::milliseconds(0);
    }
    constexpr auto kMostTime = static_cast<std::uint64_t>(std::chrono::milliseconds::max().count());
    for (const TimeUnit& unit : kTimeUnits) {
        if (value && text.substr(end) == unit.word && *value <= kMostTime / unit.milliseconds) {
            return std::chrono::milliseconds(*value * unit.milliseconds);
        }
    }
    return std::nullopt;
}

std::string time_text(std::chrono::milliseconds time) {
    const auto count = static_cast<std::uint64_t>(time.count());
    for (const TimeUnit& unit : kTimeUnits) {
        if (count != 0 && count % unit.milliseconds == 0) {
            return std::to_string(count / unit.milliseconds) + std::string(unit.word);
        }
    }
    return "0";
}

}  // namespace certguard
