#include "rhsm_encoder.hpp"

#include <zlib.h>

#include <algorithm>
#include <map>
#include <queue>
#include <stdexcept>
#include <tuple>

namespace certguard::rhsm_encoder {
namespace {

const std::string kArc = "1.3.6.1.4.1.2312.9.";

struct Trie {
    std::map<std::string, std::size_t> children;
    bool ends = false;
};

std::vector<std::string> segments_of(const std::string& path) {
    std::vector<std::string> segments(1);
    for (const char c : path) {
        if (c != '/') {
            segments.back() += c;
        } else if (!segments.back().empty()) {
            segments.emplace_back();
        }
    }
    if (segments.back().empty()) {
        segments.pop_back();
    }
    return segments;
}

std::vector<Trie> trie_of(const std::vector<std::string>& paths) {
    std::vector<Trie> trie(1);
    for (const std::string& path : paths) {
        std::size_t at = 0;
        for (const std::string& segment : segments_of(path)) {
            if (trie[at].ends) {
                break;  // a shorter path covers this one
            }
            const auto [child, is_new] = trie[at].children.try_emplace(segment, trie.size());
            at = child->second;
            if (is_new) {
                trie.emplace_back();
            }
        }
        if (at != 0) {
            trie[at].children.clear();
            trie[at].ends = true;
        }
    }
    return trie;
}

/// Children come behind their parents in a trie, so one pass from the back merges equal subtrees.
Tree merged(const std::vector<Trie>& trie) {
    std::map<Tree::Children, std::size_t> known;
    std::vector<std::size_t> merged_into(trie.size());
    std::vector<const Tree::Children*> nodes;
    for (std::size_t i = trie.size(); i-- > 0;) {
        Tree::Children children;
        for (const auto& [word, child] : trie[i].children) {
            children.emplace_back(word, merged_into[child]);
        }
        const auto [place, is_new] = known.try_emplace(std::move(children), nodes.size());
        merged_into[i] = place->second;
        if (is_new) {
            nodes.push_back(&place->first);
        }
    }
    Tree tree;
    for (const Tree::Children* children : nodes) {
        tree.nodes.push_back(*children);
    }
    std::swap(tree.nodes.front(), tree.nodes.back());  // the root was made last
    const std::size_t last = tree.nodes.size() - 1;
    for (Tree::Children& children : tree.nodes) {
        for (auto& child : children) {
            child.second = child.second == 0 ? last : child.second == last ? 0 : child.second;
        }
    }
    return tree;
}

/// The nodes that the root leads to, children before their parents, the root last.
std::vector<std::size_t> children_first(const Tree& tree) {
    struct Visit {
        std::size_t node;
        std::size_t next_child;
    };
    std::vector<bool> seen(tree.nodes.size());
    std::vector<Visit> open = {{0, 0}};
    std::vector<std::size_t> order;
    while (!open.empty()) {
        Visit& visit = open.back();
        const Tree::Children& children = tree.nodes[visit.node];
        if (visit.next_child == children.size()) {
            order.push_back(visit.node);
            open.pop_back();
            continue;
        }
        const std::size_t child = children[visit.next_child++].second;
        if (!seen[child]) {
            seen[child] = true;
            open.push_back({child, 0});
        }
    }
    return order;
}

/// The root first, then by ascending number of references.
Tree renumbered(const Tree& tree) {
    std::vector<std::size_t> order = children_first(tree);
    std::vector<std::size_t> references(tree.nodes.size());
    for (const std::size_t node : order) {
        for (const auto& child : tree.nodes[node]) {
            ++references[child.second];
        }
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return references[a] < references[b]; });
    std::vector<std::size_t> number(tree.nodes.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        number[order[i]] = i;
    }
    Tree result;
    for (const std::size_t node : order) {
        result.nodes.push_back(tree.nodes[node]);
        for (auto& child : result.nodes.back()) {
            child.second = number[child.second];
        }
    }
    return result;
}

/// Every word, by ascending number of uses.
std::vector<std::string> words_of(const Tree& tree) {
    std::map<std::string, std::size_t> uses;
    for (const Tree::Children& children : tree.nodes) {
        for (const auto& child : children) {
            ++uses[child.first];
        }
    }
    std::vector<std::string> words;
    for (const auto& word : uses) {
        words.push_back(word.first);
    }
    std::stable_sort(words.begin(), words.end(),
                     [&](const std::string& a, const std::string& b) { return uses[a] < uses[b]; });
    return words;
}

}  // namespace

Tree tree_of(const std::vector<std::string>& paths) {
    return renumbered(merged(trie_of(paths)));
}

std::string Payload::bytes() const {
    return zlib_compressed(dictionary) + count + bits;
}

