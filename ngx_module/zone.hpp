// The shared memory zone: what lookups have learned and what all workers count. It survives
// reloads; only another size makes nginx begin a new one.
#pragma once

#include "ngx_cpp.hpp"

#include "certguard/shared_memory.hpp"

namespace certguard::ngx {

inline constexpr std::size_t kDefaultZoneSize = 16u << 20;
inline constexpr std::size_t kLeastZoneSize = 256u << 10;

/// Asks nginx for the zone when it is done with the configuration. Null when there is no memory.
ngx_shm_zone_t* add_zone(ngx_conf_t* cf, std::size_t size) noexcept;

/// The part of the zone that belongs to the cache, as a worker sees it. Its lock is the zone's own
/// mutex, because the master releases that one when a worker dies with it.
class ZoneMemory final : public SharedMemory {
  public:
    /// ZONE must have been set up by nginx.
    explicit ZoneMemory(const ngx_shm_zone_t& zone) noexcept;

    void* base() const noexcept override;
    std::size_t size() const noexcept override;
    void lock() noexcept override;
    void unlock() noexcept override;

    /// Counters::bytes() of zeros, or of what earlier workers have counted. Null when the zone was
    /// made by another version of the module, with less room for them.
    void* counters() const noexcept;

  private:
    ngx_slab_pool_t* pool_;
};

}  // namespace certguard::ngx
