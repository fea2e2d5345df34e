// The match of one path against a path graph; what PathTree promises in path_tree.hpp.
#pragma once

#include <string_view>

#include "certguard/path_tree.hpp"
#include "path_graph.hpp"

namespace certguard {

/// Does an authorized path end on the way along PATH, or with it? GRAPH must have nodes.
Match match_prefix(const PathGraph& graph, std::string_view path);

/// The same, or does an authorized path go on where PATH ends?
Match match_prefix_or_beyond(const PathGraph& graph, std::string_view path);

}  // namespace certguard
