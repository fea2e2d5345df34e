// The seam to memory that several processes share: a zone of nginx in its workers, private memory
// in the command and in tests.
//
// All of the block belongs to one AccessCache per process. Where it is mapped may differ from
// process to process; a fresh one holds zeros or anything else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace certguard {

class SharedMemory {
  public:
    virtual ~SharedMemory() = default;

    virtual void* base() const noexcept = 0;
    virtual std::size_t size() const noexcept = 0;

    /// One lock for the whole block, held for microseconds. It must be taken from a process that
    /// died with it (nginx's master does that for a zone's own mutex): what that process left
    /// half-written is found and dropped by the next one.
    virtual void lock() noexcept = 0;
    virtual void unlock() noexcept = 0;

    /// This process among those that share the block; never 0. Here: its process id.
    virtual std::uint32_t self() const noexcept;
    /// False only when PROCESS is known to be gone.
    virtual bool alive(std::uint32_t process) const noexcept;
};

/// Memory of one process, for one thread.
class PrivateMemory final : public SharedMemory {
  public:
    explicit PrivateMemory(std::size_t size) : bytes_(new char[size]()), size_(size) {}

    void* base() const noexcept override { return bytes_.get(); }
    std::size_t size() const noexcept override { return size_; }
    void lock() noexcept override {}
    void unlock() noexcept override {}

  private:
    std::unique_ptr<char[]> bytes_;
    std::size_t size_;
};

}  // namespace certguard
