#include "entitlement_payload.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "bit_reader.hpp"
#include "byte_cursor.hpp"
#include "certguard/limits.hpp"
#include "huffman.hpp"
#include "inflate.hpp"
#include "utf8.hpp"

namespace certguard {
namespace {

constexpr std::uint32_t kEnd = ~0u;  // the code that ends a node's children

Error broken(const std::string& what) {
    return Error{Reason::bad_certificate, "broken entitlement payload: " + what};
}

struct Dictionary {
    WordTable words;
    std::vector<std::uint32_t> labels;  // by code: what PathEdge::word gets, or kEnd
};

Result<Dictionary> read_dictionary(std::string text) {
    if (find_bad_utf8(text) != std::string_view::npos) {
        return broken("its dictionary is no UTF-8");
    }
    Dictionary dictionary;
    auto words = WordTable::split(std::move(text), '\0', dictionary.labels);
    if (!words.ok()) {
        return broken(words.error().message);
    }
    dictionary.words = std::move(*words);
    bool has_end = false;
    for (std::uint32_t code = 0; code < dictionary.labels.size(); ++code) {
        const std::string_view word = dictionary.words.word(code);
        if (word.empty()) {
            dictionary.labels[code] = kEnd;
            has_end = true;
        } else if (word[0] == '$') {
            dictionary.labels[code] |= PathEdge::kVariable;
        }
    }
    if (!has_end || dictionary.labels.size() < 2) {
        return broken("its dictionary has no words or no end marker");
    }
    return dictionary;
}

/// The number of nodes, root included, in the way of a DER length.
Result<std::uint32_t> read_node_count(ByteCursor& in) {
    const auto first = in.byte();
    const auto count = !first          ? std::nullopt
                       : *first < 0x80 ? std::optional<std::uint32_t>(*first)
                                       : in.big_endian(*first - 0x80u);
    if (!count) {
        return broken("its node count is cut off or has more than four bytes");
    }
    if (*count < 3) {  // the code of the nodes that can be referred to needs two of them
        return broken("it has " + std::to_string(*count) + " nodes, fewer than three");
    }
    // Checked before anything is allocated for them: every node takes one bit at least.
    if (*count > in.rest().size() * 8 || *count > limits::kNodes) {
        return broken("it announces " + std::to_string(*count) + " nodes in " +
                      std::to_string(in.rest().size()) + " bytes");
    }
    return *count;
}

/// Sorts the edges from FIRST on and drops what is there twice.
void finish_node(std::vector<PathEdge>& edges, std::size_t first) {
    if (edges.size() - first < 2) {
        return;
    }
    const auto begin = edges.begin() + static_cast<std::ptrdiff_t>(first);
    std::sort(begin, edges.end());
    edges.erase(std::unique(begin, edges.end()), edges.end());
}

Result<PathGraph> read_nodes(Dictionary dictionary, std::uint32_t count, BitReader bits) {
    const HuffmanCode word_code(static_cast<std::uint32_t>(dictionary.labels.size()));
    const HuffmanCode node_code(count - 1);  // the root has no code
    PathGraph graph;
    graph.first_edge.reserve(count + 1u);
    graph.edges.reserve(count);
    for (std::uint32_t node = 0; node < count; ++node) {
        const std::size_t first = graph.edges.size();
        graph.first_edge.push_back(static_cast<std::uint32_t>(first));
        for (;;) {
            const auto word = word_code.read(bits);
            if (!word) {
                return broken("it ends within node " + std::to_string(node) + " of " +
                              std::to_string(count));
            }
            if (dictionary.labels[*word] == kEnd) {
                break;
            }
            const auto next = node_code.read(bits);
            if (!next) {
                return broken("it ends within node " + std::to_string(node) + " of " +
                              std::to_string(count));
            }
            if (graph.edges.size() == limits::kEdges) {
                return broken("it has more children than the " + std::to_string(limits::kEdges) +
                              " that certguard reads");
            }
            graph.edges.push_back({dictionary.labels[*word], *next + 1});
        }
        finish_node(graph.edges, first);
    }
    graph.first_edge.push_back(static_cast<std::uint32_t>(graph.edges.size()));
    if (graph.is_leaf(0)) {
        return broken("its root has no children, which would mean every path");
    }
    graph.edges.shrink_to_fit();
    graph.words = std::move(dictionary.words);
    return graph;
}

}  // namespace

Result<PathGraph> read_payload(std::string_view payload) {
    if (payload.empty()) {
        return Error{Reason::bad_certificate,
                     "the entitlement names no content: its payload is empty"};
    }
    auto inflated = inflate_zlib(payload, limits::kInflatedBytes);
    if (!inflated.ok()) {
        return broken(inflated.error().message);
    }
    ByteCursor in(inflated->rest);
    const auto count = read_node_count(in);
    if (!count.ok()) {
        return count.error();
    }
    auto dictionary = read_dictionary(std::move(inflated->bytes));
    if (!dictionary.ok()) {
        return dictionary.error();
    }
    return read_nodes(std::move(*dictionary), *count, BitReader(in.rest()));
}

}  // namespace certguard
