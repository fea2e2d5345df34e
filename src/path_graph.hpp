// What a PathTree is made of: nodes, and edges that are labelled with words.
//
// Node 0 is the root. A node without edges is the end of an authorized path. The graph may share
// subtrees, lead to one node on several ways, hold unreachable nodes and even cycles.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "word_table.hpp"

namespace certguard {

struct PathEdge {
    /// Set in `word` for a variable, so that variables sort behind all literal words.
    static constexpr std::uint32_t kVariable = 1u << 31;
    /// Set besides for a variable with a head: a segment must begin with what stands before '$'.
    static constexpr std::uint32_t kHead = 1u << 30;

    std::uint32_t word;
    std::uint32_t next;

    bool is_variable() const noexcept { return (word & kVariable) != 0; }
    bool has_head() const noexcept { return (word & kHead) != 0; }
    /// In the word table.
    std::uint32_t number() const noexcept { return word & ~(kVariable | kHead); }

    friend bool operator<(PathEdge a, PathEdge b) noexcept {
        return a.word != b.word ? a.word < b.word : a.next < b.next;
    }
    friend bool operator==(PathEdge a, PathEdge b) noexcept {
        return a.word == b.word && a.next == b.next;
    }
};

struct PathGraph {
    struct Edges {
        const PathEdge* first;
        const PathEdge* last;
        const PathEdge* begin() const noexcept { return first; }
        const PathEdge* end() const noexcept { return last; }
        std::size_t size() const noexcept { return static_cast<std::size_t>(last - first); }
        bool empty() const noexcept { return first == last; }
    };

    WordTable words;
    std::vector<std::uint32_t> first_edge;  // by node, and one past the last; empty: no nodes
    std::vector<PathEdge> edges;            // of each node sorted, each only once

    std::size_t nodes() const noexcept { return first_edge.empty() ? 0 : first_edge.size() - 1; }
    Edges edges_of(std::uint32_t node) const noexcept {
        return {edges.data() + first_edge[node], edges.data() + first_edge[node + 1]};
    }
    bool is_leaf(std::uint32_t node) const noexcept {
        return first_edge[node] == first_edge[node + 1];
    }
};

}  // namespace certguard
