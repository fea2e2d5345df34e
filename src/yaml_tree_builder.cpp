#include "yaml_tree_builder.hpp"

#include <yaml-cpp/mark.h>

#include <algorithm>

#include "certguard/limits.hpp"
#include "printable.hpp"

namespace certguard {
namespace {

YamlMark to_mark(const YAML::Mark& mark) {
    return {mark.line + 1, mark.column + 1};
}

/// Does the quoted string that SOURCE begins with end on its line?
bool ends_on_its_line(std::string_view source) {
    const char quote = source[0];
    for (std::size_t i = 1; i < source.size() && source[i] != '\n'; ++i) {
        if (quote == '"' && source[i] == '\\') {
            ++i;
        } else if (source[i] == quote) {
            if (quote == '"' || source.substr(i + 1, 1) != "'") {
                return true;
            }
            ++i;  // '' is a quote within '...'
        }
    }
    return false;
}

}  // namespace

YamlTreeBuilder::YamlTreeBuilder(std::string_view text, std::vector<YamlProblem>& problems)
    : text_(text), line_starts_{0}, problems_(problems) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\n') {
            line_starts_.push_back(i + 1);
        }
    }
}

void YamlTreeBuilder::OnDocumentStart(const YAML::Mark& mark) {
    // Stopping here also ends yaml-cpp's habit of finding one empty document after the other
    // where a stray ',' stands.
    if (has_document_) {
        problem(to_mark(mark),
                "found a second YAML document, or a line that doesn't belong to what is above it; "
                "expected one document");
        throw Stop{};
    }
    has_document_ = true;
}

void YamlTreeBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
    YamlNode node;
    node.mark = null_mark(mark);
    if (has_properties(mark, "", anchor)) {
        node.kind = YamlNode::Kind::refused;
    }
    add(std::move(node));
}

void YamlTreeBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) {
    YamlNode node;
    node.kind = YamlNode::Kind::refused;
    node.mark = to_mark(mark);
    problem(node.mark, "found an alias (*); expected the value itself");
    add(std::move(node));
}

void YamlTreeBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag,
                               YAML::anchor_t anchor, const std::string& value) {
    YamlNode node;
    node.kind = YamlNode::Kind::text;
    node.mark = to_mark(mark);
    node.text = value;
    if (has_properties(mark, tag, anchor)) {
        node.kind = YamlNode::Kind::refused;
    } else if (std::string found = scalar_problem(source_at(mark), value); !found.empty()) {
        node.kind = YamlNode::Kind::refused;
        problem(node.mark, std::move(found));
    }
    add(std::move(node));
}

void YamlTreeBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                                      YAML::anchor_t anchor, YAML::EmitterStyle::value /*style*/) {
    open(mark, tag, anchor, YamlNode::Kind::list);
}

void YamlTreeBuilder::OnSequenceEnd() {
    close();
}

void YamlTreeBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag,
                                 YAML::anchor_t anchor, YAML::EmitterStyle::value /*style*/) {
    open(mark, tag, anchor, YamlNode::Kind::map);
}

void YamlTreeBuilder::OnMapEnd() {
    close();
}

std::string_view YamlTreeBuilder::source_at(const YAML::Mark& mark) const {
    const auto line = static_cast<std::size_t>(mark.line);
    if (mark.line < 0 || mark.column < 0 || line >= line_starts_.size()) {
        return {};
    }
    return text_.substr(
        std::min(text_.size(), line_starts_[line] + static_cast<std::size_t>(mark.column)));
}

/// For a value that is not there yaml-cpp gives the place of whatever comes next. The '-' or ','
/// before it says more.
YamlMark YamlTreeBuilder::null_mark(const YAML::Mark& mark) const {
    const std::string_view source = source_at(mark);
    const bool is_written =
        !source.empty() && std::string_view("~nN!&").find(source[0]) != std::string_view::npos;
    const bool is_in_list = !open_.empty() && open_.back().node.kind == YamlNode::Kind::list;
    if (is_written || !is_in_list) {
        return to_mark(mark);
    }
    const std::string_view before = text_.substr(0, text_.size() - source.size());
    const std::size_t end = before.find_last_not_of(" \t\r\n");
    if (end == std::string_view::npos) {
        return to_mark(mark);
    }
    const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), end);
    const auto line = static_cast<std::size_t>(after - line_starts_.begin());
    return {static_cast<int>(line), static_cast<int>(end - line_starts_[line - 1]) + 1};
}

