// RFC 3986 percent-encoding as nginx's NGX_ESCAPE_URI_COMPONENT does it.
#pragma once

#include <string>
#include <string_view>

namespace certguard {

/// Everything but ALPHA / DIGIT / "-" / "." / "_" / "~" becomes %XX with upper-case digits.
std::string percent_encode(std::string_view bytes);

}  // namespace certguard
