#include "cache_writer.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "certguard/limits.hpp"
#include "zone/content.hpp"
#include "zone/id_set.hpp"
#include "zone/lookup_slots.hpp"
#include "zone/records.hpp"

namespace certguard {

using zone::BlobType;
using zone::Cell;
using zone::kNoCell;
using zone::Section;

namespace {

// What one critical section does at most: texts to add or to drop, and the same in other work.
constexpr std::size_t kTextsAtOnce = 64;
constexpr std::size_t kReleasedAtOnce = 64;
constexpr std::size_t kEvictionWork = 4;
constexpr std::size_t kTidyRounds = 4;

std::size_t words_in(std::size_t bytes) noexcept {
    return (bytes + 3) / 4;
}

std::uint32_t span(std::uint64_t from, std::uint64_t until) noexcept {
    const std::uint64_t length = until > from ? until - from : 0;
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(length, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

void CacheWriter::Batch::clear() noexcept {
    texts.clear();
    words.clear();
    cells = 0;
}

bool CacheWriter::prepare(std::string_view text, Batch& batch) const {
    if (text.size() > limits::kCachedText) {
        return false;
    }
    const std::size_t first = batch.words.size();
    const std::size_t words = words_in(text.size());
    batch.words.resize(first + words, 0);
    if (!text.empty()) {  // else there may be no words at all to copy to
        std::memcpy(batch.words.data() + first, text.data(), text.size());
    }
    batch.texts.push_back({siphash(shared_.zone.key(), text), first, text.size()});
    batch.cells += zone::cells_for(words);
    return true;
}

bool CacheWriter::make_room(std::size_t cells, std::size_t name_ids) {
    const std::size_t all = shared_.zone.layout().cell_count;
    if (cells > all / 2) {
        return false;
    }
    // Each round frees something or is the last; the bound is for memory that lies.
    for (std::size_t round = 0; round < 16 + all; ++round) {
        const Section section(shared_);
        zone::Zone& zone = shared_.zone;
        for (std::size_t work = 0; work < kTextsAtOnce && section.sound();) {
            if (!hold_.still_held(zone)) {
                return false;
            }
            if (zone.free_cells() >= cells && zone::free_name_ids(zone) >= name_ids) {
                return true;
            }
            if (zone.header().dying_sets != kNoCell) {
                zone::release_some(zone, kReleasedAtOnce);
                work += kReleasedAtOnce;
            } else if (zone::evict_oldest(zone)) {
                work += kEvictionWork;
            } else {
                return false;
            }
        }
    }
    return false;
}

bool CacheWriter::add_texts(const Batch& batch, std::vector<Cell>& cells,
                            std::vector<std::uint32_t>* name_ids) {
    if (!make_room(batch.cells, name_ids == nullptr ? 0 : batch.texts.size())) {
        return false;
    }
    cells.reserve(cells.size() + batch.texts.size());
    if (name_ids != nullptr) {
        name_ids->reserve(name_ids->size() + batch.texts.size());
    }
    const Section section(shared_);
    zone::Zone& zone = shared_.zone;
    if (!hold_.still_held(zone)) {
        return false;
    }
    for (const Text& text : batch.texts) {
        Cell cell = zone::find_blob(zone, BlobType::text, text.identity);
        if (cell != kNoCell) {
            zone::hold_blob(zone, cell);
        } else {
            cell = zone::add_blob(zone, {BlobType::text, text.identity,
                                         batch.words.data() + text.first_word, text.bytes, 0});
        }
        if (cell == kNoCell || !section.sound()) {
            return false;
        }
        cells.push_back(cell);
        std::uint32_t id = 0;
        if (name_ids != nullptr) {
            if (!zone::name_id_of(zone, cell, id)) {
                return false;
            }
            name_ids->push_back(id);
        }
    }
    return true;
}

void CacheWriter::drop_texts(const std::vector<Cell>& cells) {
    for (std::size_t first = 0; first < cells.size(); first += kTextsAtOnce) {
        const Section section(shared_);
        if (!hold_.still_held(shared_.zone)) {
            return;
        }
        const std::size_t end = std::min(cells.size(), first + kTextsAtOnce);
        for (std::size_t i = first; i < end && section.sound(); ++i) {
            zone::drop_blob(shared_.zone, cells[i]);
        }
    }
}

bool CacheWriter::hold_existing(BlobType type, const Digest& identity, Cell& found) {
    const Section section(shared_);
    if (!hold_.still_held(shared_.zone)) {
        return false;
    }
    found = zone::find_blob(shared_.zone, type, identity);
    if (found != kNoCell) {
        zone::hold_blob(shared_.zone, found);
    }
    return found != kNoCell && section.sound();
}

/// Makes a blob of WORDS, which takes over the references on TEXTS; or drops these, when another
/// process was faster or there is no room.
bool CacheWriter::add_shared(BlobType type, const Digest& identity,
                             const std::vector<std::uint32_t>& words, std::size_t count,
                             const std::vector<Cell>& texts, Cell& found) {
    const bool room = make_room(zone::cells_for(words.size()), 0);
    if (!hold_existing(type, identity, found) && room) {
        const Section section(shared_);
        if (hold_.still_held(shared_.zone)) {
            found = zone::add_blob(shared_.zone, {type, identity, words.data(), words.size() * 4,
                                                  static_cast<std::uint32_t>(count)});
        }
        if (found != kNoCell && section.sound()) {
            return true;
        }
    }
    drop_texts(texts);
    return found != kNoCell;
}

bool CacheWriter::add_names(const NameSet& names, const Digest& identity, Cell& found) {
    if (names.empty() || hold_existing(BlobType::set, identity, found)) {
        return true;
    }
    const zone::Layout& layout = shared_.zone.layout();
    std::vector<Cell> texts;
    std::vector<std::uint32_t> ids;
    Batch batch;
    bool good = names.size() <= layout.name_id_count / 2;
    NameSet::Cursor cursor(names);
    for (bool more = cursor.next(); good && more;) {
        good = prepare(cursor.name(), batch);
        more = cursor.next();
        if (good && (!more || batch.texts.size() == kTextsAtOnce ||
                     batch.cells >= layout.cell_count / 16)) {
            good = add_texts(batch, texts, &ids);
            batch.clear();
        }
    }
    if (!good) {
        drop_texts(texts);
        return false;
    }
    std::sort(ids.begin(), ids.end());
    return add_shared(BlobType::set, identity, zone::encode_ids(ids), ids.size(), texts, found);
}

bool CacheWriter::add_profile(const HostProfile& profile, const Digest& identity, Cell& found) {
    if (profile.environments.size() > limits::kHostEnvironments) {
        return false;
    }
    if (hold_existing(BlobType::profile, identity, found)) {
        return true;
    }
    Batch batch;
    bool good = prepare(profile.organization, batch);
    for (const EnvironmentRef& environment : profile.environments) {
        good = good && prepare(environment.label, batch) && prepare(environment.key, batch);
    }
    good = good && batch.words.size() * 4 <= limits::kProfileBytes;
    std::vector<Cell> texts;
    if (!good || !add_texts(batch, texts, nullptr)) {
        drop_texts(texts);
        return false;
    }
    return add_shared(BlobType::profile, identity, texts, 0, texts, found);
}

bool CacheWriter::add_message(std::string_view message, Cell& found) {
    Batch batch;
    std::vector<Cell> texts;
    if (!prepare(message.substr(0, limits::kCachedText), batch) ||
        !add_texts(batch, texts, nullptr)) {
        return false;
    }
    found = texts.front();
    return true;
}

bool CacheWriter::put(CacheUser& user, const RecordId& id, const AccessRecord& record, Cell profile,
                      Cell names, std::uint64_t purges) {
    const Section section(shared_);
    zone::Zone& zone = shared_.zone;
    zone::Header& head = zone.header();
    if (!hold_.still_held(zone)) {
        return false;
    }
    hold_.end(zone);
    const std::uint16_t lookup = zone::find_slot(zone, user.fingerprint, user.hint, now_).id;
    Cell cell = zone::find_record(zone, lookup, id);
    const bool is_new = cell == kNoCell;
    if (is_new && purges == head.purges.load()) {
        cell = zone::add_record(zone, lookup, id);
    }
    if (cell == kNoCell || purges != head.purges.load()) {
        zone::drop_blob(zone, profile);
        zone::drop_blob(zone, names);
        return false;
    }
    zone::Record& stored = zone.record(cell);
    if (!is_new && record.fetched_at < zone::fetched_at(stored)) {
        // Its process stood still for so long that another one has asked the question since.
        zone::drop_blob(zone, profile);
        zone::drop_blob(zone, names);
        return section.sound();
    }
    const auto state = static_cast<std::uint8_t>(record.state);
    // Of a host that is new here workers may still keep what was evicted: fine as long as it holds,
    // but not when the host is gone.
    if (is_new ? record.state != RecordState::known
               : stored.state != state || stored.profile != profile || stored.names != names) {
        head.epoch.fetch_add(1);
    }
    const Cell old_profile = stored.profile;
    const Cell old_names = stored.names;
    stored.state = state & 0xf;
    stored.fetched_low = static_cast<std::uint32_t>(record.fetched_at);
    stored.fetched_high = static_cast<std::uint32_t>(record.fetched_at >> 32);
    stored.fresh_for = span(record.fetched_at, record.fresh_until);
    stored.usable_for = span(record.fetched_at, record.usable_until);
    stored.profile = profile;
    stored.names = names;
    zone::seal_record(zone, stored, cell);
    zone::touch_record(zone, stored, cell, now_);
    zone::drop_blob(zone, old_profile);
    zone::drop_blob(zone, old_names);
    ++head.counters.stores;
    return section.sound();
}

/// Gives back some of what has gone, so that it does not all wait until memory runs out.
void CacheWriter::tidy_up() {
    for (std::size_t round = 0; round < kTidyRounds; ++round) {
        const Section section(shared_);
        if (!zone::release_some(shared_.zone, kReleasedAtOnce)) {
            return;
        }
    }
}

/// Drops the record under ID, because there is a later answer that can't be stored.
void CacheWriter::forget(CacheUser& user, const RecordId& id, std::uint64_t purges) {
    const Section section(shared_);
    zone::Zone& zone = shared_.zone;
    const std::uint16_t lookup = zone::find_slot(zone, user.fingerprint, user.hint, now_).id;
    const Cell cell = zone::find_record(zone, lookup, id);
    if (cell != kNoCell && purges == zone.header().purges.load()) {
        zone::remove_record(zone, cell);
        zone.header().epoch.fetch_add(1);
    }
}

bool CacheWriter::store(CacheUser& user, const RecordId& id, const AccessRecord& record,
                        const Digest& names_identity, const Digest& profile_identity,
                        std::uint64_t purges) {
    bool held = false;
    {
        const Section section(shared_);
        held = hold_.begin(shared_.zone, now_);
    }
    if (!held) {
        forget(user, id, purges);
        return false;
    }
    Cell names = kNoCell;
    Cell profile = kNoCell;
    const bool good =
        (!record.names || add_names(*record.names, names_identity, names)) &&
        (!record.profile || add_profile(*record.profile, profile_identity, profile)) &&
        (record.message.empty() || record.profile || add_message(record.message, profile)) &&
        make_room(1, 0);
    if (good) {
        const bool stored = put(user, id, record, profile, names, purges);
        tidy_up();
        return stored;
    }
    {
        const Section section(shared_);
        if (hold_.still_held(shared_.zone)) {
            zone::drop_blob(shared_.zone, names);
            zone::drop_blob(shared_.zone, profile);
            hold_.end(shared_.zone);
        }
    }
    tidy_up();
    forget(user, id, purges);
    return false;
}

}  // namespace certguard
