#include "path_listing.hpp"

#include <algorithm>
#include <string_view>

#include "certguard/limits.hpp"

namespace certguard {
namespace {

/// A depth-first walk with its own stack. It enters no node that it is below already, so cycles
/// end; such a graph can still hold very many dead ends, hence the budgets of steps and bytes.
class Lister {
  public:
    Lister(const PathGraph& graph, std::size_t most)
        : graph_(graph), most_(most), below_(graph.nodes()) {}

    PathListing list() {
        enter(0);
        while (!open_.empty() && listing_.complete) {
            Visit& visit = open_.back();
            text_.resize(visit.text_size);
            if (visit.next == visit.last) {
                below_[visit.node] = false;
                open_.pop_back();
                continue;
            }
            follow(*visit.next++);
        }
        std::sort(listing_.paths.begin(), listing_.paths.end());
        listing_.paths.erase(std::unique(listing_.paths.begin(), listing_.paths.end()),
                             listing_.paths.end());
        return std::move(listing_);
    }

  private:
    struct Visit {
        std::uint32_t node;
        std::size_t text_size;  // of the path that leads to it
        const PathEdge* next;
        const PathEdge* last;
    };

    void enter(std::uint32_t node) {
        const PathGraph::Edges edges = graph_.edges_of(node);
        below_[node] = true;
        open_.push_back({node, text_.size(), edges.begin(), edges.end()});
    }

    void follow(PathEdge edge) {
        if (++steps_ > limits::kListedSteps) {
            listing_.complete = false;
            return;
        }
        if (below_[edge.next]) {
            return;
        }
        const std::string_view word = graph_.words.word(edge.number());
        written_ += 1 + word.size();
        if (written_ > limits::kListedBytes) {  // never before bytes_, but for dead ends
            listing_.complete = false;
            return;
        }
        text_ += '/';
        text_ += word;
        if (!graph_.is_leaf(edge.next)) {
            enter(edge.next);
        } else if (listing_.paths.size() == most_ || bytes_ + text_.size() > limits::kListedBytes) {
            listing_.complete = false;
        } else {
            bytes_ += text_.size();
            listing_.paths.push_back(text_);
        }
    }

    const PathGraph& graph_;
    std::size_t most_;
    std::vector<bool> below_;  // by node: it is in open_
    std::vector<Visit> open_;
    std::string text_;
    std::size_t steps_ = 0;
    std::size_t written_ = 0;  // to text_, in all
    std::size_t bytes_ = 0;    // of the listed paths
    PathListing listing_;
};

}  // namespace

PathListing list_paths(const PathGraph& graph, std::size_t most) {
    return Lister(graph, most).list();
}

}  // namespace certguard
