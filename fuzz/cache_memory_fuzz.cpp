// Whatever is in the shared memory: a cache that is attached to it neither crashes nor loops, its
// answers have the form that answers have, and in the end it can be used again.
//
// The first byte of the input says how the rest changes a memory that holds answers: as its first
// bytes, or as pieces at other places (offset, length, bytes); and whether checksums are mended
// afterwards, so that what they protect is reached, too.
#include <sys/random.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cached_host.hpp"
#include "certguard/access_cache.hpp"
#include "certguard/limits.hpp"
#include "zone/blobs.hpp"
#include "zone/records.hpp"
#include "zone/section.hpp"

/// No key is random here, so that an input does the same each time.
extern "C" ssize_t getrandom(void* buffer, std::size_t size, unsigned) {
    std::memset(buffer, 0x5a, size);
    return static_cast<ssize_t>(size);
}

namespace {

using namespace certguard;

constexpr std::size_t kSize = 64u << 10;
constexpr std::uint64_t kNow = 1'000'000;
constexpr std::uint8_t kFirstBytes = 1;  // in the first byte of the input
constexpr std::uint8_t kMended = 2;
constexpr std::uint8_t kDirty = 4;
constexpr const char* kNames[] = {"a/b", "acme/dev/web/prod/nginx", "acme/open", "never/seen"};

void require(bool good) {
    if (!good) {
        std::abort();
    }
}

class Block final : public SharedMemory {
  public:
    Block() : bytes_(static_cast<unsigned char*>(std::aligned_alloc(64, kSize))) {
        std::memset(bytes_.get(), 0, kSize);
    }
    void* base() const noexcept override { return bytes_.get(); }
    std::size_t size() const noexcept override { return kSize; }
    void lock() noexcept override { require(!std::exchange(locked_, true)); }
    void unlock() noexcept override { require(std::exchange(locked_, false)); }
    std::uint32_t self() const noexcept override { return 1; }
    bool alive(std::uint32_t process) const noexcept override { return process == 1; }

    unsigned char* bytes() const noexcept { return bytes_.get(); }

