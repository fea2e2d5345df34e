// What must not allocate on a request's path. Counts calls of the global operator new, which a
// sanitizer wants for itself.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CERTGUARD_SANITIZED
#endif
#endif
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(CERTGUARD_SANITIZED)

#include <cstdlib>
#include <new>

#include "entitlement_helpers.hpp"
#include "sample_paths.hpp"

namespace {

std::size_t allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size)) {
        return memory;
    }
    throw std::bad_alloc();
}

void operator delete(void* memory) noexcept {
    std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

using namespace certguard::test;

namespace {

template <class Act>
std::size_t allocations_of(Act act) {
    const std::size_t before = allocations;
    act();
    return allocations - before;
}

}  // namespace

TEST_CASE("a path check allocates nothing, whether it hits or misses") {
    CHECK(allocations_of([] { static_cast<void>(std::string(100, 'x')); }) > 0);
    for (const bool v3 : {true, false}) {
        const Paths paths = mixed_paths(420);
        const auto entitlement = good(v3 ? decode_v3(paths) : decode_v1(paths));
        for (const std::string& path : paths) {
            const std::string below = path + "/repodata/repomd.xml";
            const std::string beside = path.substr(0, path.rfind('/')) + "/nothing";
            bool hit = false;
            bool miss = true;
            bool touched = false;
            CHECK(allocations_of([&] {
                      hit = *entitlement.authorizes(below);
                      miss = *entitlement.authorizes(beside);
                      touched = *entitlement.touches("ACME/Library");
                  }) == 0);
            CHECK(hit);
            CHECK(!miss);
            CHECK(touched);
        }
    }
}

#endif
