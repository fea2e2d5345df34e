#include "cache_reader.hpp"

#include <algorithm>
#include <utility>

#include "certguard/limits.hpp"
#include "zone/blobs.hpp"
#include "zone/content.hpp"
#include "zone/id_set.hpp"
#include "zone/lookup_slots.hpp"
#include "zone/records.hpp"

namespace certguard {

using zone::Blob;
using zone::BlobType;
using zone::Cell;
using zone::ContentReader;
using zone::kNoCell;
using zone::Section;
using zone::Zone;

namespace {

constexpr std::size_t kNamesAtOnce = 256;  // in one critical section
constexpr std::size_t kBytesAtOnce = 64u << 10;
constexpr int kMostTries = 3;  // when what was found is evicted before it is read

/// The times and the state of a record; not what it refers to.
AccessRecord facts_of(const zone::Record& stored) noexcept {
    AccessRecord record;
    record.state = static_cast<RecordState>(stored.state);
    record.fetched_at = zone::fetched_at(stored);
    record.fresh_until = record.fetched_at + stored.fresh_for;
    record.usable_until = record.fetched_at + stored.usable_for;
    return record;
}

/// One question about one name, within a critical section.
class NameQuestion {
  public:
    NameQuestion(Zone& zone, std::uint16_t lookup, std::string_view name, const Digest& identity,
                 std::uint64_t now) noexcept
        : zone_(zone), lookup_(lookup), now_(now) {
        if (name.size() <= limits::kCachedText) {
            const Cell text = zone::find_blob(zone, BlobType::text, identity);
            number_ = text == kNoCell ? 0 : zone.blob(text).number;
        }
    }

    /// The record under ID when it is known, fresh and not due; null else.
    const zone::Record* good_record(const RecordId& id) noexcept {
        const Cell cell = zone::find_record(zone_, lookup_, id);
        if (cell == kNoCell) {
            return nullptr;
        }
        zone::Record& stored = zone_.record(cell);
        const AccessRecord record = facts_of(stored);
        if (record.state != RecordState::known || now_ >= record.due_at()) {
            return nullptr;
        }
        zone::touch_record(zone_, stored, cell, now_);
        return &stored;
    }

    bool is_in(const zone::Record& record) noexcept {
        if (record.names == kNoCell || number_ == 0) {
            return false;
        }
        const Blob& set = zone::sound_blob(zone_, record.names, BlobType::set);
        ContentReader content(zone_, record.names);
        return zone::has_id(zone_, content, set.number, number_ - 1);
    }

