// The path tree in the payload extension of a v3 entitlement certificate (rhsm.md section 6):
// a zlib-compressed dictionary of segments, the number of nodes, then per node its children, words
// and nodes both as Huffman codes.
#pragma once

#include <string_view>

#include "certguard/result.hpp"
#include "path_graph.hpp"

namespace certguard {

/// PAYLOAD is the content of the OCTET STRING. Errors: Reason::bad_certificate, for every payload
/// that breaks the format or a budget, that is empty, or whose root has no children.
Result<PathGraph> read_payload(std::string_view payload);

}  // namespace certguard
