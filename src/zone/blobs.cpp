#include "zone/blobs.hpp"

#include <algorithm>
#include <cstring>

#include "zone/content.hpp"
#include "zone/id_set.hpp"

namespace certguard::zone {

namespace {

constexpr std::uint32_t kFreeId = 1u << 31;   // marks an entry of the name id table as free
constexpr std::size_t kLongestChain = 1024;   // of a bucket; longer is a loop
constexpr std::size_t kReleasedAtOnce = 256;  // names of a dying set, per step

std::uint32_t check_of(const Zone& zone, const Blob& blob, Cell cell) noexcept {
    std::uint32_t words[kCellBytes / 4];
    std::memcpy(words, &blob, sizeof words);
    return zone.checksum(words + 2, kCellBytes / 4 - 2, cell);
}

void seal(Zone& zone, Blob& blob, Cell cell) noexcept {
    blob.check = check_of(zone, blob, cell);
}

std::uint32_t hash_of(const Digest& identity) noexcept {
    std::uint32_t hash = 0;
    std::memcpy(&hash, identity.data(), sizeof hash);
    return hash;
}

/// The blob in CELL, whatever its type; a fault when it is not sound.
Blob& sound(Zone& zone, Cell cell) noexcept {
    Blob& blob = zone.blob(cell);
    if (blob.check != check_of(zone, blob, cell)) {
        zone.fault();
    }
    return blob;
}

void unlink(Zone& zone, const Blob& blob, Cell cell) noexcept {
    Cell* link = &zone.blob_bucket(hash_of(blob.identity));
    for (std::size_t i = 0; i < kLongestChain && *link != kNoCell && !zone.broken(); ++i) {
        if (*link == cell) {
            *link = blob.next;
            return;
        }
        link = &zone.blob(*link).next;
    }
    zone.fault();
}

void free_blob(Zone& zone, Cell cell) noexcept {
    free_content(zone, cell);
    zone.give_back(cell);
}

void free_name_id(Zone& zone, std::uint32_t id) noexcept {
    Header& head = zone.header();
    if (Cell* entry = zone.name_id(id)) {
        *entry = kFreeId | head.free_name_ids;
        head.free_name_ids = id + 1;
        ++head.free_name_id_count;
    }
}

/// Takes one reference from BLOB, which is sound. Returns whether it was the last one; then the
/// blob can no longer be found.
bool let_go(Zone& zone, Blob& blob, Cell cell) noexcept {
    if (zone.broken() || blob.references == 0) {
        zone.fault();
        return false;
    }
    --blob.references;
    seal(zone, blob, cell);
    if (blob.references != 0) {
        return false;
    }
    unlink(zone, blob, cell);
    return !zone.broken();
}

void drop_text(Zone& zone, Cell cell) noexcept {
    Blob& blob = sound_blob(zone, cell, BlobType::text);
    if (let_go(zone, blob, cell)) {
        if (blob.number != 0) {
            free_name_id(zone, blob.number - 1);
        }
        free_blob(zone, cell);
    }
}

void drop_profile(Zone& zone, Cell cell) noexcept {
    ContentReader content(zone, cell);
    for (std::size_t i = 0; i < content.size() && !zone.broken(); ++i) {
        if (const Cell text = content.word(i)) {
            drop_text(zone, text);
        }
    }
    free_blob(zone, cell);
}

void bury(Zone& zone, Blob& blob, Cell cell) noexcept {
    Header& head = zone.header();
    blob.type_and_bytes = static_cast<std::uint32_t>(content_bytes(blob)) |
                          static_cast<std::uint32_t>(BlobType::dying) << 24;
    seal(zone, blob, cell);
    blob.next = head.dying_sets;
    if (head.dying_sets == kNoCell) {
        head.dying_from = 0;
        head.dying_sets = cell;
        return;
    }
    // Behind the first one, of which some names may be gone already.
    Blob& first = zone.blob(head.dying_sets);
    blob.next = first.next;
    first.next = cell;
}

}  // namespace

Cell find_blob(Zone& zone, BlobType type, const Digest& identity) noexcept {
    Cell cell = zone.blob_bucket(hash_of(identity));
    for (std::size_t i = 0; cell != kNoCell; ++i) {
        const Blob& blob = zone.blob(cell);
        if (zone.broken() || i == kLongestChain) {
            zone.fault();
            return kNoCell;
        }
        if (blob.identity == identity && type_of(blob) == type) {
            sound(zone, cell);
            return zone.broken() ? kNoCell : cell;
        }
        cell = blob.next;
    }
    return kNoCell;
}

Cell add_blob(Zone& zone, const NewBlob& wanted) noexcept {
    const Cell cell = zone.take_cell();
    if (cell == kNoCell) {
        return kNoCell;
    }
    Blob& blob = zone.blob(cell);
    blob = Blob{};
    blob.references = 1;
    blob.type_and_bytes =
        static_cast<std::uint32_t>(wanted.bytes) | static_cast<std::uint32_t>(wanted.type) << 24;
    blob.number = wanted.number;
    blob.identity = wanted.identity;
    if (!write_content(zone, cell, wanted.words, (wanted.bytes + 3) / 4)) {
        zone.give_back(cell);
        return kNoCell;
    }
    seal(zone, blob, cell);
    Cell& bucket = zone.blob_bucket(hash_of(wanted.identity));
    blob.next = bucket;
    bucket = cell;
    return cell;
}

void hold_blob(Zone& zone, Cell cell) noexcept {
    Blob& blob = sound(zone, cell);
    ++blob.references;
    seal(zone, blob, cell);
}

void drop_blob(Zone& zone, Cell cell) noexcept {
    if (cell == kNoCell) {
        return;
    }
    Blob& blob = sound(zone, cell);
    switch (type_of(blob)) {
        case BlobType::text: drop_text(zone, cell); break;
        case BlobType::set:
            if (let_go(zone, blob, cell)) {
                bury(zone, blob, cell);
            }
            break;
        case BlobType::profile:
            if (let_go(zone, blob, cell)) {
                drop_profile(zone, cell);
            }
            break;
        default: zone.fault();
    }
}

Blob& sound_blob(Zone& zone, Cell cell, BlobType type) noexcept {
    Blob& blob = sound(zone, cell);
    if (type_of(blob) != type) {
        zone.fault();
    }
    return blob;
}

bool name_id_of(Zone& zone, Cell text, std::uint32_t& id) noexcept {
    Header& head = zone.header();
    Blob& blob = sound_blob(zone, text, BlobType::text);
    if (blob.number == 0) {
        if (head.free_name_ids != 0) {
            id = head.free_name_ids - 1;
            const Cell* entry = zone.name_id(id);
            if (entry == nullptr || (*entry & kFreeId) == 0) {
                zone.fault();
                return false;
            }
            head.free_name_ids = *entry & ~kFreeId;
            --head.free_name_id_count;
        } else if (head.name_ids_begun < zone.layout().name_id_count) {
            id = head.name_ids_begun++;
        } else {
            return false;
        }
        *zone.name_id(id) = text;
        blob.number = id + 1;
        seal(zone, blob, text);
    }
    id = blob.number - 1;
    return true;
}

std::uint32_t free_name_ids(const Zone& zone) noexcept {
    const Header& head = zone.header();
    const std::uint32_t count = zone.layout().name_id_count;
    return head.free_name_id_count + count - std::min(head.name_ids_begun, count);
}

bool release_some(Zone& zone, std::size_t most) noexcept {
    Header& head = zone.header();
    while (head.dying_sets != kNoCell && most != 0 && !zone.broken()) {
        const Cell cell = head.dying_sets;
        const Blob& blob = sound_blob(zone, cell, BlobType::dying);
        std::uint32_t ids[kReleasedAtOnce];
        ContentReader content(zone, cell);
        const std::size_t wanted = std::min(most, kReleasedAtOnce);
        const std::size_t found =
            collect_ids(zone, content, blob.number, head.dying_from, ids, wanted);
        for (std::size_t i = 0; i < found; ++i) {
            if (const Cell* text = zone.name_id(ids[i])) {
                drop_text(zone, *text);
            }
        }
        most -= found;
        if (found == wanted) {
            head.dying_from = ids[found - 1] + 1;
            continue;
        }
        head.dying_sets = blob.next;
        head.dying_from = 0;
        free_blob(zone, cell);
    }
    return head.dying_sets != kNoCell;
}

void copy_text(Zone& zone, Cell text, char* out) noexcept {
    const std::size_t bytes = content_bytes(sound_blob(zone, text, BlobType::text));
    ContentReader content(zone, text);
    for (std::size_t i = 0; i < content.size(); ++i) {
        const std::uint32_t word = content.word(i);
        std::memcpy(out + i * 4, &word, std::min<std::size_t>(4, bytes - i * 4));
    }
}

}  // namespace certguard::zone
