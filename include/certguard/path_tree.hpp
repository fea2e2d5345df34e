// Authorized paths as a graph of segments, and the whole-segment prefix match over it.
//
// One structure for both RHSM formats: v1 URLs become a tree, a v3 payload brings its nodes as they
// are (shared subtrees, duplicate children and cycles included). An edge is a literal segment or a
// variable; a variable is a literal head (empty in v3) followed by one or more bytes of any kind
// within the segment.
//
// Matching walks a set of nodes, segment by segment, so literal and variable siblings are
// alternatives, shared subtrees are visited once, and nothing is recursive. A check that would
// visit more than limits::kMatchSteps edges is given up: Match::too_complex must deny.
//
// Paths are sequences of bytes. Slashes at both ends and repeated ones do not count. A path with a
// "." or ".." segment or a control character matches nothing (deviations D4 and D5 of rhsm.md 15).
// The empty path matches no variable (D10).
//
// Threads: immutable, may be read from several. A copy shares the graph.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace certguard {

struct PathGraph;

enum class Match { no, yes, too_complex };

class PathTree {
  public:
    /// Has no paths.
    PathTree();
    explicit PathTree(PathGraph graph);

    /// Is some authorized path a whole-segment prefix of PATH? Allocates only for a check that
    /// meets more than a handful of alternatives at a time.
    Match covers(std::string_view path) const;
    /// Is some authorized path a prefix of PATH, or PATH a prefix of one?
    Match touches(std::string_view path) const;

    bool has_paths() const noexcept;
    /// Up to MOST authorized paths with a leading slash, each once, sorted bytewise; no more than
    /// limits::kListedBytes altogether. Sets COMPLETE to whether that is all of them. Paths that
    /// go round in a cycle are left out.
    std::vector<std::string> paths(std::size_t most, bool* complete = nullptr) const;
    /// Bytes that it keeps allocated.
    std::size_t memory() const noexcept;

  private:
    std::shared_ptr<const PathGraph> graph_;
};

}  // namespace certguard
