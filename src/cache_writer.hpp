// Stores one answer in the cache: in steps of bounded length, each a critical section of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "certguard/access_cache.hpp"
#include "zone/blobs.hpp"
#include "zone/section.hpp"

namespace certguard {

class CacheWriter {
  public:
    CacheWriter(zone::SharedZone& shared, std::uint64_t now) noexcept
        : shared_(shared), now_(now) {}

    /// NAMES and PROFILE are the identities of what RECORD has. See AccessCache::store().
    bool store(CacheUser& user, const RecordId& id, const AccessRecord& record, const Digest& names,
               const Digest& profile, std::uint64_t purges);

  private:
    struct Text {
        Digest identity;
        std::size_t first_word;
        std::size_t bytes;
    };
    /// Texts on their way into the cache.
    struct Batch {
        std::vector<Text> texts;
        std::vector<std::uint32_t> words;
        std::size_t cells = 0;
        void clear() noexcept;
    };

    bool prepare(std::string_view text, Batch& batch) const;
    bool make_room(std::size_t cells, std::size_t name_ids);
    bool add_texts(const Batch& batch, std::vector<zone::Cell>& cells,
                   std::vector<std::uint32_t>* name_ids);
    void drop_texts(const std::vector<zone::Cell>& cells);
    bool add_shared(zone::BlobType type, const Digest& identity,
                    const std::vector<std::uint32_t>& words, std::size_t count,
                    const std::vector<zone::Cell>& texts, zone::Cell& found);
    bool hold_existing(zone::BlobType type, const Digest& identity, zone::Cell& found);
    bool add_names(const NameSet& names, const Digest& identity, zone::Cell& found);
    bool add_profile(const HostProfile& profile, const Digest& identity, zone::Cell& found);
    bool add_message(std::string_view message, zone::Cell& found);
    bool put(CacheUser& user, const RecordId& id, const AccessRecord& record, zone::Cell profile,
             zone::Cell names, std::uint64_t purges);
    void tidy_up();
    void forget(CacheUser& user, const RecordId& id, std::uint64_t purges);

    zone::SharedZone& shared_;
    std::uint64_t now_;
    zone::HoldScope hold_;
};

}  // namespace certguard