std::string YamlTreeBuilder::path_of_next() const {
    std::string path;
    for (const Open& open : open_) {
        if (open.node.kind == YamlNode::Kind::list) {
            path = key_path(path, open.node.items.size());
        } else if (open.key) {
            path = key_path(path, open.key->name);
        }
    }
    return path;
}

void YamlTreeBuilder::problem(YamlMark mark, std::string message) {
    problems_.push_back({mark, path_of_next(), std::move(message)});
}

bool YamlTreeBuilder::has_properties(const YAML::Mark& mark, const std::string& tag,
                                     YAML::anchor_t anchor) {
    const std::string_view source = source_at(mark);
    const bool has_anchor = anchor != YAML::NullAnchor;
    // yaml-cpp gives "!" for a quoted string and "?" for a plain one; a tag of the file itself
    // begins where the node does.
    const bool has_tag = (!tag.empty() && tag != "?" && tag != "!") || source.substr(0, 1) == "!";
    if (has_anchor) {
        problem(to_mark(mark), "found an anchor (&); expected the value alone");
    }
    if (has_tag) {
        problem(to_mark(mark), "found a tag (!); expected the value alone");
    }
    return has_anchor || has_tag;
}

std::string YamlTreeBuilder::scalar_problem(std::string_view source, std::string_view value) const {
    const char first = source.empty() ? '\0' : source[0];
    if (first == '"' || first == '\'') {
        return ends_on_its_line(source) ? ""
                                        : "found a quoted string that doesn't end on its line; "
                                          "expected the closing quote";
    }
    // Plain text that ends on its line is its own source.
    if (source.substr(0, value.size()) == value) {
        return "";
    }
    if (first == '|' || first == '>') {
        return "found block text (" + std::string(1, first) + "); expected the value on one line";
    }
    return "found a value that goes on in the next line, " + quoted(value) +
           "; expected it on one line (is there a ':' missing below it?)";
}

void YamlTreeBuilder::open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           YamlNode::Kind kind) {
    has_properties(mark, tag, anchor);
    if (open_.size() >= limits::kPolicyDepth) {
        problem(to_mark(mark),
                "found lists and maps nested " + std::to_string(limits::kPolicyDepth + 1) +
                    " deep, expected at most " + std::to_string(limits::kPolicyDepth));
        throw Stop{};
    }
    open_.emplace_back();
    open_.back().node.kind = kind;
    open_.back().node.mark = to_mark(mark);
}

void YamlTreeBuilder::close() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(node));
}

void YamlTreeBuilder::add(YamlNode node) {
    if (open_.empty()) {
        if (node.kind != YamlNode::Kind::null) {
            root_ = std::move(node);
        }
        return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::list) {
        parent.node.items.push_back(std::move(node));
    } else if (!parent.key) {
        add_key(parent, std::move(node));
    } else {
        if (parent.key_is_new) {
            // yaml-cpp has no position for a value that is not there.
            if (node.kind == YamlNode::Kind::null) {
                node.mark = parent.key->mark;
            }
            parent.node.keys.push_back(std::move(*parent.key));
            parent.node.items.push_back(std::move(node));
        }
        parent.key.reset();
    }
}

void YamlTreeBuilder::add_key(Open& map, YamlNode node) {
    if (node.kind != YamlNode::Kind::text) {
        if (node.kind != YamlNode::Kind::refused) {
            problem(node.mark, "found a key that is no plain name; expected NAME: VALUE");
        }
        map.key = YamlNode::Key{"?", node.mark};
        map.key_is_new = false;
        return;
    }
    const auto [known, is_new] = map.lines.emplace(node.text, node.mark.line);
    map.key = YamlNode::Key{std::move(node.text), node.mark};
    map.key_is_new = is_new;
    if (!is_new) {
        problem(node.mark, "found this key again, it is in line " + std::to_string(known->second) +
                               " already");
    }
}

}  // namespace certguard
