// The text that a JSON string stands for (RFC 8259 section 7).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace certguard {

/// The text of the JSON string whose inside, between the quotes, is ESCAPED. Nothing when an
/// escape is broken or stands for half a character (an unpaired surrogate).
std::optional<std::string> json_unescaped(std::string_view escaped);

}  // namespace certguard
