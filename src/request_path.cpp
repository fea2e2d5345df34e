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

constexpr std::uint64_t kOnes = 0x0101010101010101u;
constexpr std::uint64_t kHighBits = kOnes << 7;

std::uint64_t eight_bytes(const char* at) noexcept {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, at, sizeof bytes);
    return bytes;
}

/// Not zero when some byte of BYTES is below LIMIT, at most 0x80; a bit for each such byte, and
/// perhaps for its neighbours.
constexpr std::uint64_t below(std::uint64_t bytes, unsigned char limit) noexcept {
    return (bytes - kOnes * limit) & ~bytes & kHighBits;
}

constexpr std::uint64_t equal(std::uint64_t bytes, char c) noexcept {
    return below(bytes ^ kOnes * static_cast<unsigned char>(c), 1);
}

/// The same for all eight bytes of BYTES; FOLLOWING holds what stands one behind each of them.
constexpr bool need_a_look(std::uint64_t bytes, std::uint64_t following) noexcept {
    return (equal(bytes, '%') | equal(bytes, '\\') | equal(bytes, '#') | below(bytes, 0x20) |
            equal(bytes, '\x7f') | (equal(bytes, '/') & equal(following, '.'))) != 0;
}

/// True for nearly every request: nothing in it needs a closer look. Every request pays for this,
/// hence eight bytes at a time.
bool is_plain(std::string_view target) noexcept {
    std::size_t i = 0;
    for (; i + 9 <= target.size(); i += 8) {
        if (need_a_look(eight_bytes(target.data() + i), eight_bytes(target.data() + i + 1))) {
            return false;
        }
    }
    if (i != 0 && i != target.size()) {
        // The rest in one more look, at bytes that were looked at before, too.
        const char* const end = target.data() + target.size();
        return !need_a_look(eight_bytes(end - 9), eight_bytes(end - 8)) &&
               !needs_a_look(end[-2], end[-1]);
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
