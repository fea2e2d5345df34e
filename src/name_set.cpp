#include "certguard/name_set.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace certguard {

namespace {

constexpr std::size_t kBlock = 16;

void append_number(std::string& bytes, std::size_t number) {
    for (; number >= 0x80; number >>= 7) {
        bytes += static_cast<char>(number | 0x80);
    }
    bytes += static_cast<char>(number);
}

std::size_t read_number(const std::string& bytes, std::size_t& offset) noexcept {
    std::size_t number = static_cast<std::uint8_t>(bytes[offset]);
    if (number < 0x80) {  // nearly all
        ++offset;
        return number;
    }
    number = 0;
    for (int shift = 0;; shift += 7) {
        const auto byte = static_cast<std::uint8_t>(bytes[offset++]);
        number |= std::size_t{byte & 0x7fu} << shift;
        if (byte < 0x80) {
            return number;
        }
    }
}

std::size_t common_prefix(std::string_view a, std::string_view b) noexcept {
    const std::size_t most = std::min(a.size(), b.size());
    std::size_t length = 0;
    for (std::uint64_t x = 0, y = 0; length + sizeof x <= most; length += sizeof x) {
        std::memcpy(&x, a.data() + length, sizeof x);
        std::memcpy(&y, b.data() + length, sizeof y);
        if (x != y) {
            break;
        }
    }
    while (length < most && a[length] == b[length]) {
        ++length;
    }
    return length;
}

}  // namespace

NameSet::NameSet(NameList names) {
    if (!std::is_sorted(names.begin(), names.end())) {
        std::sort(names.begin(), names.end());
    }
    names.erase(std::unique(names.begin(), names.end()), names.end());
    size_ = names.size();
    blocks_.reserve((size_ + kBlock - 1) / kBlock);
    for (std::size_t i = 0; i < size_; ++i) {
        const bool whole = i % kBlock == 0;
        if (whole) {
            blocks_.push_back(static_cast<std::uint32_t>(bytes_.size()));
        }
        const std::size_t shared = whole ? 0 : common_prefix(names[i - 1], names[i]);
        append_number(bytes_, shared);
        append_number(bytes_, names[i].size() - shared);
        bytes_.append(names[i], shared, std::string::npos);
    }
    bytes_.shrink_to_fit();
}

NameSet::Entry NameSet::entry(std::size_t offset) const noexcept {
    const std::size_t shared = read_number(bytes_, offset);
    const std::size_t length = read_number(bytes_, offset);
    return {shared, std::string_view(bytes_).substr(offset, length), offset + length};
}

std::size_t NameSet::block_behind(std::string_view name) const noexcept {
    const auto behind = std::upper_bound(blocks_.begin(), blocks_.end(), name,
                                         [this](std::string_view wanted, std::uint32_t block) {
                                             return wanted < entry(block).suffix;
                                         });
    return static_cast<std::size_t>(behind - blocks_.begin());
}

bool NameSet::contains(std::string_view name) const noexcept {
    const std::size_t behind = block_behind(name);
    if (behind == 0) {
        return false;
    }
    const std::size_t end = behind == blocks_.size() ? bytes_.size() : blocks_[behind];
    // MATCHED bytes of NAME begin the entry before; that entry is smaller than NAME, so an entry
    // that shares more with it is smaller, too, and one that shares less is greater.
    std::size_t matched = 0;
    for (std::size_t offset = blocks_[behind - 1]; offset < end;) {
        const std::size_t shared = read_number(bytes_, offset);
        const std::size_t length = read_number(bytes_, offset);
        const std::string_view suffix(bytes_.data() + offset, length);
        offset += length;
        if (shared > matched) {
            continue;
        }
        if (shared < matched) {
            return false;
        }
        const std::string_view rest = name.substr(matched);
        const std::size_t more = common_prefix(suffix, rest);
        if (more == suffix.size() && more == rest.size()) {
            return true;
        }
        if (more == rest.size() ||
            (more < suffix.size() &&
             static_cast<unsigned char>(suffix[more]) > static_cast<unsigned char>(rest[more]))) {
            return false;
        }
        matched += more;
    }
    return false;
}

std::size_t NameSet::memory() const noexcept {
    return sizeof *this + bytes_.capacity() + blocks_.capacity() * sizeof blocks_[0];
}

bool NameSet::Cursor::next() {
    if (index_ == names_.size_) {
        return false;
    }
    const Entry current = names_.entry(offset_);
    name_.resize(current.shared);
    name_ += current.suffix;
    offset_ = current.next;
    ++index_;
    return true;
}

bool NameSet::Cursor::seek_behind(std::string_view name) {
    const std::size_t behind = names_.block_behind(name);
    const std::size_t block = behind == 0 ? 0 : behind - 1;
    index_ = block * kBlock;
    offset_ = names_.empty() ? 0 : names_.blocks_[block];
    while (next()) {
        if (name_ > name) {
            return true;
        }
    }
    return false;
}

NameList NameSet::list() const {
    NameList names;
    names.reserve(size_);
    for (Cursor cursor(*this); cursor.next();) {
        names.push_back(cursor.name());
    }
    return names;
}

void each_name(const NameSets& sets, std::string_view last, const NameTest& wanted,
               const NameTest& take) {
    const auto at_wanted = [&wanted](NameSet::Cursor& cursor, bool has_name) {
        while (has_name && !wanted(cursor.name())) {
            has_name = cursor.next();
        }
        return has_name;
    };
    std::vector<NameSet::Cursor> cursors;
    std::vector<NameSet::Cursor*> heap;  // those with a name, the least on top
    const auto is_behind = [](const NameSet::Cursor* a, const NameSet::Cursor* b) {
        return a->name() > b->name();
    };
    cursors.reserve(sets.size());
    for (const auto& set : sets) {
        if (set) {
            NameSet::Cursor& cursor = cursors.emplace_back(*set);
            if (at_wanted(cursor, cursor.seek_behind(last))) {
                heap.push_back(&cursor);
            }
        }
    }
    std::make_heap(heap.begin(), heap.end(), is_behind);
    for (std::string taken(last); !heap.empty();) {
        std::pop_heap(heap.begin(), heap.end(), is_behind);
        NameSet::Cursor& least = *heap.back();
        if (least.name() != taken) {
            taken = least.name();
            if (!take(taken)) {
                return;
            }
        }
        if (at_wanted(least, least.next())) {
            std::push_heap(heap.begin(), heap.end(), is_behind);
        } else {
            heap.pop_back();
        }
    }
}

}  // namespace certguard
