#include "certguard/poll_event_loop.hpp"

#include <poll.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace certguard {
namespace {

using Clock = std::chrono::steady_clock;

// Registrations are shared with the pass that calls them, so a handler may destroy its own.
struct WatchEntry {
    int fd = -1;
    unsigned interest = 0;
    std::function<void(unsigned)> ready;
    bool alive = true;
};

struct TimerEntry {
    std::optional<Clock::time_point> due;
    std::uint64_t setting = 0;  // numbers all settings of all timers
    std::function<void()> fired;
};

template <class T>
void erase(std::vector<std::shared_ptr<T>>& entries, const std::shared_ptr<T>& entry) {
    entries.erase(std::remove(entries.begin(), entries.end(), entry), entries.end());
}

short poll_events(unsigned interest) noexcept {
    short events = 0;
    if (interest & EventLoop::kRead) {
        events |= POLLIN;
    }
    if (interest & EventLoop::kWrite) {
        events |= POLLOUT;
    }
    return events;
}

unsigned readiness(short events) noexcept {
    if (events & (POLLERR | POLLHUP | POLLNVAL)) {
        return EventLoop::kRead | EventLoop::kWrite;
    }
    return (events & POLLIN ? EventLoop::kRead : 0u) | (events & POLLOUT ? EventLoop::kWrite : 0u);
}

}  // namespace

struct PollEventLoop::State {
    std::vector<std::shared_ptr<WatchEntry>> watches;
    std::vector<std::shared_ptr<TimerEntry>> timers;  // only those that are set
    std::uint64_t settings = 0;

    int wait_ms(std::chrono::milliseconds limit) const;
    bool run_watches(int wait_ms);
    bool run_timers(std::uint64_t last_setting);
};

int PollEventLoop::State::wait_ms(std::chrono::milliseconds limit) const {
    const auto now = Clock::now();
    for (const auto& timer : timers) {
        limit = std::min(limit, std::chrono::ceil<std::chrono::milliseconds>(*timer->due - now));
    }
    return static_cast<int>(std::clamp<std::int64_t>(limit.count(), 0, 1 << 30));
}

bool PollEventLoop::State::run_watches(int wait_ms) {
    std::vector<std::shared_ptr<WatchEntry>> polled;
    std::vector<pollfd> descriptors;
    for (const auto& watch : watches) {
        if (watch->interest != 0) {
            polled.push_back(watch);
            descriptors.push_back({watch->fd, poll_events(watch->interest), 0});
        }
    }
    if (::poll(descriptors.data(), descriptors.size(), wait_ms) <= 0) {
        return false;
    }
    bool called = false;
    for (std::size_t i = 0; i < polled.size(); ++i) {
        WatchEntry& entry = *polled[i];
        const unsigned ready = readiness(descriptors[i].revents) & entry.interest;
        if (entry.alive && ready != 0) {
            entry.ready(ready);
            called = true;
        }
    }
    return called;
}

bool PollEventLoop::State::run_timers(std::uint64_t last_setting) {
    const auto now = Clock::now();
    std::vector<std::pair<std::uint64_t, std::shared_ptr<TimerEntry>>> due;
    for (const auto& timer : timers) {
        if (*timer->due <= now && timer->setting <= last_setting) {
            due.emplace_back(timer->setting, timer);
        }
    }
    std::sort(due.begin(), due.end(), [](const auto& a, const auto& b) {
        return std::pair(*a.second->due, a.first) < std::pair(*b.second->due, b.first);
    });
    bool called = false;
    for (const auto& [setting, timer] : due) {
        if (timer->due && timer->setting == setting) {
            timer->due.reset();
            erase(timers, timer);
            timer->fired();
            called = true;
        }
    }
    return called;
}

class PollEventLoop::PollWatch final : public EventLoop::Watch {
  public:
    PollWatch(std::shared_ptr<State> state, std::shared_ptr<WatchEntry> entry)
        : state_(std::move(state)), entry_(std::move(entry)) {}
    ~PollWatch() override {
        entry_->alive = false;
        erase(state_->watches, entry_);
    }
    bool want(unsigned interest) override {
        entry_->interest = interest;
        return true;
    }

  private:
    std::shared_ptr<State> state_;
    std::shared_ptr<WatchEntry> entry_;
};

class PollEventLoop::PollTimer final : public EventLoop::Timer {
  public:
    PollTimer(std::shared_ptr<State> state, std::shared_ptr<TimerEntry> entry)
        : state_(std::move(state)), entry_(std::move(entry)) {}
    ~PollTimer() override { cancel(); }
    void set(std::uint64_t delay_ms, bool /*keep_alive*/) override {
        if (!entry_->due) {
            state_->timers.push_back(entry_);
        }
        entry_->due = Clock::now() + std::chrono::milliseconds(delay_ms);
        entry_->setting = ++state_->settings;
    }
    void cancel() override {
        entry_->due.reset();
        erase(state_->timers, entry_);
    }

  private:
    std::shared_ptr<State> state_;
    std::shared_ptr<TimerEntry> entry_;
};

PollEventLoop::PollEventLoop() : state_(std::make_shared<State>()) {}

PollEventLoop::~PollEventLoop() = default;

std::unique_ptr<EventLoop::Watch> PollEventLoop::watch(int fd,
                                                       std::function<void(unsigned)> ready) {
    auto entry = std::make_shared<WatchEntry>();
    entry->fd = fd;
    entry->ready = std::move(ready);
    state_->watches.push_back(entry);
    return std::make_unique<PollWatch>(state_, std::move(entry));
}

std::unique_ptr<EventLoop::Timer> PollEventLoop::timer(std::function<void()> fired) {
    auto entry = std::make_shared<TimerEntry>();
    entry->fired = std::move(fired);
    return std::make_unique<PollTimer>(state_, std::move(entry));
}

std::uint64_t PollEventLoop::now_ms() const {
    const auto since_boot = Clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(since_boot).count());
}

bool PollEventLoop::run_once(std::chrono::milliseconds limit) {
    const auto state = state_;  // a handler may destroy the loop
    const std::uint64_t last_setting = state->settings;
    const bool watch_called = state->run_watches(state->wait_ms(limit));
    const bool timer_called = state->run_timers(last_setting);
    return watch_called || timer_called;
}

bool PollEventLoop::run_until(const std::function<bool()>& done, std::chrono::milliseconds limit) {
    const auto end = Clock::now() + limit;
    while (!done()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
        if (left.count() <= 0) {
            return false;
        }
        run_once(left);
    }
    return true;
}

std::size_t PollEventLoop::watches() const noexcept {
    return state_->watches.size();
}

std::size_t PollEventLoop::timers() const noexcept {
    return state_->timers.size();
}

}  // namespace certguard
