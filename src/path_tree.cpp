#include "certguard/path_tree.hpp"

#include <utility>

#include "path_graph.hpp"
#include "path_listing.hpp"
#include "path_match.hpp"

namespace certguard {

PathTree::PathTree() : graph_(std::make_shared<const PathGraph>()) {}

PathTree::PathTree(PathGraph graph) : graph_(std::make_shared<const PathGraph>(std::move(graph))) {}

bool PathTree::has_paths() const noexcept {
    return graph_->nodes() > 0 && !graph_->is_leaf(0);
}

Match PathTree::covers(std::string_view path) const {
    return has_paths() ? match_prefix(*graph_, path) : Match::no;
}

Match PathTree::touches(std::string_view path) const {
    return has_paths() ? match_prefix_or_beyond(*graph_, path) : Match::no;
}

std::vector<std::string> PathTree::paths(std::size_t most, bool* complete) const {
    PathListing listing;
    if (has_paths()) {
        listing = list_paths(*graph_, most);
    }
    if (complete != nullptr) {
        *complete = listing.complete;
    }
    return std::move(listing.paths);
}

std::size_t PathTree::memory() const noexcept {
    return sizeof(PathGraph) + graph_->words.memory() +
           graph_->first_edge.capacity() * sizeof(std::uint32_t) +
           graph_->edges.capacity() * sizeof(PathEdge);
}

}  // namespace certguard
