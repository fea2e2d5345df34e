// One answer of a lookup as it is remembered: what was said, and how long it holds.
//
// There are three kinds: a host's own record, the names of one content view environment (shared by
// all hosts in it), and the public names. All times are monotonic milliseconds.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "certguard/digest.hpp"
#include "certguard/host_access.hpp"
#include "certguard/name_set.hpp"

namespace certguard {

enum class RecordKind : std::uint8_t { host, environment, open };

struct RecordId {
    RecordKind kind = RecordKind::host;
    Digest key{};  // a host's UUID in binary, or a keyed hash of a text

    bool operator==(const RecordId& other) const noexcept {
        return kind == other.kind && key == other.key;
    }
};

enum class RecordState : std::uint8_t {
    absent,         // nothing is remembered
    known,          // an answer
    unknown_host,   // there is no such host
    misconfigured,  // an answer that can't be right
};

struct AccessRecord {
    RecordState state = RecordState::absent;
    std::uint64_t fetched_at = 0;
    std::uint64_t fresh_until = 0;               // use without asking
    std::uint64_t usable_until = 0;              // use when the source fails to answer
    std::shared_ptr<const HostProfile> profile;  // of a known host
    std::shared_ptr<const NameSet> names;        // known: the names; null: none
    std::string message;                         // misconfigured: what is wrong

    bool is_fresh(std::uint64_t now) const noexcept {
        return state != RecordState::absent && now < fresh_until;
    }
    /// An answer that may stand in when there is no better one.
    bool is_usable(std::uint64_t now) const noexcept {
        return state == RecordState::known && now < usable_until;
    }
    /// From when on the next one who asks has it refreshed: the last fifth of its freshness. Only
    /// answers are; what is wrong is remembered for a short time anyway.
    std::uint64_t due_at() const noexcept {
        return state == RecordState::known ? fresh_until - (fresh_until - fetched_at) / 5
                                           : fresh_until;
    }
};

}  // namespace certguard
