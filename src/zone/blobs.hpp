// What records share: texts, sets of names and host profiles, each stored once and counted.
//
// A blob is found by its type and its identity, a SipHash of what it stands for. Who stores a
// reference to one holds it; with the last reference it goes, and drops what it refers to itself.
// A set of thousands of names does that in small steps (release_some).
#pragma once

#include <cstddef>
#include <cstdint>

#include "certguard/digest.hpp"
#include "zone/zone.hpp"

namespace certguard::zone {

enum class BlobType : std::uint8_t {
    text = 0x71,     // a repository, a label, a message
    set = 0x72,      // ids of names (id_set.hpp); NUMBER of them
    profile = 0x73,  // cells of texts: organization, then label and key of each environment
    dying = 0x74,    // a set without references, not yet given back
};

inline BlobType type_of(const Blob& blob) noexcept {
    return static_cast<BlobType>(blob.type_and_bytes >> 24);
}
inline std::size_t content_bytes(const Blob& blob) noexcept {
    return blob.type_and_bytes & 0xffffff;
}
inline std::size_t content_words(const Blob& blob) noexcept {
    return (content_bytes(blob) + 3) / 4;
}

/// kNoCell when it is not there.
Cell find_blob(Zone& zone, BlobType type, const Digest& identity) noexcept;

struct NewBlob {
    BlobType type;
    Digest identity;
    const std::uint32_t* words;  // the content, padded with zeros to whole words
    std::size_t bytes;
    std::uint32_t number;
};
/// Adds a blob with one reference, the caller's; it must not be there yet. A profile and a set take
/// over references that the caller holds on their texts. kNoCell when memory runs out.
Cell add_blob(Zone& zone, const NewBlob& wanted) noexcept;

void hold_blob(Zone& zone, Cell cell) noexcept;
void drop_blob(Zone& zone, Cell cell) noexcept;  // kNoCell: nothing to do

/// The blob in CELL when it is a sound one of TYPE; a fault else.
Blob& sound_blob(Zone& zone, Cell cell, BlobType type) noexcept;

/// The id of a text that is the name of a repository; gives it one when it has none yet. False when
/// ids run out.
bool name_id_of(Zone& zone, Cell text, std::uint32_t& id) noexcept;
std::uint32_t free_name_ids(const Zone& zone) noexcept;

/// Drops up to MOST names of sets that have gone. Returns whether any are left to be dropped.
bool release_some(Zone& zone, std::size_t most) noexcept;

/// Copies a text's bytes to OUT, which has room for content_bytes().
void copy_text(Zone& zone, Cell text, char* out) noexcept;

}  // namespace certguard::zone
