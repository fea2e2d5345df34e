#include "uuid_bits.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace certguard {
namespace {

constexpr std::uint64_t kOnes = 0x0101010101010101u;

/// The first byte in memory is the lowest one of the number, on any machine.
std::uint32_t first_lowest(std::uint32_t word) noexcept {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap32(word);
#endif
    return word;
}

std::uint64_t four_characters(const char* text) noexcept {
    std::uint32_t word = 0;
    std::memcpy(&word, text, sizeof word);
    return first_lowest(word);
}

/// Writes the four bytes that eight hex digits mean to OUT: those that FOUR points to and those
/// that stand BEHIND. Every request of a host comes here, hence all of them at a time. Returns 0
/// when they are digits.
std::uint64_t pack_digits(const char* four, const char* behind, std::uint8_t* out) noexcept {
    const std::uint64_t characters = four_characters(four) | four_characters(behind) << 32;
    // A letter has bit 6, and its lower half counts from 1.
    const std::uint64_t values = (characters & kOnes * 0x0f) + 9 * ((characters >> 6) & kOnes);
    // Written again as digits; 39 lie between '9' + 1 and 'a'. Nothing carries into the next byte.
    const std::uint64_t written = values + kOnes * '0' + 39 * (((values + kOnes * 6) >> 4) & kOnes);
    std::uint64_t pairs = (values << 4 | values >> 8) & 0x00ff00ff00ff00ffu;
    pairs = (pairs | pairs >> 8) & 0x0000ffff0000ffffu;
    const std::uint32_t bytes = first_lowest(static_cast<std::uint32_t>(pairs | pairs >> 16));
    std::memcpy(out, &bytes, sizeof bytes);
    return (written ^ characters) | (values & kOnes * 0xf0);
}

}  // namespace

bool pack_uuid(std::string_view uuid, Digest& packed) noexcept {
    if (uuid.size() != 36 || uuid[8] != '-' || uuid[13] != '-' || uuid[18] != '-' ||
        uuid[23] != '-') {
        return false;
    }
    const char* const text = uuid.data();
    std::uint64_t wrong = pack_digits(text, text + 4, packed.data());
    wrong |= pack_digits(text + 9, text + 14, packed.data() + 4);
    wrong |= pack_digits(text + 19, text + 24, packed.data() + 8);
    wrong |= pack_digits(text + 28, text + 32, packed.data() + 12);
    return wrong == 0;
}

}  // namespace certguard
