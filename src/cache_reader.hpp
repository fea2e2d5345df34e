// Reads answers from the cache, in steps of bounded length, each a critical section of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cache_objects.hpp"
#include "certguard/access_cache.hpp"
#include "zone/section.hpp"

namespace certguard {

/// What AccessCache::peek() finds in one critical section.
struct Peeked {
    bool sure = false;  // everything that says so is fresh, and not due to be refreshed
    bool listed = false;
    bool is_public = false;
    Digest profile{};
};

class CacheReader {
  public:
    CacheReader(zone::SharedZone& shared, CacheObjects& objects, std::uint64_t now) noexcept
        : shared_(shared), objects_(objects), now_(now) {}

    AccessRecord read(CacheUser& user, const RecordId& id);
    Peeked peek(CacheUser& user, const RecordId& host, std::string_view repository);
    /// Null when it is gone meanwhile.
    std::shared_ptr<const HostProfile> profile(const Digest& identity);

  private:
    /// A record and the identities of what it refers to.
    struct Found {
        AccessRecord record;
        bool has_names = false;
        bool has_profile = false;
        bool has_message = false;
        Digest names{};
        Digest profile{};  // or of the message
    };
    /// Texts copied out of one critical section, one after the other.
    struct Texts {
        std::vector<char> bytes;
        std::vector<std::uint32_t> ends;
        bool full = false;  // more would not have fitted
        Texts(std::size_t most_bytes, std::size_t most_texts);
        void clear() noexcept;
        std::string_view operator[](std::size_t i) const noexcept;
    };

    Found find(CacheUser& user, const RecordId& id);
    static bool is_whole(const Found& found, RecordKind kind) noexcept;
    bool add_objects(Found& found);
    std::shared_ptr<const NameSet> names(const Digest& identity);
    std::string message(const Digest& identity);
    bool copy_names(zone::Cell set, NameList& names);
    void copy(zone::Cell text, Texts& texts) noexcept;
    void report_damage();

    zone::SharedZone& shared_;
    CacheObjects& objects_;
    std::uint64_t now_;
    zone::HoldScope hold_;
};

}  // namespace certguard
