#include "cached_host.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace certguard {

namespace {

/// Takes the records of one host together, as long as all of them are fresh.
class Assembly {
  public:
    Assembly(AccessCache& cache, CacheUser& user, std::uint64_t now)
        : cache_(cache), user_(user), now_(now) {
        host_.due_at = host_.fresh_until = std::numeric_limits<std::uint64_t>::max();
    }

    /// The record under ID when it is fresh.
    std::optional<AccessRecord> read(const RecordId& id, const std::string& environment_key) {
        AccessRecord record = cache_.read(user_, id, now_);
        if (!record.is_fresh(now_)) {
            return std::nullopt;
        }
        host_.due_at = std::min(host_.due_at, record.due_at());
        host_.fresh_until = std::min(host_.fresh_until, record.fresh_until);
        if (now_ >= record.due_at()) {
            host_.due.push_back({id, environment_key});
        }
        return record;
    }

    CachedHost& host() { return host_; }

  private:
    AccessCache& cache_;
    CacheUser& user_;
    std::uint64_t now_;
    CachedHost host_;
};

bool is_known(const std::optional<AccessRecord>& record) {
    return record && record->state == RecordState::known;
}

}  // namespace

CachedHost read_cached_host(AccessCache& cache, CacheUser& user, const RecordId& id,
                            std::uint64_t now) {
    Assembly assembly(cache, user, now);
    std::optional<AccessRecord> host = assembly.read(id, {});
    if (!host) {
        return {};
    }
    CachedHost& result = assembly.host();
    result.is_fresh = true;
    result.state = host->state;
    result.message = std::move(host->message);
    if (result.state != RecordState::known) {
        return std::move(result);
    }
    std::vector<HostAccess::Names> own{host->names};
    for (const EnvironmentRef& environment : host->profile->environments) {
        if (environment.key.empty()) {
            continue;
        }
        const auto names = assembly.read(cache.environment_id(environment.key), environment.key);
        if (!is_known(names)) {
            return {};
        }
        own.push_back(names->names);
    }
    const auto open = assembly.read(cache.open_id(), {});
    if (!is_known(open)) {
        return {};
    }
    result.access = std::make_shared<const HostAccess>(host->profile, std::move(own), open->names);
    return std::move(result);
}

}  // namespace certguard
