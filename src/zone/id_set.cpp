#include "zone/id_set.hpp"

#include <algorithm>

namespace certguard::zone {

namespace {

constexpr std::uint32_t kFirstMask = (1u << 26) - 1;
constexpr std::uint32_t kBitmap = 1u << 31;

unsigned ones(std::uint32_t word) noexcept {
    return static_cast<unsigned>(__builtin_popcount(word));
}

std::size_t words_for(std::size_t bits) noexcept {
    return (bits + 31) / 32;
}

void put_bits(std::vector<std::uint32_t>& words, std::size_t first, std::uint32_t value,
              unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
        if ((value >> i & 1) != 0) {
            words[(first + i) / 32] |= 1u << (first + i) % 32;
        }
    }
}

/// floor(log2(span / count)): the lower bits that make an Elias-Fano code shortest.
unsigned lower_bits(std::size_t span, std::size_t count) noexcept {
    unsigned bits = 0;
    while (span / count >> (bits + 1) != 0) {
        ++bits;
    }
    return bits;
}

/// One set being read. Bit numbers are those behind word 0.
class Reader {
  public:
    Reader(Zone& zone, ContentReader& content, std::size_t count) noexcept
        : zone_(zone), content_(content), count_(count), bits_((content.size() - 1) * 32) {
        const std::uint32_t head = content.word(0);
        first_ = head & kFirstMask;
        lower_ = head >> 26 & 31;
        bitmap_ = (head & kBitmap) != 0;
        if (!bitmap_ && (lower_ > 26 || count * lower_ > bits_)) {
            zone.fault();
        }
    }

    std::size_t collect(std::uint32_t from, std::uint32_t* out, std::size_t most) noexcept {
        if (zone_.broken() || from > kFirstMask) {
            return 0;
        }
        const std::uint32_t skip = from > first_ ? from - first_ : 0;
        return bitmap_ ? from_bitmap(skip, out, most) : from_elias_fano(skip, out, most);
    }

    bool has(std::uint32_t id) noexcept {
        if (bitmap_) {
            return id >= first_ && id - first_ < bits_ && !zone_.broken() &&
                   bits(id - first_, 1) != 0;
        }
        std::uint32_t found = 0;
        return collect(id, &found, 1) == 1 && found == id;
    }

  private:
    std::uint32_t bits(std::size_t first, unsigned count) noexcept {
        return content_.bits(32 + first, count);
    }

    std::size_t from_bitmap(std::uint32_t skip, std::uint32_t* out, std::size_t most) noexcept {
        std::size_t found = 0;
        std::uint32_t hidden = (1u << skip % 32) - 1;  // of the first word
        for (std::size_t i = skip / 32; i < bits_ / 32 && found < most; ++i, hidden = 0) {
            std::uint32_t word = content_.word(1 + i) & ~hidden;
            for (; word != 0 && found < most; word &= word - 1) {
                out[found++] =
                    first_ + static_cast<std::uint32_t>(i * 32) + ones((word & -word) - 1);
            }
        }
        return found;
    }

    std::size_t from_elias_fano(std::uint32_t skip, std::uint32_t* out, std::size_t most) noexcept {
        const std::size_t upper_begin = count_ * lower_;
        const std::uint32_t high_wanted = skip >> lower_;
        std::size_t at = upper_begin;  // in the upper bits: a 1 per number, a 0 per step up
        std::size_t index = 0;
        std::uint32_t high = 0;
        for (; at + 32 <= bits_; at += 32) {
            const std::uint32_t word = bits(at, 32);
            if (high + 32 - ones(word) >= high_wanted) {
                break;
            }
            index += ones(word);
            high += 32 - ones(word);
        }
        std::size_t found = 0;
        for (; index < count_ && found < most && !zone_.broken(); ++at) {
            if (at >= bits_) {
                zone_.fault();
                break;
            }
            if (bits(at, 1) == 0) {
                ++high;
                continue;
            }
            if (high >= high_wanted) {
                const std::uint64_t number =
                    std::uint64_t{high} << lower_ | bits(index * lower_, lower_);
                if (number > kFirstMask) {
                    zone_.fault();
                    break;
                }
                if (number >= skip) {
                    out[found++] = first_ + static_cast<std::uint32_t>(number);
                }
            }
            ++index;
        }
        return found;
    }

    Zone& zone_;
    ContentReader& content_;
    std::size_t count_;
    std::size_t bits_;
    std::uint32_t first_;
    unsigned lower_;
    bool bitmap_;
};

}  // namespace

std::vector<std::uint32_t> encode_ids(const std::vector<std::uint32_t>& ids) {
    const std::uint32_t first = ids.front();
    const std::size_t span = std::size_t{ids.back()} - first + 1;
    const std::size_t count = ids.size();
    const unsigned lower = lower_bits(span, count);
    const std::size_t upper_begin = count * lower;
    const std::size_t elias_fano = words_for(upper_begin + count + ((span - 1) >> lower));
    const std::size_t bitmap = words_for(span);
    std::vector<std::uint32_t> words(1 + std::min(bitmap, elias_fano), 0);
    if (bitmap <= elias_fano) {
        words[0] = first | kBitmap;
        for (std::uint32_t id : ids) {
            put_bits(words, 32 + (id - first), 1, 1);
        }
        return words;
    }
    words[0] = first | lower << 26;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint32_t number = ids[i] - first;
        put_bits(words, 32 + i * lower, number, lower);
        put_bits(words, 32 + upper_begin + (number >> lower) + i, 1, 1);
    }
    return words;
}

std::size_t collect_ids(Zone& zone, ContentReader& content, std::size_t count, std::uint32_t from,
                        std::uint32_t* out, std::size_t most) noexcept {
    if (content.size() == 0) {
        zone.fault();
        return 0;
    }
    return Reader(zone, content, count).collect(from, out, most);
}

bool has_id(Zone& zone, ContentReader& content, std::size_t count, std::uint32_t id) noexcept {
    if (content.size() == 0) {
        zone.fault();
        return false;
    }
    return Reader(zone, content, count).has(id);
}

}  // namespace certguard::zone
