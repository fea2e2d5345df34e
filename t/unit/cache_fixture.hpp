// A cache in shared memory for tests, and other processes that use the same memory.
#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "certguard/access_cache.hpp"
#include "certguard/limits.hpp"
#include "shared_test_memory.hpp"

namespace certguard {

inline std::string host_uuid(unsigned number) {
    char uuid[40];
    std::snprintf(uuid, sizeof uuid, "%08x-0d1c-4f2a-9e7b-%012x", number * 2654435761u, number);
    return uuid;
}

inline const std::string kHost = "5a6f1cf2-0d1c-4f2a-9e7b-1f2e3d4c5b6a";

/// Names as Katello makes them.
inline NameList many_names(const std::string& environment, std::size_t count) {
    NameList names;
    for (std::size_t i = 0; i < count; ++i) {
        names.push_back("acme/" + environment + "/web/product/repository" + std::to_string(i));
    }
    return names;
}

inline std::shared_ptr<const HostProfile> profile(std::string organization,
                                                  std::vector<EnvironmentRef> environments) {
    return std::make_shared<const HostProfile>(
        HostProfile{std::move(organization), std::move(environments)});
}

/// An answer of NOW that is fresh for five minutes and may be used for an hour more.
inline AccessRecord known(std::uint64_t now, NameList names) {
    AccessRecord record;
    record.state = RecordState::known;
    record.fetched_at = now;
    record.fresh_until = now + 300'000;
    record.usable_until = now + 3'900'000;
    record.profile = profile("ACME", {});
    record.names = std::make_shared<const NameSet>(std::move(names));
    return record;
}

/// A process (or several pretended ones) at one zone.
class CacheProcess {
  public:
    CacheProcess(TestZone& zone, std::uint32_t process)
        : memory(zone, process), cache_(AccessCache::attach(memory)) {
        REQUIRE(cache_);
    }

    AccessCache* operator->() { return cache_.get(); }
    AccessCache& cache() { return *cache_; }

    bool store_host(std::string_view uuid, AccessRecord& record, std::uint64_t now) {
        return cache_->store(user, cache_->host_id(uuid), record, cache_->purges(), now);
    }
    bool store_environment(std::string_view key, AccessRecord& record, std::uint64_t now) {
        return cache_->store(user, cache_->environment_id(key), record, cache_->purges(), now);
    }
    bool store_open(AccessRecord& record, std::uint64_t now) {
        return cache_->store(user, cache_->open_id(), record, cache_->purges(), now);
    }
    AccessRecord read_host(std::string_view uuid, std::uint64_t now) {
        return cache_->read(user, cache_->host_id(uuid), now);
    }
    std::optional<RepositoryAccess> peek(std::string_view uuid, std::string_view repository,
                                         std::uint64_t now) {
        return cache_->peek(user, cache_->host_id(uuid), repository, now);
    }
    AccessCache::Question question(std::string_view uuid, std::uint64_t now) {
        return {cache_->host_id(uuid), now, now + 7'000};
    }

    SharedTestMemory memory;
    CacheUser user{{42}, 0};

  private:
    std::unique_ptr<AccessCache> cache_;
};

struct ZoneHolder {
    explicit ZoneHolder(std::size_t size) : zone(size) {}
    TestZone zone;
};

class CacheFixture : public ZoneHolder, public CacheProcess {
  public:
    explicit CacheFixture(std::size_t size = 1u << 20)
        : ZoneHolder(size), CacheProcess(ZoneHolder::zone, 1) {}
};

class OtherProcess : public CacheProcess {
  public:
    explicit OtherProcess(CacheFixture& fixture, std::uint32_t process = 2)
        : CacheProcess(fixture.zone, process) {}
};

}  // namespace certguard
