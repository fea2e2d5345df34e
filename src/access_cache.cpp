#include "certguard/access_cache.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <memory>
#include <utility>

#include "cache_objects.hpp"
#include "cache_reader.hpp"
#include "cache_writer.hpp"
#include "uuid_bits.hpp"
#include "zone/claims.hpp"
#include "zone/lookup_slots.hpp"
#include "zone/records.hpp"

namespace certguard {

using zone::Cell;
using zone::kNoCell;
using zone::Section;
using zone::Zone;

namespace {

constexpr std::uint64_t kLocalHitsAtOnce = 1024;

/// What a failure is called in a claim; 0 is none.
std::uint32_t failure_code(LookupStatus status) noexcept {
    return 1 + static_cast<std::uint32_t>(status);
}

LookupStatus failure_of(std::uint32_t code) noexcept {
    for (const LookupStatus status : {LookupStatus::refused, LookupStatus::failed}) {
        if (code == failure_code(status)) {
            return status;
        }
    }
    return LookupStatus::unavailable;
}

bool is_failure(LookupStatus status) noexcept {
    return status == LookupStatus::refused || status == LookupStatus::unavailable ||
           status == LookupStatus::failed;
}

/// Cells and the tables' part of them.
std::uint64_t bytes_of(std::uint64_t cells, const zone::Layout& layout) noexcept {
    return cells * layout.end / layout.cell_count;
}

}  // namespace

struct AccessCache::State {
    State(SharedMemory& memory, void* base, const zone::Layout& layout)
        : shared{memory, Zone(base, layout)} {}

    zone::SharedZone shared;
    CacheObjects objects;
    std::uint64_t local_hits = 0;  // not yet in the memory's counters

