// The PEM blocks of a text, wherever they stand in it, with the line each begins on.
//
// OpenSSL's own reader stops at the first damaged block and knows no lines; an admin wants to hear
// of all of them. Format: RFC 7468, with what real files have around it: text between the blocks,
// indentation, CR LF, a byte order mark.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace certguard {

struct PemBlock {
    std::size_t line = 0;    // from 1: where it begins
    std::string_view label;  // "CERTIFICATE"; a view into the text
    std::string der;         // empty when there is a problem
    std::string problem;     // why the block can't be read; one line, printable
};

/// At most MOST blocks, in their order; look for one more than you accept.
std::vector<PemBlock> pem_blocks(std::string_view text, std::size_t most);

}  // namespace certguard