Payload encode(const Tree& given) {
    Tree tree = given;
    if (tree.nodes.size() == 2) {
        tree.nodes.emplace_back();
    }
    Payload payload;
    const std::vector<std::string> words = words_of(tree);
    const std::vector<std::string> word_codes = huffman_codes(words.size() + 1);
    const std::vector<std::string> node_codes = huffman_codes(tree.nodes.size() - 1);
    std::map<std::string_view, std::string_view> code_of;
    for (std::size_t i = 0; i < words.size(); ++i) {
        payload.dictionary += words[i];
        payload.dictionary += '\0';
        code_of[words[i]] = word_codes[i];
    }
    std::string digits;
    for (const Tree::Children& children : tree.nodes) {
        for (const auto& [word, child] : children) {
            digits += code_of.at(word);
            digits += node_codes.at(child - 1);
        }
        digits += word_codes.back();
    }
    payload.count = node_count(static_cast<std::uint32_t>(tree.nodes.size()));
    payload.bits = rhsm_encoder::bits(digits);
    return payload;
}

std::string payload_of(const std::vector<std::string>& paths) {
    const Tree tree = tree_of(paths);
    return tree.nodes[0].empty() ? std::string() : encode(tree).bytes();
}

std::string zlib_compressed(std::string_view bytes) {
    uLongf size = compressBound(bytes.size());
    std::string out(size, '\0');
    if (compress2(reinterpret_cast<Bytef*>(out.data()), &size,
                  reinterpret_cast<const Bytef*>(bytes.data()), bytes.size(), 9) != Z_OK) {
        throw std::runtime_error("can't compress");
    }
    out.resize(size);
    return out;
}

std::string node_count(std::uint32_t count) {
    if (count < 0x80) {
        return std::string(1, static_cast<char>(count));
    }
    std::string bytes;
    for (; count > 0; count >>= 8) {
        bytes.insert(bytes.begin(), static_cast<char>(count & 0xFF));
    }
    return static_cast<char>(0x80 + bytes.size()) + bytes;
}

std::vector<std::string> huffman_codes(std::size_t leaves) {
    struct Node {
        std::size_t left;
        std::size_t right;
    };
    using Waiting = std::tuple<std::uint64_t, std::size_t>;  // weight, age
    std::priority_queue<Waiting, std::vector<Waiting>, std::greater<>> waiting;
    std::vector<Node> nodes(leaves);
    for (std::size_t i = 0; i < leaves; ++i) {
        waiting.emplace(i + 1, i);
    }
    while (waiting.size() > 1) {
        const auto [left_weight, left] = waiting.top();
        waiting.pop();
        const auto [right_weight, right] = waiting.top();
        waiting.pop();
        waiting.emplace(left_weight + right_weight, nodes.size());
        nodes.push_back({left, right});
    }
    std::vector<std::string> codes(nodes.size());
    for (std::size_t i = nodes.size(); i-- > leaves;) {
        codes[nodes[i].left] = codes[i] + '0';
        codes[nodes[i].right] = codes[i] + '1';
    }
    codes.resize(leaves);
    return codes;
}

std::string bits(std::string_view digits) {
    std::string out;
    std::size_t count = 0;
    for (const char digit : digits) {
        if (digit != '0' && digit != '1') {
            continue;
        }
        if (count % 8 == 0) {
            out += '\0';
        }
        out.back() = static_cast<char>(out.back() | (digit - '0') << (7 - count % 8));
        ++count;
    }
    return out;
}

std::string der(unsigned char tag, std::string_view content) {
    // A DER length has the form of a node count.
    return static_cast<char>(tag) + node_count(static_cast<std::uint32_t>(content.size())) +
           std::string(content);
}

std::string utf8_string(std::string_view text) {
    return der(0x0C, text);
}

std::string octet_string(std::string_view bytes) {
    return der(0x04, bytes);
}

std::vector<test_pki::Extension> v3_extensions(const std::vector<std::string>& paths, bool sca) {
    return {{kArc + "6", utf8_string("3.4")},
            {kArc + "7", octet_string(payload_of(paths))},
            {kArc + "8", utf8_string(sca ? "OrgLevel" : "Basic")}};
}

std::vector<test_pki::Extension> v1_extensions(const std::vector<std::string>& urls,
                                               const std::string& content_name) {
    std::vector<test_pki::Extension> extensions;
    std::size_t id = 1583436688666;  // content ids are times in milliseconds
    for (const std::string& url : urls) {
        const std::string content = kArc + "2." + std::to_string(id++) + ".1";
        extensions.push_back({content, utf8_string("yum")});
        extensions.push_back({content + ".1", utf8_string(content_name)});
        extensions.push_back({content + ".2", utf8_string(content_name)});
        extensions.push_back({content + ".5", utf8_string("Custom")});
        extensions.push_back({content + ".6", utf8_string(url)});
        extensions.push_back({content + ".8", utf8_string("1")});
    }
    extensions.push_back({kArc + "4.1", utf8_string("Test subscription")});
    extensions.push_back({kArc + "4.2", utf8_string("1")});
    return extensions;
}

}  // namespace certguard::rhsm_encoder
