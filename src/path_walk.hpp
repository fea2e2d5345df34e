// The match of one path against a path graph: a set of nodes that moves on segment by segment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "certguard/path_tree.hpp"
#include "node_set.hpp"
#include "path_graph.hpp"

namespace certguard {

class PathWalk {
  public:
    /// Begins at the root. GRAPH must have nodes and outlive the walk.
    explicit PathWalk(const PathGraph& graph) : graph_(graph) { from_.add(0); }

    /// Follows PATH. yes: an authorized path ended on the way or with PATH.
    Match follow(std::string_view path);
    /// Unless follow() said yes: does some authorized path go on from here?
    Match goes_on();

  private:
    Match step(std::uint32_t node, std::string_view segment, std::uint32_t word);
    Match reach(std::uint32_t node);
    bool spend() noexcept;

    const PathGraph& graph_;
    NodeSet from_{graph_.nodes()};
    NodeSet to_{graph_.nodes()};
    std::size_t steps_ = 0;
};

}  // namespace certguard
