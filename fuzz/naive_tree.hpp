// The rules of path matching on the tree of a v3 payload: every way through it, one at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "reference_matcher.hpp"
#include "rhsm_encoder.hpp"

namespace certguard::fuzz {

/// Takes time exponential in the path's length: for paths and trees of a few bytes.
class NaiveTree {
  public:
    explicit NaiveTree(const rhsm_encoder::Tree& tree) {
        for (const auto& children : tree.nodes) {
            nodes_.emplace_back(children.begin(), children.end());
        }
    }

    /// Does the tree name a path that is a prefix of PATH?
    bool covers(const std::string& path) const {
        const Segments have = test::reference::folded(path);
        return test::reference::is_harmless(have) && covers(0, have, 0);
    }

    /// Does it name one that is a prefix of PATH, or that PATH is a prefix of?
    bool touches(const std::string& path) const {
        const Segments have = test::reference::folded(path);
        return test::reference::is_harmless(have) && touches(0, have, 0);
    }

  private:
    using Segments = test::reference::Segments;
    using Children = std::set<std::pair<std::string, std::size_t>>;

    bool covers(std::size_t node, const Segments& path, std::size_t at) const {
        return nodes_[node].empty() ||
               (at < path.size() && any_next(node, path[at], [&](std::size_t next) {
                    return covers(next, path, at + 1);
                }));
    }

    bool touches(std::size_t node, const Segments& path, std::size_t at) const {
        if (at == path.size() || path[at].empty()) {  // only the root has an empty segment
            return leads_to_leaf(node, std::vector<bool>(nodes_.size()));
        }
        return nodes_[node].empty() || any_next(node, path[at], [&](std::size_t next) {
                   return touches(next, path, at + 1);
               });
    }

    template <class Check>
    bool any_next(std::size_t node, const std::string& segment, Check check) const {
        return std::any_of(nodes_[node].begin(), nodes_[node].end(), [&](const auto& child) {
            return test::reference::fits(test::Format::v3, child.first, segment) &&
                   check(child.second);
        });
    }

    /// ABOVE marks the nodes that the way to NODE has been through.
    bool leads_to_leaf(std::size_t node, std::vector<bool> above) const {
        above[node] = true;
        return nodes_[node].empty() ||
               std::any_of(nodes_[node].begin(), nodes_[node].end(), [&](const auto& child) {
                   return test::reference::may_fit(test::Format::v3, child.first) &&
                          !above[child.second] && leads_to_leaf(child.second, above);
               });
    }

    std::vector<Children> nodes_;
};

}  // namespace certguard::fuzz
