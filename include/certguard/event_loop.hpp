// The seam to an event loop: nginx's in a worker, poll(2) in the command and the unit tests.
//
// Single-threaded. Handlers are called from the loop, never from within a call into it, so code
// that uses an EventLoop is never re-entered. A handler may destroy its own registration.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

namespace certguard {

class EventLoop {
  public:
    enum Interest : unsigned { kRead = 1, kWrite = 2 };

    /// A running watch of one descriptor; destroying it ends the watch. The descriptor itself
    /// belongs to the caller, who must end the watch before closing it.
    class Watch {
      public:
        virtual ~Watch() = default;
        /// Level-triggered interest in kRead, kWrite, both or none.
        virtual bool want(unsigned interest) = 0;
    };

    /// A timer that can be set again and again; destroying it cancels it.
    class Timer {
      public:
        virtual ~Timer() = default;
        /// Fires once, DELAY_MS from now; replaces an earlier setting. KEEP_ALIVE: a process that
        /// is shutting down gracefully waits for it (a client is waiting behind it).
        virtual void set(std::uint64_t delay_ms, bool keep_alive) = 0;
        virtual void cancel() = 0;
    };

    virtual ~EventLoop() = default;

    /// Null when the loop can watch no more descriptors. READY gets what the descriptor is ready
    /// for; errors and hang-ups count as both.
    virtual std::unique_ptr<Watch> watch(int fd, std::function<void(unsigned)> ready) = 0;
    virtual std::unique_ptr<Timer> timer(std::function<void()> fired) = 0;
    /// Monotonic milliseconds, the same clock in all processes of the machine.
    virtual std::uint64_t now_ms() const = 0;
};

}  // namespace certguard