  private:
    struct Free {
        void operator()(unsigned char* bytes) const { std::free(bytes); }
    };
    std::unique_ptr<unsigned char, Free> bytes_;
    bool locked_ = false;
};

std::string host_number(unsigned number) {
    return "0d1c3f2e-8a55-4d3b-9a4e-5f607182930" + std::to_string(number);
}

AccessRecord known(NameList names) {
    AccessRecord record;
    record.state = RecordState::known;
    record.fetched_at = kNow;
    record.fresh_until = kNow + 300'000;
    record.usable_until = kNow + 3'900'000;
    record.names = std::make_shared<const NameSet>(std::move(names));
    return record;
}

AccessRecord known_host(NameList names, std::vector<EnvironmentRef> environments) {
    AccessRecord record = known(std::move(names));
    record.profile =
        std::make_shared<const HostProfile>(HostProfile{"ACME", std::move(environments)});
    return record;
}

/// A memory with some of everything in it.
std::vector<unsigned char> intact() {
    Block memory;
    const auto cache = AccessCache::attach(memory);
    CacheUser user{{42}, 0};
    const auto store = [&](const RecordId& id, AccessRecord record) {
        require(cache->store(user, id, record, cache->purges(), kNow));
    };
    NameList many;
    for (unsigned i = 0; i < 40; ++i) {
        many.push_back("m/" + std::to_string(i * i));
    }
    store(cache->host_id(host_number(0)),
          known_host({"a/b", "a/c"}, {{"Dev/web", "7-5"}, {"Library", ""}}));
    store(cache->host_id(host_number(1)), known_host({}, {{"Dev/web", "7-5"}, {"Dev/db", "8-5"}}));
    store(cache->environment_id("7-5"), known({"acme/dev/web/prod/nginx", "d/e"}));
    store(cache->environment_id("8-5"), known(many));
    store(cache->open_id(), known({"acme/open"}));
    AccessRecord wrong;
    wrong.state = RecordState::misconfigured;
    wrong.fetched_at = kNow;
    wrong.fresh_until = wrong.usable_until = kNow + 30'000;
    wrong.message = "two hosts have this UUID, which can't be right";
    store(cache->host_id(host_number(2)), wrong);
    cache->begin(user, {cache->host_id(host_number(3)), kNow, kNow + 7'000}, kNow);
    return {memory.bytes(), memory.bytes() + kSize};
}

/// Makes the checksums of all records and blobs right, whatever they say now.
void mend(Block& memory) {
    zone::Zone zone(memory.base(), *zone::Layout::of(kSize));
    if (!zone.open()) {
        return;
    }
    const zone::Cell end = std::min(zone.header().cells_begun, zone.layout().cell_count);
    for (zone::Cell cell = 1; cell < end; ++cell) {
        zone::Blob& blob = zone.blob(cell);
        if (zone::type_of(blob) >= zone::BlobType::text &&
            zone::type_of(blob) <= zone::BlobType::dying) {
            std::uint32_t words[zone::kCellBytes / 4];
            std::memcpy(words, &blob, sizeof words);
            blob.check = zone.checksum(words + 2, zone::kCellBytes / 4 - 2, cell);
        }
    }
    for (zone::Cell cell = 1; cell < end; ++cell) {
        zone::Record& record = zone.raw_record(cell);
        if (record.type == zone::kRecordType) {
            zone::seal_record(zone, record, cell);
        }
    }
}

void change(Block& memory, const std::uint8_t* data, std::size_t size) {
    static const std::vector<unsigned char> whole = intact();
    std::memcpy(memory.bytes(), whole.data(), whole.size());
    if (size == 0) {
        return;
    }
    const std::uint8_t how = *data++;
    --size;
    if ((how & kFirstBytes) != 0) {
        std::memcpy(memory.bytes(), data, std::min(size, kSize));
    } else {
        while (size > 3) {
            const std::size_t offset = data[0] | std::size_t{data[1]} << 8;
            const std::size_t length = std::min({std::size_t{data[2]}, size - 3, kSize - offset});
            std::memcpy(memory.bytes() + offset, data + 3, length);
            data += 3 + length;
            size -= 3 + length;
        }
    }
    if ((how & kMended) != 0) {
        mend(memory);
    }
    if ((how & kDirty) == 0) {
        reinterpret_cast<zone::Header*>(memory.bytes())->dirty = 0;
    }
}

void require_names(const std::shared_ptr<const NameSet>& names) {
    if (names) {
        const NameList list = names->list();
        require(std::is_sorted(list.begin(), list.end()));
        require(std::all_of(list.begin(), list.end(), [&](const std::string& name) {
            return name.size() <= limits::kCachedText && names->contains(name);
        }));
    }
}

void require_record(const AccessRecord& record, RecordKind kind) {
    require(record.state <= RecordState::misconfigured);
    require(record.message.size() <= limits::kCachedText);
    require_names(record.names);
    if (record.state == RecordState::known && kind == RecordKind::host) {
        require(record.profile != nullptr);
        require(record.profile->environments.size() <= limits::kHostEnvironments);
    }
}

void use(AccessCache& cache, CacheUser& user, const std::string& host) {
    const RecordId id = cache.host_id(host);
    require_record(cache.read(user, id, kNow), RecordKind::host);
    for (const char* name : kNames) {
        if (const auto access = cache.peek(user, id, name, kNow)) {
            require(access->profile != nullptr);
        }
    }
    const CachedHost cached = read_cached_host(cache, user, id, kNow);
    require(!cached.access || (cached.is_fresh && cached.state == RecordState::known));
    const AccessCache::Question question{id, kNow, kNow + 7'000};
    const Begun begun = cache.begin(user, question, kNow);
    if (begun.outcome == Begun::Outcome::ask) {
        cache.finish(user, question, begun, LookupStatus::unavailable, kNow);
    }
    AccessRecord record = known_host({"n/" + host, "a/b"}, {{"Dev/web", "7-5"}});
    cache.store(user, id, record, cache.purges(), kNow);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Block memory;
    change(memory, data, size);
    const auto cache = AccessCache::attach(memory);
    CacheUser user{{42}, 0};
    for (const char* key : {"7-5", "8-5"}) {
        require_record(cache->read(user, cache->environment_id(key), kNow),
                       RecordKind::environment);
    }
    require_record(cache->read(user, cache->open_id(), kNow), RecordKind::open);
    for (unsigned i = 0; i < 4; ++i) {
        use(*cache, user, host_number(i));
    }
    cache->purge_host(host_number(1));
    cache->statistics();
    cache->purge_all();
    AccessRecord record = known_host({"last"}, {});
    const RecordId id = cache->host_id(host_number(5));
    if (!cache->store(user, id, record, cache->purges(), kNow)) {
        // Damage that is first met here has made it begin anew.
        require(cache->store(user, id, record, cache->purges(), kNow));
    }
    require(cache->read(user, id, kNow).names->list() == NameList{"last"});
    return 0;
}
