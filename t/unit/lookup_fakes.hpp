// A loop whose clock only moves when a test says so, and a source that answers what a test says,
// when it says so.
#pragma once

#include <algorithm>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "certguard/event_loop.hpp"
#include "certguard/lookup_source.hpp"

namespace certguard {

class FakeLoop final : public EventLoop {
  public:
    std::unique_ptr<Watch> watch(int, std::function<void(unsigned)>) override { return nullptr; }
    std::unique_ptr<Timer> timer(std::function<void()> fired) override {
        return std::make_unique<FakeTimer>(*this, std::move(fired));
    }
    std::uint64_t now_ms() const override { return now_; }

    /// Lets MS pass and fires what comes due, in order.
    void pass(std::uint64_t ms) {
        const std::uint64_t end = now_ + ms;
        while (FakeTimer* next = first_due(end)) {
            now_ = std::max(now_, next->due);
            next->is_set = false;
            const auto fired = next->fired;  // the timer may go meanwhile
            fired();
        }
        now_ = end;
    }

    /// Timers that an exiting process would wait for, and all that are set.
    std::size_t kept_alive_by() const {
        return count([](const FakeTimer& timer) { return timer.is_set && timer.keeps_alive; });
    }
    std::size_t timers_set() const {
        return count([](const FakeTimer& timer) { return timer.is_set; });
    }

  private:
    struct FakeTimer final : Timer {
        FakeTimer(FakeLoop& its_loop, std::function<void()> its_fired)
            : loop(its_loop), fired(std::move(its_fired)) {
            loop.timers_.push_back(this);
        }
        ~FakeTimer() override { loop.timers_.remove(this); }
        void set(std::uint64_t delay_ms, bool keep_alive) override {
            due = loop.now_ + delay_ms;
            keeps_alive = keep_alive;
            is_set = true;
        }
        void cancel() override { is_set = false; }

        FakeLoop& loop;
        std::function<void()> fired;
        std::uint64_t due = 0;
        bool is_set = false;
        bool keeps_alive = false;
    };

    template <class Wanted>
    std::size_t count(Wanted wanted) const {
        return static_cast<std::size_t>(
            std::count_if(timers_.begin(), timers_.end(),
                          [&](const FakeTimer* timer) { return wanted(*timer); }));
    }
    FakeTimer* first_due(std::uint64_t end) {
        FakeTimer* first = nullptr;
        for (FakeTimer* timer : timers_) {
            if (timer->is_set && timer->due <= end && (!first || timer->due < first->due)) {
                first = timer;
            }
        }
        return first;
    }

    std::uint64_t now_ = 1'000'000;
    std::list<FakeTimer*> timers_;
};

class FakeSource final : public LookupSource {
  public:
    // What it knows.
    std::map<std::string, HostAnswer, std::less<>> hosts;  // others are unknown
    std::map<std::string, NameList, std::less<>> environments;
    NameList open_names;
    /// With anything but found, every answer is this failure.
    LookupStatus status = LookupStatus::found;
    std::string message = "connection refused";
    /// Answers within ask_*(), or when the test says answer().
    bool at_once = true;

    // What it was asked.
    std::vector<std::string> asked;  // "host UUID", "environment KEY", "public"
    std::size_t cancelled = 0;
    std::string certificate_pem;  // of the last host question

    std::size_t times(const std::string& question) const {
        return static_cast<std::size_t>(std::count(asked.begin(), asked.end(), question));
    }
    std::size_t under_way() const { return waiting_.size(); }
    /// Answers what was asked first and is not answered yet.
    void answer() {
        const auto deliver = waiting_.front()->deliver;
        waiting_.front()->source = nullptr;
        waiting_.pop_front();
        deliver();
    }
    /// Answers everything, also what is asked because of the answers.
    void answer_all() {
        while (!waiting_.empty()) {
            answer();
        }
    }

    std::unique_ptr<Pending> ask_host(const HostQuestion& question,
                                      Done<HostAnswer> done) override {
        const std::string uuid(question.uuid);
        certificate_pem = question.certificate_pem;
        return ask("host " + uuid, [this, uuid, done = std::move(done)] {
            const auto found = hosts.find(uuid);
            Answer<HostAnswer> answer{status, {}, message};
            if (status == LookupStatus::found && found == hosts.end()) {
                answer.status = LookupStatus::unknown_host;
            } else if (status == LookupStatus::found) {
                answer.value = found->second;
            }
            done(std::move(answer));
        });
    }
    std::unique_ptr<Pending> ask_environment(std::string_view key, Done<NameList> done) override {
        const std::string name(key);
        return ask("environment " + name, [this, name, done = std::move(done)] {
            Answer<NameList> answer{status, {}, message};
            if (status == LookupStatus::found) {
                answer.value = environments[name];
            }
            done(std::move(answer));
        });
    }
    std::unique_ptr<Pending> ask_public(Done<NameList> done) override {
        return ask("public", [this, done = std::move(done)] {
            Answer<NameList> answer{status, {}, message};
            if (status == LookupStatus::found) {
                answer.value = open_names;
            }
            done(std::move(answer));
        });
    }

  private:
    struct Waiting final : Pending {
        ~Waiting() override {
            if (source != nullptr) {
                ++source->cancelled;
                source->waiting_.remove(this);
            }
        }
        FakeSource* source = nullptr;  // null: answered
        std::function<void()> deliver;
    };

    std::unique_ptr<Pending> ask(std::string question, std::function<void()> deliver) {
        asked.push_back(std::move(question));
        if (at_once) {
            deliver();
            return nullptr;
        }
        auto pending = std::make_unique<Waiting>();
        pending->source = this;
        pending->deliver = std::move(deliver);
        waiting_.push_back(pending.get());
        return pending;
    }

    std::list<Waiting*> waiting_;
};

}  // namespace certguard
