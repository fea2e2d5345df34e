#include "cli/time_argument.hpp"

#include <charconv>
#include <ctime>

namespace certguard::cli {
namespace {

/// Takes COUNT digits off the front of TEXT.
std::optional<int> take_number(std::string_view& text, std::size_t count) {
    int value = 0;
    for (const char c : text.substr(0, count)) {
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        value = value * 10 + (c - '0');
    }
    if (text.size() < count) {
        return std::nullopt;
    }
    text.remove_prefix(count);
    return value;
}

bool take(std::string_view& text, std::string_view any_of) {
    if (text.empty() || any_of.find(text[0]) == std::string_view::npos) {
        return false;
    }
    text.remove_prefix(1);
    return true;
}

/// Reads "YYYY-MM-DD[THH:MM:SS][Z]" into PARTS.
bool read_parts(std::string_view text, std::tm& parts) {
    const auto field = [&text](std::size_t digits, int& out) {
        const std::optional<int> value = take_number(text, digits);
        out = value.value_or(0);
        return value.has_value();
    };
    if (!field(4, parts.tm_year) || !take(text, "-") || !field(2, parts.tm_mon) ||
        !take(text, "-") || !field(2, parts.tm_mday)) {
        return false;
    }
    if (take(text, "T ") &&
        (!field(2, parts.tm_hour) || !take(text, ":") || !field(2, parts.tm_min) ||
         !take(text, ":") || !field(2, parts.tm_sec))) {
        return false;
    }
    take(text, "Z");
    parts.tm_year -= 1900;
    parts.tm_mon -= 1;
    return text.empty();
}

std::optional<std::int64_t> parse_epoch(std::string_view digits) {
    std::int64_t seconds = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
    if (error != std::errc() || end != digits.data() + digits.size()) {
        return std::nullopt;
    }
    return seconds;
}

}  // namespace

std::optional<std::int64_t> parse_time(std::string_view text) {
    if (!text.empty() && text[0] == '@') {
        return parse_epoch(text.substr(1));
    }
    std::tm parts{};
    if (!read_parts(text, parts)) {
        return std::nullopt;
    }
    std::tm normal = parts;
    const std::int64_t seconds = ::timegm(&normal);
    // timegm() takes the 31st of February for the 3rd of March.
    const bool is_real = normal.tm_mon == parts.tm_mon && normal.tm_mday == parts.tm_mday &&
                         normal.tm_hour == parts.tm_hour && normal.tm_min == parts.tm_min &&
                         normal.tm_sec == parts.tm_sec;
    return is_real ? std::optional<std::int64_t>(seconds) : std::nullopt;
}

std::string iso_time(std::int64_t seconds) {
    const auto time = static_cast<std::time_t>(seconds);
    std::tm parts{};
    char text[64];
    if (::gmtime_r(&time, &parts) == nullptr) {
        return "@" + std::to_string(seconds);
    }
    return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts));
}

}  // namespace certguard::cli
