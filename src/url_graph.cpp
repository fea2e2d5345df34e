#include "url_graph.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "certguard/limits.hpp"

namespace certguard {
namespace {

std::string_view without_outer_slashes(std::string_view url) {
    while (!url.empty() && url.front() == '/') {
        url.remove_prefix(1);
    }
    while (!url.empty() && url.back() == '/') {
        url.remove_suffix(1);
    }
    return url;
}

std::vector<std::string_view> segments_of(std::string_view url) {
    std::vector<std::string_view> segments;
    for (auto slash = url.find('/'); slash != url.npos; slash = url.find('/')) {
        segments.push_back(url.substr(0, slash));
        url.remove_prefix(slash + 1);
    }
    segments.push_back(url);
    return segments;
}

std::uint32_t label_of(std::string_view word, std::uint32_t number) {
    const auto dollar = word.find('$');
    if (dollar == word.npos) {
        return number;
    }
    return number | PathEdge::kVariable | (dollar > 0 ? PathEdge::kHead : 0);
}

/// Grows a tree URL by URL. They must come sorted, each once: so each shares its beginning with
/// the one before, and only one branch is open at a time.
class UrlTree {
  public:
    /// False when the tree would get more than limits::kNodes nodes.
    bool add(std::string_view url) {
        const auto segments = segments_of(url);
        // The last node of the branch must stay a leaf, or the URL that ends there would be lost:
        // a URL that goes on below it gets a branch of its own from its parent on.
        std::size_t shared = 0;
        while (shared + 1 < branch_.size() && shared < segments.size() &&
               segments[shared] == branch_[shared].segment) {
            ++shared;
        }
        branch_.resize(shared);
        if (parents_.size() + segments.size() - shared >= limits::kNodes) {
            return false;
        }
        for (std::size_t i = shared; i < segments.size(); ++i) {
            grow(segments[i]);
        }
        return true;
    }

    Result<PathGraph> finish() && {
        PathGraph graph;
        if (parents_.empty()) {
            return graph;
        }
        std::vector<std::uint32_t> canonical;
        auto words = WordTable::split(std::move(text_), '/', canonical);
        if (!words.ok()) {
            return words.error();
        }
        graph.words = std::move(*words);
        graph.first_edge.assign(parents_.size() + 2, 0);
        for (const std::uint32_t parent : parents_) {
            ++graph.first_edge[parent + 1];
        }
        std::partial_sum(graph.first_edge.begin(), graph.first_edge.end(),
                         graph.first_edge.begin());
        graph.edges.resize(parents_.size());
        std::vector<std::uint32_t> free(graph.first_edge);  // by node: its next free edge
        for (std::uint32_t i = 0; i < parents_.size(); ++i) {
            const std::uint32_t label = label_of(graph.words.word(i), canonical[i]);
            graph.edges[free[parents_[i]]++] = {label, i + 1};
        }
        for (std::uint32_t node = 0; node < graph.nodes(); ++node) {
            std::sort(graph.edges.begin() + graph.first_edge[node],
                      graph.edges.begin() + graph.first_edge[node + 1]);
        }
        return graph;
    }

  private:
    struct Grown {
        std::string_view segment;
        std::uint32_t node;
    };

    void grow(std::string_view segment) {
        if (!parents_.empty()) {
            text_ += '/';
        }
        text_ += segment;
        parents_.push_back(branch_.empty() ? 0 : branch_.back().node);
        branch_.push_back({segment, static_cast<std::uint32_t>(parents_.size())});
    }

    std::vector<Grown> branch_;           // from the root's child down
    std::vector<std::uint32_t> parents_;  // of node 1, 2, ...
    std::string text_;                    // the words of the edges to node 1, 2, ...
};

}  // namespace

Result<PathGraph> graph_of_urls(std::vector<std::string_view> urls) {
    for (std::string_view& url : urls) {
        url = without_outer_slashes(url);
    }
    std::sort(urls.begin(), urls.end());
    urls.erase(std::unique(urls.begin(), urls.end()), urls.end());
    UrlTree tree;
    for (const std::string_view url : urls) {
        if (!tree.add(url)) {
            return Error{Reason::bad_certificate, "its content URLs have more segments than the " +
                                                      std::to_string(limits::kNodes) +
                                                      " that certguard reads"};
        }
    }
    return std::move(tree).finish();
}

}  // namespace certguard
