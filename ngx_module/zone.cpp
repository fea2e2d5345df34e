#include "zone.hpp"

#include "certguard/counters.hpp"

namespace certguard::ngx {
namespace {

/// What the zone's slab pool is asked for, once: the counters, and all the pages that are left.
struct Blocks {
    void* counters;
    std::size_t counters_size;
    void* cache;
    std::size_t cache_size;
};

ngx_slab_pool_t* pool_of(const ngx_shm_zone_t& zone) noexcept {
    return reinterpret_cast<ngx_slab_pool_t*>(zone.shm.addr);
}

Blocks* blocks_of(const ngx_slab_pool_t* pool) noexcept {
    return static_cast<Blocks*>(pool->data);
}

ngx_int_t init_zone(ngx_shm_zone_t* zone, void* of_old_cycle) noexcept {
    ngx_slab_pool_t* const pool = pool_of(*zone);
    if (of_old_cycle != nullptr || zone->shm.exists) {
        return NGX_OK;  // in use: what it holds tells by itself which configuration it is of
    }
    auto* const blocks = static_cast<Blocks*>(ngx_slab_calloc(pool, sizeof(Blocks)));
    if (blocks != nullptr) {
        blocks->counters_size = Counters::bytes();
        blocks->counters = ngx_slab_calloc(pool, blocks->counters_size);
        blocks->cache_size = pool->pfree * ngx_pagesize;
        blocks->cache = ngx_slab_alloc(pool, blocks->cache_size);
    }
    if (blocks == nullptr || blocks->counters == nullptr || blocks->cache == nullptr) {
        ngx_log_error(NGX_LOG_EMERG, zone->shm.log, 0, "certguard_zone: too small");
        return NGX_ERROR;
    }
    pool->data = blocks;
    return NGX_OK;
}

}  // namespace

ngx_shm_zone_t* add_zone(ngx_conf_t* cf, std::size_t size) noexcept {
    ngx_str_t name = ngx_string("certguard");
    ngx_shm_zone_t* const zone = ngx_shared_memory_add(cf, &name, size, &ngx_http_certguard_module);
    if (zone != nullptr) {
        zone->init = init_zone;
        zone->data = zone;  // tells the next cycle's init_zone() that there is a block already
    }
    return zone;
}

ZoneMemory::ZoneMemory(const ngx_shm_zone_t& zone) noexcept : pool_(pool_of(zone)) {}

void* ZoneMemory::base() const noexcept {
    return blocks_of(pool_)->cache;
}

std::size_t ZoneMemory::size() const noexcept {
    return blocks_of(pool_)->cache_size;
}

void* ZoneMemory::counters() const noexcept {
    const Blocks& blocks = *blocks_of(pool_);
    return blocks.counters_size >= Counters::bytes() ? blocks.counters : nullptr;
}

void ZoneMemory::lock() noexcept {
    ngx_shmtx_lock(&pool_->mutex);
}

void ZoneMemory::unlock() noexcept {
    ngx_shmtx_unlock(&pool_->mutex);
}

}  // namespace certguard::ngx
