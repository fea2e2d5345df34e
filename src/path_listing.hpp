// The authorized paths of a graph in plain text, for people; see PathTree::paths().
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "path_graph.hpp"

namespace certguard {

struct PathListing {
    std::vector<std::string> paths;  // sorted bytewise, each once
    bool complete = true;
};

/// GRAPH must have nodes. Work and memory are bounded by MOST and limits.hpp.
PathListing list_paths(const PathGraph& graph, std::size_t most);

}  // namespace certguard
