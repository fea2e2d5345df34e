#include "certguard/request_target.hpp"

#include <algorithm>
#include <optional>

#include "printable.hpp"

namespace certguard {
namespace {

Error bad(std::string message) {
    return {Reason::bad_request_path, std::move(message)};
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_schema_character(char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

/// TEXT from its path on; nothing when it is neither an origin-form nor an absolute-form.
std::optional<std::string> from_path_on(std::string_view text) {
    if (!text.empty() && text[0] == '/') {
        return std::string(text);
    }
    const std::size_t colon = text.find("://");
    if (colon == std::string_view::npos || !is_letter(text[0]) ||
        !std::all_of(text.begin(), text.begin() + colon, is_schema_character)) {
        return std::nullopt;
    }
    text.remove_prefix(colon + 3);
    const std::size_t host = std::min(text.find_first_of("/?#"), text.size());
    if (host == 0) {
        return std::nullopt;
    }
    text.remove_prefix(host);
    return !text.empty() && text[0] == '/' ? std::string(text) : '/' + std::string(text);
}

int hex_digit(std::string_view text, std::size_t at) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    if (at >= text.size()) {
        return -1;
    }
    const char c = text[at];
    const std::size_t digit = kDigits.find(is_letter(c) ? static_cast<char>(c | 0x20) : c);
    return digit == std::string_view::npos ? -1 : static_cast<int>(digit);
}

/// A path under construction, whose last segment is still open.
class PathBuilder {
  public:
    void add(char c) { path_ += c; }

    /// Closes the segment at a slash or the end. False when ".." leaves the root.
    bool close_segment() {
        const std::string_view segment = std::string_view(path_).substr(start_);
        if (segment == ".") {
            path_.resize(start_);
        } else if (segment == "..") {
            if (start_ == 1) {
                return false;
            }
            path_.resize(path_.rfind('/', start_ - 2) + 1);
        }
        start_ = path_.size();
        return true;
    }

    bool slash() {
        if (!close_segment()) {
            return false;
        }
        if (path_.back() != '/') {
            path_ += '/';
            start_ = path_.size();
        }
        return true;
    }

    std::string take() { return std::move(path_); }

  private:
    std::string path_ = "/";
    std::size_t start_ = 1;  // where the open segment begins, behind its slash
};

Result<std::string> decode_path(std::string_view raw) {
    PathBuilder path;
    for (std::size_t i = 1; i < raw.size(); ++i) {
        char c = raw[i];
        if (c == '%') {
            const int high = hex_digit(raw, i + 1);
            const int low = hex_digit(raw, i + 2);
            if (high < 0 || low < 0) {
                return bad(quoted(raw.substr(i, 3)) + " is no percent escape");
            }
            c = static_cast<char>(high << 4 | low);
            if (c == '\0') {
                return bad("%00 can't be part of a path");
            }
            i += 2;
        }
        // An encoded slash separates, and encoded dots are dot segments, as in nginx.
        if (c != '/') {
            path.add(c);
        } else if (!path.slash()) {
            return bad("its dot segments lead out of the root");
        }
    }
    if (!path.close_segment()) {
        return bad("its dot segments lead out of the root");
    }
    return path.take();
}

}  // namespace

Result<RequestTarget> parse_request_target(std::string_view text) {
    const auto bad_character = std::find_if(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == '\x7F';
    });
    if (bad_character != text.end()) {
        return bad("it has " + quoted(std::string_view(&*bad_character, 1)) +
                   ", which must be percent-encoded");
    }
    std::optional<std::string> raw = from_path_on(text);
    if (!raw) {
        return bad("it begins neither with a slash nor with http://host");
    }
    Result<std::string> path =
        decode_path(std::string_view(*raw).substr(0, raw->find_first_of("?#")));
    if (!path) {
        return path.error();
    }
    return RequestTarget{std::move(*raw), std::move(*path)};
}

}  // namespace certguard
