// A YAML text as a tree with positions, reduced to what a configuration file needs: one document
// of maps, lists and strings that stand on one line.
//
// yaml-cpp reads the syntax, but only as a stream of events: its exceptions end here, its
// recursion is cut at limits::kPolicyDepth, and what it reads too leniently is refused (strings
// without an end, values that go on in the next line, duplicate keys, anchors, aliases, tags,
// block text, a second document). Values stay text: `yes`, `010` and `"1"` are what they look like.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "certguard/limits.hpp"

namespace certguard {

struct YamlMark {
    int line = 0;    // from 1; 0: nowhere in particular
    int column = 0;  // from 1, in bytes
};

struct YamlNode {
    enum class Kind {
        null,  // nothing, ~ or null
        text,
        list,
        map,
        refused,  // a problem has been reported; no use looking at it
    };
    struct Key {
        std::string name;
        YamlMark mark;
    };

    Kind kind = Kind::null;
    YamlMark mark;
    std::string text;
    std::vector<Key> keys;        // of a map, in file order, without duplicates
    std::vector<YamlNode> items;  // of a list; of a map, one for each key
};

struct YamlProblem {
    YamlMark mark;
    std::string key;  // "guards.content.ca[1]"
    std::string message;
};

struct YamlDocument {
    /// The first document, as far as it can be used; empty when the text is no YAML or holds
    /// nothing, and PROBLEMS then has at least one entry.
    std::optional<YamlNode> root;
    std::vector<YamlProblem> problems;
};

/// Never throws but for lack of memory. Linear in the size of TEXT, which may have MOST bytes.
YamlDocument read_yaml(std::string_view text, std::size_t most = limits::kPolicyBytes);

/// "guards" + "content" = "guards.content"; "ca" + 1 = "ca[1]".
std::string key_path(const std::string& parent, std::string_view key);
std::string key_path(const std::string& parent, std::size_t index);

}  // namespace certguard
