#include "zone.hpp"

namespace certguard::ngx {
namespace {

/// What the zone's slab pool is asked for, once: all the pages that it has, in one piece.
struct Block {
    void* base;
    std::size_t size;
};

ngx_slab_pool_t* pool_of(const ngx_shm_zone_t& zone) noexcept {
    return reinterpret_cast<ngx_slab_pool_t*>(zone.shm.addr);
}

Block* block_of(const ngx_slab_pool_t* pool) noexcept {
    return static_cast<Block*>(pool->data);
}

ngx_int_t init_zone(ngx_shm_zone_t* zone, void* of_old_cycle) noexcept {
    ngx_slab_pool_t* const pool = pool_of(*zone);
    if (of_old_cycle != nullptr || zone->shm.exists) {
        return NGX_OK;  // in use: what it holds tells by itself which configuration it is of
    }
    auto* const block = static_cast<Block*>(ngx_slab_calloc(pool, sizeof(Block)));
    if (block != nullptr) {
        block->size = pool->pfree * ngx_pagesize;
        block->base = ngx_slab_alloc(pool, block->size);
    }
    if (block == nullptr || block->base == nullptr) {
        ngx_log_error(NGX_LOG_EMERG, zone->shm.log, 0, "certguard_zone: too small");
        return NGX_ERROR;
    }
    pool->data = block;
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
    return block_of(pool_)->base;
}

std::size_t ZoneMemory::size() const noexcept {
    return block_of(pool_)->size;
}

void ZoneMemory::lock() noexcept {
    ngx_shmtx_lock(&pool_->mutex);
}

void ZoneMemory::unlock() noexcept {
    ngx_shmtx_unlock(&pool_->mutex);
}

}  // namespace certguard::ngx
