// Shared memory for tests: mapped so that fork() shares it, with a lock that survives the death of
// its holder as nginx's zones do, and with processes that may be invented.
#pragma once

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>
#include <set>

#include "certguard/shared_memory.hpp"

namespace certguard {

/// What several SharedTestMemory objects, one per process or pretended process, have in common.
class TestZone {
  public:
    explicit TestZone(std::size_t size) : size_(size) {
        void* memory = ::mmap(nullptr, kLockBytes + size, PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) {
            std::abort();
        }
        bytes_ = static_cast<unsigned char*>(memory);
        pthread_mutexattr_t attributes;
        pthread_mutexattr_init(&attributes);
        pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
        pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
        pthread_mutex_init(lock(), &attributes);
        pthread_mutexattr_destroy(&attributes);
    }
    ~TestZone() { ::munmap(bytes_, kLockBytes + size_); }
    TestZone(const TestZone&) = delete;
    TestZone& operator=(const TestZone&) = delete;

    unsigned char* base() const noexcept { return bytes_ + kLockBytes; }
    std::size_t size() const noexcept { return size_; }
    pthread_mutex_t* lock() const noexcept { return reinterpret_cast<pthread_mutex_t*>(bytes_); }

    std::set<std::uint32_t> dead;  // invented processes that are no more

  private:
    static constexpr std::size_t kLockBytes = 4096;
    unsigned char* bytes_;
    std::size_t size_;
};

class SharedTestMemory final : public SharedMemory {
  public:
    /// PROCESS 0: the process that it is.
    explicit SharedTestMemory(TestZone& zone, std::uint32_t process = 0)
        : zone_(zone), process_(process) {}

    void* base() const noexcept override { return zone_.base(); }
    std::size_t size() const noexcept override { return zone_.size(); }
    void lock() noexcept override {
        if (pthread_mutex_lock(zone_.lock()) == EOWNERDEAD) {
            pthread_mutex_consistent(zone_.lock());
        }
        ++locked;
    }
    void unlock() noexcept override { pthread_mutex_unlock(zone_.lock()); }
    std::uint32_t self() const noexcept override {
        return process_ != 0 ? process_ : SharedMemory::self();
    }
    bool alive(std::uint32_t process) const noexcept override {
        return process_ != 0 ? zone_.dead.count(process) == 0 : SharedMemory::alive(process);
    }

    int locked = 0;  // how often the lock was taken

  private:
    TestZone& zone_;
    std::uint32_t process_;
};

}  // namespace certguard
