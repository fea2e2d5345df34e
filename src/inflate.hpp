// zlib streams (RFC 1950) of unknown length, inflated within a budget.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "certguard/result.hpp"

namespace certguard {

struct Inflated {
    std::string bytes;
    std::string_view rest;  // what follows the stream: a view into the input
};

/// Inflates the zlib stream that INPUT begins with. Errors (Reason::bad_certificate): no zlib
/// header, damaged or cut off, a preset dictionary, more than MOST bytes.
Result<Inflated> inflate_zlib(std::string_view input, std::size_t most);

}  // namespace certguard
