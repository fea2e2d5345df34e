// The DER value inside an RHSM extension (reference: ITU-T X.690; rhsm.md section 3).
#pragma once

#include <cstdint>
#include <string_view>

#include "certguard/result.hpp"

namespace certguard {

enum class DerTag : std::uint8_t { octet_string = 0x04, utf8_string = 0x0C };

/// The content of the one value that BYTES must consist of: primitive, with this tag and a definite
/// length, nothing behind it. A length may have more bytes than it needs, but at most four.
/// Errors: Reason::bad_certificate. The result is a view into BYTES.
Result<std::string_view> der_content(std::string_view bytes, DerTag tag);

/// The same for a UTF8String, whose content must be well-formed UTF-8.
Result<std::string_view> der_text(std::string_view bytes);

}  // namespace certguard
