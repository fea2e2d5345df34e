// Authorized paths as a graph of segments, and the whole-segment prefix match over it.
//
// One structure for both RHSM formats: v1 URLs are added path by path, a v3 payload brings its
// nodes as they are (a DAG, duplicate children and cycles included). Children are literal
// segments or variables; a variable is a literal head (empty in v3) followed by one or more bytes
// of any kind within the segment.
//
// Matching walks a set of nodes, segment by segment, so literal and variable siblings are
// alternatives, shared subtrees are visited once, and nothing is recursive. A check that would
// visit more than limits::kMatchSteps edges is given up and denies.
//
// A path with a "." or ".." segment or a control character matches nothing (deviations D4, D5).
// The empty path matches no variable (D10).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace certguard {

enum class Match { no, yes, too_complex };

class PathTree {
  public:
    // (to be filled in: nodes, edges, builders)

    /// Is some authorized path a whole-segment prefix of PATH?
    Match covers(std::string_view path) const;
    /// Is some authorized path a prefix of PATH, or PATH a prefix of one?
    Match touches(std::string_view path) const;
    std::vector<std::string> paths(std::size_t most) const;
    std::size_t memory() const noexcept;
};

}  // namespace certguard