  private:
    Zone& zone_;
    std::uint16_t lookup_;
    std::uint64_t now_;
    std::uint32_t number_ = 0;  // the name's id + 1; 0: it is in no set at all
};

}  // namespace

CacheReader::Texts::Texts(std::size_t most_bytes, std::size_t most_texts) {
    bytes.reserve(most_bytes);
    ends.reserve(most_texts);
}

void CacheReader::Texts::clear() noexcept {
    bytes.clear();
    ends.clear();
    full = false;
}

std::string_view CacheReader::Texts::operator[](std::size_t i) const noexcept {
    const std::size_t begin = i == 0 ? 0 : ends[i - 1];
    return {bytes.data() + begin, ends[i] - begin};
}

/// Adds one text, if it fits: nothing is allocated inside a critical section.
void CacheReader::copy(Cell text, Texts& texts) noexcept {
    const Blob& blob = zone::sound_blob(shared_.zone, text, BlobType::text);
    const std::size_t begin = texts.bytes.size();
    const std::size_t size = zone::content_bytes(blob);
    if (shared_.zone.broken() || begin + size > texts.bytes.capacity() ||
        texts.ends.size() == texts.ends.capacity()) {
        texts.full = true;
        return;
    }
    texts.bytes.resize(begin + size);
    zone::copy_text(shared_.zone, text, texts.bytes.data() + begin);
    texts.ends.push_back(static_cast<std::uint32_t>(begin + size));
}

void CacheReader::report_damage() {
    const Section section(shared_);
    shared_.zone.fault();
}

/// Is that what is ever stored? Who reads it relies on a known host's profile.
bool CacheReader::is_whole(const Found& found, RecordKind kind) noexcept {
    switch (found.record.state) {
        case RecordState::known: return found.has_profile || kind != RecordKind::host;
        case RecordState::unknown_host: return !found.has_profile && !found.has_names;
        case RecordState::misconfigured: return !found.has_names;
        case RecordState::absent: break;
    }
    return false;
}

CacheReader::Found CacheReader::find(CacheUser& user, const RecordId& id) {
    Found found;
    const Section section(shared_);
    Zone& zone = shared_.zone;
    const std::uint16_t lookup = zone::find_slot(zone, user.fingerprint, user.hint, now_).id;
    const Cell cell = zone::find_record(zone, lookup, id);
    if (cell != kNoCell) {
        zone::Record& stored = zone.record(cell);
        zone::touch_record(zone, stored, cell, now_);
        found.record = facts_of(stored);
        if (stored.names != kNoCell) {
            found.has_names = true;
            found.names = zone::sound_blob(zone, stored.names, BlobType::set).identity;
        }
        if (stored.profile != kNoCell) {
            found.has_message = found.record.state == RecordState::misconfigured;
            found.has_profile = !found.has_message;
            const BlobType type = found.has_message ? BlobType::text : BlobType::profile;
            found.profile = zone::sound_blob(zone, stored.profile, type).identity;
        }
        if (!is_whole(found, id.kind)) {
            zone.fault();
        }
    }
    if (id.kind == RecordKind::host) {
        const bool hit = found.record.is_fresh(now_);
        ++(hit ? zone.header().counters.hits : zone.header().counters.misses);
    }
    return section.sound() ? found : Found{};
}

/// Turns identities into objects. False when something is gone meanwhile.
bool CacheReader::add_objects(Found& found) {
    if (found.has_names) {
        found.record.names = names(found.names);
    }
    if (found.has_profile) {
        found.record.profile = profile(found.profile);
    }
    if (found.has_message) {
        found.record.message = message(found.profile);
    }
    return found.has_names == (found.record.names != nullptr) &&
           found.has_profile == (found.record.profile != nullptr);
}

AccessRecord CacheReader::read(CacheUser& user, const RecordId& id) {
    for (int i = 0; i < kMostTries; ++i) {
        Found found = find(user, id);
        if (add_objects(found)) {
            return std::move(found.record);
        }
    }
    return {};
}

std::shared_ptr<const NameSet> CacheReader::names(const Digest& identity) {
    if (auto in_use = objects_.names(identity)) {
        return in_use;
    }
    Cell set = kNoCell;
    {
        const Section section(shared_);
        set = zone::find_blob(shared_.zone, BlobType::set, identity);
        if (set == kNoCell || !hold_.begin(shared_.zone, now_)) {
            return nullptr;
        }
        zone::hold_blob(shared_.zone, set);
    }
    NameList list;
    const bool complete = copy_names(set, list);
    {
        const Section section(shared_);
        if (!hold_.still_held(shared_.zone)) {
            return nullptr;
        }
        zone::drop_blob(shared_.zone, set);
        hold_.end(shared_.zone);
    }
    if (!complete) {
        return nullptr;
    }
    auto names = std::make_shared<const NameSet>(std::move(list));
    if (identity_of(*names, shared_.zone.key()) != identity) {
        report_damage();
        return nullptr;
    }
    return objects_.share(identity, std::move(names));
}

/// The names of a set that hold_ keeps from going.
bool CacheReader::copy_names(Cell set, NameList& names) {
    Texts texts(kBytesAtOnce, kNamesAtOnce);
    std::uint32_t from = 0;
    for (bool more = true; more;) {
        texts.clear();
        {
            const Section section(shared_);
            Zone& zone = shared_.zone;
            if (!hold_.still_held(zone)) {
                return false;
            }
            const Blob& blob = zone::sound_blob(zone, set, BlobType::set);
            ContentReader content(zone, set);
            std::uint32_t ids[kNamesAtOnce];
            const std::size_t found =
                zone::collect_ids(zone, content, blob.number, from, ids, kNamesAtOnce);
            for (std::size_t i = 0; i < found && !texts.full; ++i) {
                if (const Cell* text = zone.name_id(ids[i])) {
                    copy(*text, texts);
                }
            }
            if (!section.sound()) {
                return false;
            }
            const std::size_t copied = texts.ends.size();
            more = copied != 0 && (copied < found || found == kNamesAtOnce);
            from = copied == 0 ? from : ids[copied - 1] + 1;
        }
        for (std::size_t i = 0; i < texts.ends.size(); ++i) {
            names.emplace_back(texts[i]);
        }
    }
    return true;
}

std::string CacheReader::message(const Digest& identity) {
    Texts texts(limits::kCachedText, 1);
    {
        const Section section(shared_);
        const Cell cell = zone::find_blob(shared_.zone, BlobType::text, identity);
        if (cell != kNoCell) {
            copy(cell, texts);
        }
    }
    return texts.ends.empty() ? std::string() : std::string(texts[0]);
}

std::shared_ptr<const HostProfile> CacheReader::profile(const Digest& identity) {
    if (auto in_use = objects_.profile(identity)) {
        return in_use;
    }
    Texts texts(limits::kProfileBytes, 1 + 2 * limits::kHostEnvironments);
    {
        const Section section(shared_);
        const Cell cell = zone::find_blob(shared_.zone, BlobType::profile, identity);
        if (cell == kNoCell) {
            return nullptr;
        }
        ContentReader content(shared_.zone, cell);
        for (std::size_t i = 0; i < content.size() && !texts.full; ++i) {
            copy(content.word(i), texts);
        }
        if (!section.sound() || texts.ends.empty()) {
            return nullptr;
        }
    }
    HostProfile profile;
    profile.organization = texts[0];
    for (std::size_t i = 1; i + 1 < texts.ends.size(); i += 2) {
        profile.environments.push_back({std::string(texts[i]), std::string(texts[i + 1])});
    }
    if (identity_of(profile, shared_.zone.key()) != identity) {
        report_damage();
        return nullptr;
    }
    return objects_.share(identity, std::make_shared<const HostProfile>(std::move(profile)));
}

Peeked CacheReader::peek(CacheUser& user, const RecordId& host, std::string_view repository) {
    const SipKey key = shared_.zone.key();
    const Digest identity = siphash(key, repository);
    const Section section(shared_);
    Zone& zone = shared_.zone;
    if (!(zone.key() == key)) {
        return {};  // the memory began anew, and the name is another one in it
    }
    const std::uint16_t lookup = zone::find_slot(zone, user.fingerprint, user.hint, now_).id;
    NameQuestion question(zone, lookup, repository, identity, now_);
    Peeked peeked;
    const zone::Record* record = question.good_record(host);
    if (record == nullptr || record->profile == kNoCell) {
        return {};
    }
    peeked.listed = question.is_in(*record);
    peeked.profile = zone::sound_blob(zone, record->profile, BlobType::profile).identity;
    ContentReader profile(zone, record->profile);
    for (std::size_t i = 2; i < profile.size() && section.sound(); i += 2) {
        const Blob& key = zone.blob(profile.word(i));
        if (zone::content_bytes(key) == 0) {
            continue;  // nothing to ask about this environment
        }
        const zone::Record* names = question.good_record({RecordKind::environment, key.identity});
        if (names == nullptr) {
            return {};
        }
        peeked.listed = peeked.listed || question.is_in(*names);
    }
    const zone::Record* open = question.good_record({RecordKind::open, {}});
    if (open == nullptr) {
        return {};
    }
    peeked.is_public = question.is_in(*open);
    ++zone.header().counters.hits;
    peeked.sure = section.sound();
    return peeked;
}

}  // namespace certguard
