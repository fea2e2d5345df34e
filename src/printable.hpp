// Text of unknown origin made fit for one line of a log or a terminal.
#pragma once

#include <string>
#include <string_view>

namespace certguard {

/// TEXT with \n, \r and \t as these escapes, every other control character (C0, DEL, C1) and every
/// byte that is no UTF-8 as \xHH. All else, a backslash too, stays as it is.
std::string printable(std::string_view text);

/// "TEXT" printable and in double quotes, cut after MOST bytes with "..." behind it.
std::string quoted(std::string_view text, std::size_t most = 80);

}  // namespace certguard
