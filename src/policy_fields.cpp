#include "policy_fields.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "printable.hpp"

namespace certguard {
namespace {

/// Insertions, deletions, replacements and swaps of neighbours that make A into B.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before;  // row i - 2
    std::vector<std::size_t> above;   // row i - 1
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        row[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        before = std::exchange(above, std::exchange(row, std::vector<std::size_t>(b.size() + 1)));
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({replaced, above[j] + 1, row[j - 1] + 1});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
        }
    }
    return row[b.size()];
}

std::size_t common_prefix(std::string_view a, std::string_view b) {
    const auto end = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
    return static_cast<std::size_t>(end.first - a.begin());
}

std::string joined(const std::vector<std::string_view>& words) {
    std::string out;
    for (const std::string_view word : words) {
        out += out.empty() ? "" : ", ";
        out += word;
    }
    return out;
}

}  // namespace

Location Findings::at(YamlMark mark, std::string key) const {
    return {file_, mark.line, mark.column, std::move(key)};
}

void Findings::error(Location where, std::string message) {
    ++errors_;
    diagnostics_.push_back({Diagnostic::Severity::error, std::move(where), std::move(message)});
}

void sort_by_place(std::vector<Diagnostic>& diagnostics) {
    std::stable_sort(
        diagnostics.begin(), diagnostics.end(), [](const Diagnostic& a, const Diagnostic& b) {
            return std::tie(a.where.line, a.where.column) < std::tie(b.where.line, b.where.column);
        });
}

std::string what_is(const YamlNode& node) {
    switch (node.kind) {
        case YamlNode::Kind::text: return quoted(node.text);
        case YamlNode::Kind::list: return node.items.empty() ? "an empty list" : "a list";
        case YamlNode::Kind::map: return node.items.empty() ? "an empty map" : "a map";
        case YamlNode::Kind::null:
        case YamlNode::Kind::refused: break;
    }
    return "nothing";
}

FieldMap::FieldMap(const Field& map, Findings& findings)
    : map_(*map.node), where_(map.where), findings_(findings) {}

std::optional<Field> FieldMap::find(std::string_view key) {
    known_.push_back(key);
    for (std::size_t i = 0; i < map_.keys.size(); ++i) {
        if (map_.keys[i].name == key) {
            return Field{&map_.items[i],
                         findings_.at(map_.items[i].mark, key_path(where_.key, key))};
        }
    }
    return std::nullopt;
}

std::optional<Field> FieldMap::require(std::string_view key, std::string_view expected) {
    std::optional<Field> field = find(key);
    if (!field) {
        Location where = where_;
        where.key = key_path(where_.key, key);
        findings_.error(std::move(where), "missing, expected " + std::string(expected));
    }
    return field;
}

std::vector<Field> FieldMap::all() {
    std::vector<Field> fields;
    for (std::size_t i = 0; i < map_.keys.size(); ++i) {
        known_.push_back(map_.keys[i].name);
        fields.push_back({&map_.items[i], findings_.at(map_.keys[i].mark,
                                                       key_path(where_.key, map_.keys[i].name))});
    }
    return fields;
}

void FieldMap::finish() {
    for (const YamlNode::Key& key : map_.keys) {
        if (std::find(known_.begin(), known_.end(), key.name) == known_.end()) {
            findings_.error(findings_.at(key.mark, key_path(where_.key, key.name)),
                            unknown_key_message(key.name));
        }
    }
}

std::string FieldMap::unknown_key_message(std::string_view key) const {
    if (key == "<<") {
        return "found a merge key; expected the keys themselves";
    }
    const std::string_view nearest = nearest_word(key, known_);
    const std::string guess =
        nearest.empty() ? "" : "did you mean \"" + std::string(nearest) + "\"? ";
    return "unknown key; " + guess + "expected one of: " + joined(known_);
}

bool expect(const Field& field, YamlNode::Kind kind, std::string_view expected,
            Findings& findings) {
    if (field.node->kind == kind) {
        return true;
    }
    if (field.node->kind != YamlNode::Kind::refused) {
        findings.error(field.where,
                       "found " + what_is(*field.node) + ", expected " + std::string(expected));
    }
    return false;
}

std::string_view nearest_word(std::string_view name, const std::vector<std::string_view>& words) {
    constexpr std::size_t kMostMistakes = 2;
    std::string_view nearest;
    std::size_t least = kMostMistakes + 1;
    for (const std::string_view word : words) {
        // A short word must not become any other one. The lengths also bound the work.
        const std::size_t most = std::min(kMostMistakes, word.size() / 2);
        if (name.size() > word.size() + most || word.size() > name.size() + most) {
            continue;
        }
        const std::size_t distance = edit_distance(name, word);
        const bool is_nearer =
            distance < least ||
            (distance == least && common_prefix(name, word) > common_prefix(name, nearest));
        if (distance <= most && is_nearer) {
            nearest = word;
            least = distance;
        }
    }
    return nearest;
}

}  // namespace certguard
