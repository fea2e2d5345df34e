// The download URLs of a v1 entitlement certificate as a path graph (rhsm.md 5 and 9.2).
#pragma once

#include <string_view>
#include <vector>

#include "certguard/result.hpp"
#include "path_graph.hpp"

namespace certguard {

/// Segments are what stands between slashes, slashes at both ends aside; a "$" and what follows it
/// in its segment is a variable. No URL: a graph without nodes. Errors (Reason::bad_certificate):
/// a budget is exceeded.
Result<PathGraph> graph_of_urls(std::vector<std::string_view> urls);

}  // namespace certguard
