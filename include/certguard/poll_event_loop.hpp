// An EventLoop on poll(2), for the command and the unit tests; nginx has its own.
//
// Single-threaded. Watches and timers may be made and destroyed at any time, in handlers too, and
// may outlive the loop (then they do nothing).
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

#include "certguard/event_loop.hpp"

namespace certguard {

class PollEventLoop final : public EventLoop {
  public:
    PollEventLoop();
    ~PollEventLoop() override;
    PollEventLoop(const PollEventLoop&) = delete;
    PollEventLoop& operator=(const PollEventLoop&) = delete;

    /// Never null.
    std::unique_ptr<Watch> watch(int fd, std::function<void(unsigned)> ready) override;
    std::unique_ptr<Timer> timer(std::function<void()> fired) override;
    std::uint64_t now_ms() const override;

    /// Waits LIMIT at most for descriptors and timers and calls the handlers that are due, each at
    /// most once: a timer that a handler sets to 0 ms has its turn in the next call. Returns
    /// whether a handler was called.
    bool run_once(std::chrono::milliseconds limit);

    /// Runs until DONE() says true, LIMIT at most. Returns DONE()'s last answer.
    bool run_until(const std::function<bool()>& done, std::chrono::milliseconds limit);

    /// How many descriptors are watched, and how many timers are set.
    std::size_t watches() const noexcept;
    std::size_t timers() const noexcept;

  private:
    struct State;
    class PollWatch;
    class PollTimer;
    std::shared_ptr<State> state_;
};

}  // namespace certguard
