// A host as the cache alone can tell it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "certguard/access_cache.hpp"

namespace certguard {

struct CachedHost {
    /// Fresh answers to all that is asked about the host; else everything here is empty.
    bool is_fresh = false;
    RecordState state = RecordState::absent;
    std::shared_ptr<const HostAccess> access;  // of a known host
    std::string message;                       // misconfigured
    std::uint64_t due_at = 0;                  // when the first of the records should be refreshed
    std::uint64_t fresh_until = 0;             // when the first of them is no longer fresh
    /// What is due already: the host itself, environments by their key, the public names.
    struct Due {
        RecordId id;
        std::string environment_key;
    };
    std::vector<Due> due;
};

CachedHost read_cached_host(AccessCache& cache, CacheUser& user, const RecordId& host,
                            std::uint64_t now);

}  // namespace certguard
