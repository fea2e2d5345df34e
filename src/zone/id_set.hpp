// A set of small numbers (name ids) as 32-bit words, in the shorter of two forms:
//
// - a bitmap from the first number on;
// - Elias-Fano: the lower bits of each number as they are, then the upper bits in unary. Two bits
//   more per number than the average gap needs, and any number is found without reading all.
//
// Word 0 is the first number (26 bits), the count of lower bits (5), and the form (1: a bitmap).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "zone/content.hpp"

namespace certguard::zone {

/// IDS ascending, unique, below 2^26, not empty.
std::vector<std::uint32_t> encode_ids(const std::vector<std::uint32_t>& ids);

/// Puts the numbers of the set that are FROM or greater into OUT, in order, up to MOST; returns how
/// many. COUNT is how many the set holds. Content that breaks the format is a fault.
std::size_t collect_ids(Zone& zone, ContentReader& content, std::size_t count, std::uint32_t from,
                        std::uint32_t* out, std::size_t most) noexcept;

bool has_id(Zone& zone, ContentReader& content, std::size_t count, std::uint32_t id) noexcept;

}  // namespace certguard::zone
