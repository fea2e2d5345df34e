// The lookups of the policy as one worker asks them, each with its own HTTP client.
#pragma once

#include "ngx_cpp.hpp"

#include <memory>
#include <vector>

#include "certguard/access_cache.hpp"
#include "certguard/host_lookup.hpp"
#include "certguard/name_resolver.hpp"
#include "certguard/policy.hpp"
#include "nginx_event_loop.hpp"
#include "worker_counters.hpp"

namespace certguard::ngx {

/// The name that the guard's lookup has in the policy; null when it needs none.
const std::string* lookup_name(const GuardSettings& guard) noexcept;
bool needs_lookups(const Policy& policy) noexcept;

class WorkerLookups {
  public:
    /// ADDRESSES: what the master has found for the urls of POLICY.lookups, in the same order;
    /// empty where it found nothing, or nothing was to be found. POLICY, MEMORY and COUNTERS, which
    /// may be null, must outlive the object.
    WorkerLookups(const Policy& policy, const std::vector<AddressList>& addresses,
                  SharedMemory& memory, WorkerCounters* counters);
    ~WorkerLookups();

    /// The one that GUARD of the policy needs; null when it can't be asked, which the log has told.
    HostLookup* find(const Guard& guard) noexcept;
    /// The one at that place in Policy::lookups; null when no guard needs it.
    const HostLookup* at(std::size_t lookup) const noexcept;
    std::size_t questions() const noexcept;  // under way
    AccessCache* cache() noexcept { return cache_.get(); }
    /// The worker is about to exit: no refreshes from now on; who waits is still answered.
    void drain();

  private:
    struct Lookup;

    const Policy& policy_;
    NginxEventLoop loop_;
    std::unique_ptr<AccessCache> cache_;
    std::vector<std::unique_ptr<Lookup>> lookups_;  // as policy.lookups; null: nobody needs it
    std::vector<HostLookup*> of_guards_;            // as policy.guards
};

}  // namespace certguard::ngx
