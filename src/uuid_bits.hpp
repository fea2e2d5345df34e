// A UUID in binary.
#pragma once

#include <string_view>

#include "certguard/digest.hpp"

namespace certguard {

/// The 128 bits of a UUID as RFC 9562 writes it, 8-4-4-4-12 hex digits, in lower case. False for
/// anything else; PACKED is then of no use.
bool pack_uuid(std::string_view uuid, Digest& packed) noexcept;

}  // namespace certguard
