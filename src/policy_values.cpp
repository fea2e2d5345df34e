#include "policy_values.hpp"

#include <algorithm>

#include "printable.hpp"
#include "units.hpp"

namespace certguard {
namespace {

constexpr std::size_t kNameLength = 64;

bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

std::string_view without_outer_slashes(std::string_view path) {
    while (!path.empty() && path.front() == '/') {
        path.remove_prefix(1);
    }
    while (!path.empty() && path.back() == '/') {
        path.remove_suffix(1);
    }
    return path;
}

/// Why the guard would never match PATH, or match something else than it says.
std::string url_path_problem(std::string_view path) {
    if (path.find("//") != std::string_view::npos) {
        return "an empty segment (//), which nginx folds";
    }
    std::string_view rest = path;
    while (!rest.empty()) {
        const std::string_view segment = rest.substr(0, rest.find('/'));
        rest.remove_prefix(std::min(segment.size() + 1, rest.size()));
        if (segment == "." || segment == "..") {
            return "the dot segment " + quoted(segment) + ", which nginx resolves";
        }
    }
    for (std::size_t i = 0; i < path.size(); ++i) {
        const char c = path[i];
        if (c == '%' && i + 2 < path.size() && is_hex(path[i + 1]) && is_hex(path[i + 2])) {
            return quoted(path.substr(i, 3)) + ", but the decoded path is compared";
        }
        if (c == '?' || c == '#' || c == '\\') {
            return quoted(path.substr(i, 1)) + ", which no path has";
        }
        if (c == '$') {
            return "\"$\", but there are no variables here";
        }
    }
    return {};
}

}  // namespace

std::optional<std::string> read_text(const Field& field, std::string_view expected,
                                     Findings& findings) {
    if (!expect(field, YamlNode::Kind::text, expected, findings)) {
        return std::nullopt;
    }
    const std::string& text = field.node->text;
    // Double-quoted YAML can write any character as an escape.
    if (text.empty() || printable(text) != text) {
        findings.error(field.where, "found " + quoted(text) + ", expected " +
                                        std::string(expected) +
                                        (text.empty() ? "" : " without control characters"));
        return std::nullopt;
    }
    return text;
}

std::optional<std::size_t> read_word(const Field& field, const std::vector<std::string_view>& words,
                                     Findings& findings) {
    const std::string expected = joined_with_or(words);
    if (!expect(field, YamlNode::Kind::text, expected, findings)) {
        return std::nullopt;
    }
    const auto found = std::find(words.begin(), words.end(), field.node->text);
    if (found == words.end()) {
        findings.error(field.where, "found " + what_is(*field.node) + ", expected " + expected);
        return std::nullopt;
    }
    return static_cast<std::size_t>(found - words.begin());
}

std::optional<std::size_t> read_size(const Field& field, std::size_t least, std::size_t most,
                                     Findings& findings) {
    const std::string expected =
        "a size from " + std::to_string(least) + " to " + std::to_string(most) + " bytes, like 16k";
    if (!expect(field, YamlNode::Kind::text, expected, findings)) {
        return std::nullopt;
    }
    const std::optional<std::uint64_t> size = parse_size(field.node->text);
    if (!size || *size < least || *size > most) {
        findings.error(field.where, "found " + what_is(*field.node) + ", expected " + expected);
        return std::nullopt;
    }
    return static_cast<std::size_t>(*size);
}

std::optional<std::chrono::milliseconds> read_time(const Field& field,
                                                   std::chrono::milliseconds least,
                                                   std::chrono::milliseconds most,
                                                   Findings& findings) {
    const std::string expected =
        "a time from " + time_text(least) + " to " + time_text(most) + ", like 30s";
    if (!expect(field, YamlNode::Kind::text, expected, findings)) {
        return std::nullopt;
    }
    const auto time = parse_time(field.node->text);
    if (!time || *time < least || *time > most) {
        findings.error(field.where, "found " + what_is(*field.node) + ", expected " + expected);
        return std::nullopt;
    }
    return time;
}

std::optional<std::size_t> read_number(const Field& field, std::size_t least, std::size_t most,
                                       Findings& findings) {
    const std::string expected =
        "a number from " + std::to_string(least) + " to " + std::to_string(most);
    if (!expect(field, YamlNode::Kind::text, expected, findings)) {
        return std::nullopt;
    }
    const std::optional<std::uint64_t> number = parse_number(field.node->text);
    if (!number || *number < least || *number > most) {
        findings.error(field.where, "found " + what_is(*field.node) + ", expected " + expected);
        return std::nullopt;
    }
    return static_cast<std::size_t>(*number);
}

std::vector<Field> read_list(const Field& field, std::string_view expected, Findings& findings) {
    if (field.node->kind == YamlNode::Kind::text) {
        return {field};
    }
    std::vector<Field> items;
    if (expect(field, YamlNode::Kind::list, expected, findings)) {
        for (std::size_t i = 0; i < field.node->items.size(); ++i) {
            const YamlNode& item = field.node->items[i];
            items.push_back({&item, findings.at(item.mark, key_path(field.where.key, i))});
        }
    }
    return items;
}

std::vector<FileName> read_files(const Field& field, const std::string& directory,
                                 Findings& findings) {
    std::vector<FileName> files;
    for (const Field& item : read_list(field, "a file or a list of files", findings)) {
        if (auto file = read_file_name(item, directory, findings)) {
            files.push_back(std::move(*file));
        }
    }
    return files;
}

std::optional<FileName> read_file_name(const Field& field, const std::string& directory,
                                       Findings& findings) {
    const auto name = read_text(field, "a file name", findings);
    if (!name) {
        return std::nullopt;
    }
    return FileName{name->front() == '/' ? *name : directory + *name, field.where};
}

void check_count(const Field& field, std::size_t count, std::size_t most, std::string_view what,
                 Findings& findings) {
    if (count > most) {
        findings.error(field.where, "found " + std::to_string(count) + " " + std::string(what) +
                                        ", expected at most " + std::to_string(most));
    }
}

void check_name(const Location& where, std::string_view name, std::string_view what,
                Findings& findings) {
    const bool is_good = !name.empty() && name.size() <= kNameLength &&
                         std::all_of(name.begin(), name.end(), [](char c) {
                             return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                    (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
                         });
    if (!is_good) {
        findings.error(where, "found " + quoted(name) + ", expected " + std::string(what) +
                                  ": up to 64 letters, digits, '_', '.' and '-'");
    }
}

std::string joined_with_or(const std::vector<std::string_view>& words) {
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i) {
        out += i == 0 ? "" : i + 1 == words.size() ? " or " : ", ";
        out += words[i];
    }
    return out;
}

std::optional<std::string> read_url_path(const Field& field, std::string_view expected,
                                         Findings& findings) {
    const std::optional<std::string> text = read_text(field, expected, findings);
    if (!text) {
        return std::nullopt;
    }
    const std::string problem = url_path_problem(*text);
    if (!problem.empty()) {
        findings.error(field.where, "found " + quoted(*text) + " with " + problem + "; expected " +
                                        std::string(expected));
        return std::nullopt;
    }
    return std::string(without_outer_slashes(*text));
}

}  // namespace certguard
