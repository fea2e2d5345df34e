// What lies where in the shared memory, byte for byte. Plain data: no pointers, no vtables; what
// refers to something else does so by the number of a cell.
//
//   Header | claims | lookup slots | record buckets | blob buckets | name ids | cells
//
// Everything that is stored is made of cells of 64 bytes, so memory never becomes too fragmented to
// use. Where the parts begin follows from the size of the memory alone and is never read from it.
// One cell is seen as different structs in its life, hence may_alias.
//
// A change here needs another kVersion.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "certguard/digest.hpp"
#include "siphash.hpp"

namespace certguard::zone {

inline constexpr std::uint64_t kMagic = 0x6472617567747263;  // "crtguard"
inline constexpr std::uint32_t kVersion = 3;

using Cell = std::uint32_t;  // its number
inline constexpr Cell kNoCell = 0;
inline constexpr std::size_t kCellBytes = 64;

/// An answer: of one host, of one environment, or the public names. Complete in one cell.
struct [[gnu::may_alias]] Record {
    // Links, and when it was used: not covered by CHECK.
    Cell next;  // in its bucket
    Cell newer, older;
    std::uint32_t touched;  // seconds
    std::uint32_t check;
    // From here on covered, together with the identities of PROFILE and NAMES.
    std::uint8_t type;       // kRecordType
    std::uint8_t kind : 4;   // RecordKind
    std::uint8_t state : 4;  // RecordState
    std::uint16_t lookup;    // LookupSlot::id
    Digest key;
    std::uint32_t fetched_low, fetched_high;  // monotonic milliseconds
    std::uint32_t fresh_for, usable_for;      // milliseconds from then on
    Cell profile;                             // blob: a host's profile, or a message
    Cell names;                               // blob: a set; none: no names
};

/// Something that several others share: a text, a set of names, a host's profile. Its content is
/// 32-bit words: the first ones in this cell, the rest in a tree of Pages.
struct [[gnu::may_alias]] Blob {
    Cell next;  // in its bucket; not covered by CHECK
    std::uint32_t check;
    std::uint32_t references;
    std::uint32_t type_and_bytes;  // BlobType in the upper 8 bits, bytes of the content below
    Cell root;                     // of the tree; none: everything is in WORDS
    std::uint32_t number;          // a text: its name id + 1, or 0; a set: how many names
    Digest identity;               // of a text or the names of a set: their SipHash
    static constexpr std::size_t kWords = 6;
    std::uint32_t words[kWords];
};

/// A piece of a blob's content, or the cells of the pages below.
struct [[gnu::may_alias]] Page {
    static constexpr std::size_t kWords = 15;
    std::uint32_t words[kWords];
    std::uint32_t check;  // knows whose page it is, and which
};

struct [[gnu::may_alias]] FreeCell {
    std::uint32_t type;  // kFreeType
    Cell next;
    std::uint32_t unused[14];
};

static_assert(sizeof(Record) == kCellBytes && sizeof(Blob) == kCellBytes &&
              sizeof(Page) == kCellBytes && sizeof(FreeCell) == kCellBytes);

inline constexpr std::uint8_t kRecordType = 0xc1;
inline constexpr std::uint32_t kFreeType = 0xf7ee0001;

/// A question that some process is asking for all.
struct Claim {
    Digest key;
    std::uint16_t lookup;
    std::uint8_t kind;
    std::uint8_t state;   // ClaimState
    std::uint32_t owner;  // SharedMemory::self()
    std::uint64_t ticket;
    std::uint64_t until;  // monotonic milliseconds
    std::uint32_t failure;
    std::uint32_t unused;
};

inline constexpr std::size_t kFailedQuestions = 5;

/// One configuration of a lookup, and whether its source answers.
struct LookupSlot {
    std::uint8_t fingerprint[32];
    std::uint16_t id;  // what its records bear; 0: the slot is free
    std::uint8_t circuit;
    std::uint8_t unused;
    std::uint32_t check;  // of what is above, but for the circuit
    std::uint32_t failures;
    std::uint32_t unused_too;
    std::uint64_t open_until;
    std::uint64_t probe_until;
    std::uint64_t answered_at;  // the last time that the source did
    std::uint64_t used;         // monotonic milliseconds
    /// Those among the failures in a row that were answers; 0: none.
    std::uint32_t failed_questions[kFailedQuestions];
    std::uint32_t unused_at_last;
};

/// A process that holds references over several critical sections.
struct Hold {
    std::uint64_t ticket;  // 0: free
    std::uint64_t until;   // monotonic milliseconds; later than that it is dead
};

inline constexpr std::size_t kHolds = 32;
inline constexpr std::size_t kLookupSlots = 64;

struct Counters {
    std::uint64_t hits, misses, stores, store_failures, evictions, purges, resets;
};

struct Header {
    std::uint64_t magic;
    std::uint32_t version;
    std::atomic<std::uint32_t> dirty;  // a process is inside, or has died there
    std::uint64_t size;
    SipKey key;
    std::uint64_t key_check;
    // Survive a reset, so that nobody takes a new state for the old one.
    std::atomic<std::uint64_t> epoch;   // changes when an answer that was known is no longer so
    std::atomic<std::uint64_t> purges;  // changes when an answer under way must not be stored
    std::uint64_t ticket;
    Counters counters;
    // Reset to zero.
    Cell free_cells;
    std::uint32_t free_count;
    std::uint32_t cells_begun;  // cells behind that were never used
    std::uint32_t free_name_ids;
    std::uint32_t free_name_id_count;
    std::uint32_t name_ids_begun;
    Cell newest, oldest;
    std::uint32_t records[3];  // by RecordKind
    Cell dying_sets;
    std::uint32_t dying_from;
    std::uint32_t lookup_ids;
    Hold holds[kHolds];
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

/// Offsets into the memory, and counts.
struct Layout {
    std::size_t claims, lookups, record_buckets, blob_buckets, name_ids, cells, end;
    std::uint32_t claim_count;
    std::uint32_t bucket_count;  // of each of the two tables
    std::uint32_t name_id_count;
    std::uint32_t cell_count;  // cell 0 is none, so one more than can be used

    /// Nothing when SIZE is too small to be of use.
    static std::optional<Layout> of(std::size_t size) noexcept;
};

}  // namespace certguard::zone
