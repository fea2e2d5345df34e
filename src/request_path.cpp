#include "certguard/request_path.hpp"

#include <cstdint>
#include <cstring>

namespace certguard {
namespace {

int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool is_control(unsigned char c) noexcept {
    return c < 0x20 || c == 0x7f;
}

/// Recognises "." and ".." as they pass by, whatever separates them.
class DotSegmentWatch {
  public:
    /// Takes the next decoded byte; true when it ends a dot segment.
    bool separator() noexcept {
        const bool found = only_dots_ && (dots_ == 1 || dots_ == 2);
        dots_ = 0;
        only_dots_ = true;
        return found;
    }
    void byte(unsigned char c) noexcept {
        if (c == '.') {
            ++dots_;
        } else {
            only_dots_ = false;
        }
    }

  private:
    std::size_t dots_ = 0;
    bool only_dots_ = true;
};

bool needs_a_look(char previous, char c) noexcept {
    return c == '%' || c == '\\' || c == '#' || is_control(static_cast<unsigned char>(c)) ||
           (c == '.' && previous == '/');
}

/// Sixteen bytes, and what is true of each of them, which the compiler does at once.
using Block = unsigned char __attribute__((vector_size(16)));

/// The same for the sixteen bytes at AT; one more must stand behind them.
bool need_a_look(const char* at) noexcept {
    Block bytes;
    Block following;
    std::memcpy(&bytes, at, sizeof bytes);
    std::memcpy(&following, at + 1, sizeof following);
    const auto found = (bytes == '%') | (bytes == '\\') | (bytes == '#') | (bytes < 0x20) |
                       (bytes == 0x7f) | ((bytes == '/') & (following == '.'));
    std::uint64_t halves[2];
    std::memcpy(halves, &found, sizeof halves);
    return (halves[0] | halves[1]) != 0;
}

/// True for nearly every request: it begins with a slash, and nothing in it needs a closer look.
/// Every request pays for this, hence blocks.
bool is_plain(std::string_view target) noexcept {
    if (target.empty() || target[0] != '/') {
        return false;
    }
    constexpr std::size_t kLooked = sizeof(Block) + 1;
    std::size_t i = 0;
    for (; i + kLooked <= target.size(); i += sizeof(Block)) {
        if (need_a_look(target.data() + i)) {
            return false;
        }
    }
    if (i != 0 && i != target.size()) {
        // The rest in one more look, at bytes that were looked at before, too.
        const char* const end = target.data() + target.size();
        return !need_a_look(end - kLooked) && !needs_a_look(end[-2], end[-1]);
    }
    for (char previous = '\0'; i < target.size(); ++i) {
        if (needs_a_look(previous, target[i])) {
            return false;
        }
        previous = target[i];
    }
    return true;
}

const char* target_problem(std::string_view target) noexcept {
    DotSegmentWatch segments;
    for (std::size_t i = 0; i < target.size(); ++i) {
        unsigned char c = static_cast<unsigned char>(target[i]);
        bool encoded = false;
        if (c == '%') {
            const int high = i + 1 < target.size() ? hex_digit(target[i + 1]) : -1;
            const int low = i + 2 < target.size() ? hex_digit(target[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return "a broken percent escape";
            }
            c = static_cast<unsigned char>(high << 4 | low);
            encoded = true;
            i += 2;
        }
        if (c == '/' && encoded) {
            return "an encoded slash (%2F)";
        }
        if (c == '\\') {
            return "a backslash";
        }
        if (is_control(c)) {
            return "a control character";
        }
        // nginx drops a fragment from the path that it compares, but not from the one it forwards.
        if (c == '#' && !encoded) {
            return "a fragment (#)";
        }
        if (c != '/') {
            segments.byte(c);
        } else if (segments.separator()) {
            return "a dot segment";
        }
    }
    return segments.separator() ? "a dot segment" : nullptr;
}

const char* path_problem_of_decoded(std::string_view path) noexcept {
    DotSegmentWatch segments;
    for (const char c : path) {
        if (c == '\\') {
            return "a backslash";
        }
        if (is_control(static_cast<unsigned char>(c))) {
            return "a control character";
        }
        if (c != '/') {
            segments.byte(static_cast<unsigned char>(c));
        } else if (segments.separator()) {
            return "a dot segment";
        }
    }
    return segments.separator() ? "a dot segment" : nullptr;
}

}  // namespace

const char* path_problem(std::string_view target, std::string_view path) noexcept {
    target = target.substr(0, target.find('?'));
    if (target == path && is_plain(target)) {
        return nullptr;
    }
    const char* problem = target_problem(target);
    return problem != nullptr ? problem : path_problem_of_decoded(path);
}

std::optional<std::string_view> strip_path_prefix(std::string_view path,
                                                  std::string_view prefix) noexcept {
    std::size_t at = 0;
    const auto skip_slashes = [](std::string_view text, std::size_t& i) {
        while (i < text.size() && text[i] == '/') {
            ++i;
        }
    };
    for (std::size_t i = 0;;) {
        skip_slashes(prefix, i);
        if (i == prefix.size()) {
            return path.substr(at);
        }
        skip_slashes(path, at);
        const std::string_view segment = prefix.substr(i, prefix.find('/', i) - i);
        if (path.substr(at, segment.size()) != segment) {
            return std::nullopt;
        }
        at += segment.size();
        if (at < path.size() && path[at] != '/') {
            return std::nullopt;
        }
        i += segment.size();
    }
}

}  // namespace certguard