    zone::ClaimRequest claim(std::uint16_t lookup, const Question& question,
                             std::uint64_t now) const noexcept {
        return {lookup, question.id, shared.memory.self(), now, question.until, question.waiting};
    }
    zone::LookupSlot& slot(CacheUser& user, std::uint64_t now) noexcept {
        return zone::find_slot(shared.zone, user.fingerprint, user.hint, now);
    }
    /// Tells a question of a lookup from its others; never 0.
    std::uint32_t number_of(const RecordId& id) const noexcept {
        std::uint32_t words[sizeof id.key / 4 + 1] = {static_cast<std::uint32_t>(id.kind)};
        std::memcpy(words + 1, id.key.data(), sizeof id.key);
        return shared.zone.checksum(words, std::size(words), 0xfa11) | 1;
    }
    Begun begin_once(CacheUser& user, const Question& question, std::uint64_t now,
                     std::uint32_t dead_owner, std::uint32_t& owner) noexcept;
};

AccessCache::AccessCache(std::unique_ptr<State> state) : state_(std::move(state)) {}
AccessCache::~AccessCache() = default;

std::unique_ptr<AccessCache> AccessCache::attach(SharedMemory& memory) {
    void* base = memory.base();
    std::size_t size = memory.size();
    if (std::align(zone::kCellBytes, zone::kCellBytes, base, size) == nullptr) {
        return nullptr;
    }
    const auto layout = zone::Layout::of(size);
    if (!layout) {
        return nullptr;
    }
    std::unique_ptr<AccessCache> cache(
        new AccessCache(std::make_unique<State>(memory, base, *layout)));
    const Section formats_it_if_need_be(cache->state_->shared);
    return cache;
}

RecordId AccessCache::host_id(std::string_view uuid) const noexcept {
    RecordId id{RecordKind::host, {}};
    if (!pack_uuid(uuid, id.key)) {
        id.key = siphash(state_->shared.zone.key(), uuid);
    }
    return id;
}

RecordId AccessCache::environment_id(std::string_view key) const noexcept {
    return {RecordKind::environment, siphash(state_->shared.zone.key(), key)};
}

AccessRecord AccessCache::read(CacheUser& user, const RecordId& id, std::uint64_t now) {
    return CacheReader(state_->shared, state_->objects, now).read(user, id);
}

std::optional<RepositoryAccess> AccessCache::peek(CacheUser& user, const RecordId& host,
                                                  std::string_view repository, std::uint64_t now) {
    CacheReader reader(state_->shared, state_->objects, now);
    const Peeked peeked = reader.peek(user, host, repository);
    if (!peeked.sure) {
        return std::nullopt;
    }
    RepositoryAccess access{peeked.listed, peeked.is_public, reader.profile(peeked.profile)};
    if (!access.profile) {
        return std::nullopt;
    }
    return access;
}

bool AccessCache::store(CacheUser& user, const RecordId& id, AccessRecord& record,
                        std::uint64_t purges, std::uint64_t now) {
    const SipKey& key = state_->shared.zone.key();
    Digest names{};
    Digest profile{};
    if (record.names) {
        names = identity_of(*record.names, key);
        record.names = state_->objects.share(names, std::move(record.names));
    }
    if (record.profile) {
        profile = identity_of(*record.profile, key);
        record.profile = state_->objects.share(profile, std::move(record.profile));
    }
    const bool stored =
        CacheWriter(state_->shared, now).store(user, id, record, names, profile, purges);
    if (!stored) {
        const Section section(state_->shared);
        ++state_->shared.zone.header().counters.store_failures;
    }
    return stored;
}

Begun AccessCache::State::begin_once(CacheUser& user, const Question& question, std::uint64_t now,
                                     std::uint32_t dead_owner, std::uint32_t& owner) noexcept {
    Begun begun;
    const Section section(shared);
    zone::LookupSlot& lookup = slot(user, now);
    if (dead_owner != 0) {
        zone::end_claim_of(shared.zone, lookup.id, question.id, dead_owner);
    }
    const zone::ClaimRequest request = claim(lookup.id, question, now);
    const zone::ClaimTaken taken = zone::take_claim(shared.zone, request);
    owner = taken.owner;
    if (!section.sound()) {
        return begun;  // nobody is asking: everything has been dropped
    }
    if (taken.outcome == zone::ClaimTaken::Outcome::others) {
        begun.outcome = Begun::Outcome::wait;
        return begun;
    }
    if (taken.outcome == zone::ClaimTaken::Outcome::failed) {
        begun.outcome = Begun::Outcome::failed;
        begun.failure = failure_of(taken.failure);
        return begun;
    }
    const zone::Admission admission = zone::admit(lookup, now, question.until);
    if (!admission.admitted) {
        zone::settle_claim(shared.zone, request, taken.ticket, 0);
        begun.outcome = Begun::Outcome::closed;
        begun.retry_after = admission.retry_after;
        return begun;
    }
    begun.ticket = taken.ticket;
    begun.probe = admission.probe;
    return begun;
}

Begun AccessCache::begin(CacheUser& user, const Question& question, std::uint64_t now) {
    std::uint32_t owner = 0;
    Begun begun = state_->begin_once(user, question, now, 0, owner);
    if (begun.outcome == Begun::Outcome::wait && !state_->shared.memory.alive(owner)) {
        begun = state_->begin_once(user, question, now, owner, owner);
    }
    return begun;
}

CircuitChange AccessCache::finish(CacheUser& user, const Question& question, const Begun& begun,
                                  LookupStatus status, std::uint64_t now) {
    const Section section(state_->shared);
    zone::LookupSlot& lookup = state_->slot(user, now);
    const bool failed = is_failure(status);
    zone::settle_claim(state_->shared.zone, state_->claim(lookup.id, question, now), begun.ticket,
                       failed ? failure_code(status) : 0);
    if (failed) {
        const std::uint32_t number = state_->number_of(question.id);
        return zone::source_failed(lookup, {status, number, question.waiting, begun.probe}, now);
    }
    const CircuitChange change = zone::source_answered(lookup, now);
    if (change == CircuitChange::closed) {
        // Stale answers that workers keep for themselves may no longer be used.
        state_->shared.zone.header().epoch.fetch_add(1);
    }
    return change;
}

void AccessCache::give_up(CacheUser& user, const Question& question, const Begun& begun,
                          std::uint64_t now) {
    const Section section(state_->shared);
    zone::LookupSlot& lookup = state_->slot(user, now);
    zone::settle_claim(state_->shared.zone, state_->claim(lookup.id, question, now), begun.ticket,
                       0);
    if (begun.probe) {
        zone::probe_given_up(lookup);
    }
}

CircuitState AccessCache::circuit(CacheUser& user, std::uint64_t now) {
    const Section section(state_->shared);
    if (!section.sound()) {
        return {};
    }
    return zone::circuit_of(zone::find_slot(state_->shared.zone, user.fingerprint, user.hint, now),
                            now);
}

bool AccessCache::purge_host(std::string_view uuid) {
    const RecordId id = host_id(uuid);
    const Section section(state_->shared);
    Zone& zone = state_->shared.zone;
    bool found = false;
    for (std::size_t i = 0; i < zone::kLookupSlots && section.sound(); ++i) {
        const std::uint16_t lookup = zone.lookup_slots()[i].id;
        const Cell cell = lookup == 0 ? kNoCell : zone::find_record(zone, lookup, id);
        if (cell != kNoCell) {
            zone::remove_record(zone, cell);
            found = true;
        }
    }
    zone::end_claims(zone, &id);
    zone.header().epoch.fetch_add(1);
    zone.header().purges.fetch_add(1);
    ++zone.header().counters.purges;
    return found;
}

bool AccessCache::purge_all() {
    const Section section(state_->shared);
    Zone& zone = state_->shared.zone;
    const bool found = zone.header().newest != kNoCell;
    zone.forget_answers();
    ++zone.header().counters.purges;
    return found;
}

void AccessCache::count_local_hit() noexcept {
    if (++state_->local_hits == kLocalHitsAtOnce) {
        const Section section(state_->shared);
        state_->shared.zone.header().counters.hits += std::exchange(state_->local_hits, 0);
    }
}

CacheStatistics AccessCache::statistics() noexcept {
    const Section section(state_->shared);
    Zone& zone = state_->shared.zone;
    zone::Header& head = zone.header();
    head.counters.hits += std::exchange(state_->local_hits, 0);
    const zone::Layout& layout = zone.layout();
    const zone::LookupSlot* const slots = zone.lookup_slots();
    CacheStatistics statistics{};
    statistics.hosts = head.records[static_cast<std::size_t>(RecordKind::host)];
    statistics.environments = head.records[static_cast<std::size_t>(RecordKind::environment)];
    statistics.lookups = static_cast<std::uint64_t>(
        std::count_if(slots, slots + zone::kLookupSlots,
                      [](const zone::LookupSlot& slot) { return slot.id != 0; }));
    statistics.bytes = state_->shared.memory.size();
    statistics.free_bytes = bytes_of(zone.free_cells(), layout);
    statistics.used_bytes = bytes_of(layout.cell_count - zone.free_cells() - 1, layout);
    statistics.hits = head.counters.hits;
    statistics.misses = head.counters.misses;
    statistics.stores = head.counters.stores;
    statistics.store_failures = head.counters.store_failures;
    statistics.evictions = head.counters.evictions;
    statistics.purges = head.counters.purges;
    statistics.resets = head.counters.resets;
    return statistics;
}

std::uint64_t AccessCache::epoch() const noexcept {
    return state_->shared.zone.header().epoch.load(std::memory_order_relaxed);
}

std::uint64_t AccessCache::purges() const noexcept {
    return state_->shared.zone.header().purges.load(std::memory_order_relaxed);
}

}  // namespace certguard
