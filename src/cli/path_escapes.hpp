// The escapes in which a line of `certguard paths --batch` writes bytes that a line can't hold.
#pragma once

#include <string>
#include <string_view>

#include "certguard/result.hpp"

namespace certguard::cli {

/// \\ \t \n \r and \xHH (two hex digits of either case) stand for these bytes, all else for itself.
/// Any other backslash is an error.
Result<std::string> unescape_path(std::string_view text);

}  // namespace certguard::cli
