#include "yaml_document.hpp"

#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>

#include "printable.hpp"
#include "utf8.hpp"
#include "yaml_tree_builder.hpp"

namespace certguard {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

YamlMark mark_of(std::string_view text, std::size_t offset) {
    YamlMark mark{1, 1};
    for (const char c : text.substr(0, offset)) {
        mark.column = c == '\n' ? 1 : mark.column + 1;
        mark.line += c == '\n' ? 1 : 0;
    }
    return mark;
}

/// What yaml-cpp would skip, cut the text at, or take for another encoding.
std::optional<YamlProblem> encoding_problem(std::string_view text) {
    const std::size_t bad = find_bad_utf8(text);
    if (bad != std::string_view::npos) {
        return YamlProblem{mark_of(text, bad), "",
                           "found the byte " + printable(text.substr(bad, 1)) +
                               ", which is not UTF-8; expected a UTF-8 text"};
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        const bool is_line_end = c == '\n' || (c == '\r' && text.substr(i + 1, 1) == "\n");
        const bool is_c1 = c == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0;
        if ((c < 0x20 && c != '\t' && !is_line_end) || c == 0x7F || is_c1) {
            return YamlProblem{mark_of(text, i), "",
                               "found the control character " +
                                   printable(text.substr(i, is_c1 ? 2 : 1)) + "; expected text"};
        }
    }
    return std::nullopt;
}

/// Tabs in front of a line: yaml-cpp takes some for nothing and reads another structure.
void find_tabs(std::string_view text, std::vector<YamlProblem>& problems) {
    for (int line = 1; !text.empty(); ++line) {
        const std::string_view row = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(row.size() + 1, text.size()));
        const std::size_t first = row.find_first_not_of(' ');
        if (first != std::string_view::npos && row[first] == '\t') {
            problems.push_back({{line, static_cast<int>(first) + 1},
                                "",
                                "found a tab at the beginning of the line, expected spaces"});
        }
    }
}

/// yaml-cpp's PROBLEM where the text goes on with REST, for someone who doesn't know YAML's
/// grammar.
std::string in_words(const YAML::Exception& problem, std::string_view rest) {
    if (problem.msg == "illegal map value") {
        return "found a ':' that can't stand here; is the line indented wrongly, or does a text "
               "with ': ' in it need quotes?";
    }
    if (problem.msg == "unknown token" && !rest.empty()) {
        return "found " + quoted(rest.substr(0, 1)) +
               ", which can't begin a text; does it need quotes?";
    }
    if (problem.msg == "end of map not found" || problem.msg == "end of sequence not found") {
        return "found a line that belongs to nothing above it; is it indented as the lines beside "
               "it are?";
    }
    if (problem.msg == "end of map flow not found" ||
        problem.msg == "end of sequence flow not found") {
        return "found no end of what a '{' or '[' above begins";
    }
    if (problem.msg == "illegal EOF in scalar") {
        return "found the end of the file inside a quoted text; where is the quote that ends it?";
    }
    return "the YAML can't be read: " + problem.msg;
}

void parse(std::string_view text, YamlTreeBuilder& builder, std::vector<YamlProblem>& problems) {
    try {
        std::istringstream stream{std::string(text)};
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const YamlTreeBuilder::Stop&) {
        // The builder has said why.
    } catch (const YAML::Exception& problem) {
        problems.push_back({{problem.mark.line + 1, problem.mark.column + 1},
                            "",
                            in_words(problem, builder.source_at(problem.mark))});
    }
}

}  // namespace

YamlDocument read_yaml(std::string_view text, std::size_t most) {
    YamlDocument document;
    if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
        text.remove_prefix(kByteOrderMark.size());
    }
    if (text.size() > most) {
        document.problems.push_back({{},
                                     "",
                                     "found " + std::to_string(text.size()) +
                                         " bytes, expected at most " + std::to_string(most)});
        return document;
    }
    if (auto problem = encoding_problem(text)) {
        document.problems.push_back(std::move(*problem));
        return document;
    }
    find_tabs(text, document.problems);
    if (!document.problems.empty()) {
        return document;
    }
    YamlTreeBuilder builder(text, document.problems);
    parse(text, builder, document.problems);
    document.root = builder.take_root();
    if (!document.root && document.problems.empty()) {
        document.problems.push_back({{}, "", "the file is empty"});
    }
    return document;
}

std::string key_path(const std::string& parent, std::string_view key) {
    return parent.empty() ? std::string(key) : parent + '.' + std::string(key);
}

std::string key_path(const std::string& parent, std::size_t index) {
    return parent + '[' + std::to_string(index) + ']';
}

}  // namespace certguard
