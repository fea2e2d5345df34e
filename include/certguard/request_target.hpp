// The request target of an HTTP request, read the way nginx reads it (merge_slashes on).
//
// nginx hands the module its own $uri; this is for those who have no nginx: `certguard explain`
// and tests. Facts: nginx's parser of complex URIs, and the table in
// t/unit/request_target_test.cpp.
#pragma once

#include <string>
#include <string_view>

#include "certguard/result.hpp"

namespace certguard {

struct RequestTarget {
    std::string raw;   // nginx's $request_uri: still encoded, with its query
    std::string path;  // nginx's $uri: decoded, dot segments resolved, slashes merged, no query
};

/// TEXT is an origin-form ("/a/b?c") or an absolute-form ("https://host/a/b?c"), whose host is not
/// looked at. What nginx would answer with 400 is an error, Reason::bad_request_path: a broken
/// escape, %00, a path that leaves the root, a space or a control character, any other form.
Result<RequestTarget> parse_request_target(std::string_view text);

}  // namespace certguard
