// A critical section on the shared memory: from the constructor to the destructor this process has
// the lock. Enter one only for work that is bounded and short; allocate, log and ask for the time
// outside.
//
// Entering and leaving keep the memory sane: what a process that died inside has left, and memory
// in which a fault was found, is reset as a whole. Results of a section that is not sound() at its
// end mean nothing.
#pragma once

#include "certguard/shared_memory.hpp"
#include "zone/zone.hpp"

namespace certguard::zone {

struct SharedZone {
    SharedMemory& memory;
    Zone zone;
};

class Section {
  public:
    explicit Section(SharedZone& shared) noexcept;
    ~Section();
    Section(const Section&) = delete;
    Section& operator=(const Section&) = delete;

    bool sound() const noexcept { return !shared_.zone.broken(); }

  private:
    void begin_anew() noexcept;

    SharedZone& shared_;
};

/// Lets a process keep references to blobs from one section to the next. Should it die meanwhile,
/// nobody would ever drop them: so a hold that was not ended in time makes the next one who looks
/// reset the memory.
class HoldScope {
  public:
    /// All of these inside a section. False: too many others hold.
    bool begin(Zone& zone, std::uint64_t now) noexcept;
    /// False when the memory was reset since begin(): the references are gone, too.
    bool still_held(const Zone& zone) const noexcept;
    void end(Zone& zone) noexcept;

  private:
    std::uint64_t ticket_ = 0;
    std::size_t place_ = 0;
};

}  // namespace certguard::zone
