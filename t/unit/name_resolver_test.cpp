#include "certguard/name_resolver.hpp"

#include <signal.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "certguard/poll_event_loop.hpp"

using certguard::AddressList;
using certguard::Error;
using certguard::NameResolver;
using certguard::PollEventLoop;
using certguard::Reason;
using certguard::resolve_name;
using certguard::Result;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::seconds kPatience{60};
constexpr NameResolver::Times kQuick{10ms, 10ms, 1ms};

/// A DNS server that answers when the test says so, and not before.
class Dns {
  public:
    Result<AddressList> look_up() {
        std::unique_lock lock(mutex_);
        ++asked_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return alive_; });
        ++answered_;
        changed_.notify_all();
        return answer_;
    }
    void answer_with(Result<AddressList> answer) {
        const std::lock_guard lock(mutex_);
        answer_ = std::move(answer);
        alive_ = true;
        changed_.notify_all();
    }
    int asked() {
        const std::lock_guard lock(mutex_);
        return asked_;
    }
    bool wait_until_answered(int times) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, kPatience, [&] { return answered_ >= times; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool alive_ = false;
    int asked_ = 0;
    int answered_ = 0;
    Result<AddressList> answer_ = AddressList{"192.0.2.1"};
};

certguard::NameLookup asking(const std::shared_ptr<Dns>& dns) {
    return [dns](const std::string&) { return dns->look_up(); };
}

}  // namespace

TEST_CASE("an IP address is its own answer") {
    const auto never = [](const std::string&) -> Result<AddressList> {
        FAIL("looked up");
        return AddressList{};
    };
    CHECK(resolve_name("192.0.2.1", 1s, never).value() == AddressList{"192.0.2.1"});
    CHECK(resolve_name("2001:db8::1", 1s, never).value() == AddressList{"2001:db8::1"});
}

TEST_CASE("the system knows localhost") {
    const auto found = resolve_name("localhost", kPatience);
    REQUIRE(found.ok());
    for (const std::string& address : *found) {
        CHECK((address == "127.0.0.1" || address == "::1"));
    }
}

TEST_CASE("a name that can't exist is an error that says so") {
    const std::string name = std::string(64, 'a') + ".invalid";  // no DNS server is asked for it
    const auto found = resolve_name(name, 60s);
    REQUIRE_FALSE(found.ok());
    CHECK(found.error().message.find("cannot resolve " + name + ": ") == 0);
}

TEST_CASE("a dead DNS server costs the time that was allowed, and no more") {
    const auto dns = std::make_shared<Dns>();
    const auto found = resolve_name("foreman.example.com", 20ms, asking(dns));
    REQUIRE_FALSE(found.ok());
    CHECK(found.error().message == "cannot resolve foreman.example.com: no answer within 20 ms");
    dns->answer_with(AddressList{"192.0.2.1"});
    CHECK(dns->wait_until_answered(1));
}

TEST_CASE("with the answer the lookup's thread has ended, so that its caller may fork") {
    struct EndsSlowly {
        ~EndsSlowly() {
            std::this_thread::sleep_for(50ms);
            *ended = true;
        }
        std::atomic<bool>* ended = nullptr;
    };
    std::atomic<bool> ended{false};
    const auto answer = resolve_name("foreman.example.com", kPatience, [&](const std::string&) {
        thread_local EndsSlowly at_the_end;
        at_the_end.ended = &ended;
        return Result<AddressList>(AddressList{"192.0.2.1"});
    });
    CHECK(answer.ok());
    CHECK(ended);
}

TEST_CASE("a lookup runs in a thread that takes no signals") {
    sigset_t in_thread{};
    std::thread::id id;
    const auto lookup = [&](const std::string&) -> Result<AddressList> {
        ::pthread_sigmask(SIG_SETMASK, nullptr, &in_thread);
        id = std::this_thread::get_id();
        return AddressList{"192.0.2.1"};
    };
    REQUIRE(resolve_name("foreman.example.com", kPatience, lookup).ok());
    CHECK(id != std::this_thread::get_id());
    CHECK(sigismember(&in_thread, SIGTERM) == 1);
    CHECK(sigismember(&in_thread, SIGCHLD) == 1);
    CHECK(sigismember(&in_thread, SIGALRM) == 1);

    sigset_t here{};
    ::pthread_sigmask(SIG_SETMASK, nullptr, &here);
    CHECK(sigismember(&here, SIGTERM) == 0);
}

TEST_CASE("a resolver reports each answer, good or bad, and goes on") {
    PollEventLoop loop;
    const auto dns = std::make_shared<Dns>();
    dns->answer_with(AddressList{"192.0.2.1", "192.0.2.2"});
    std::vector<std::string> reports;
    const NameResolver resolver(
        loop, "foreman.example.com", true,
        [&](Result<AddressList> answer) {
            reports.push_back(answer.ok() ? answer->back() : answer.error().message);
            dns->answer_with(reports.size() == 1
                                 ? Result<AddressList>(Error{Reason::internal_error, "gone"})
                                 : Result<AddressList>(AddressList{"192.0.2.3"}));
        },
        kQuick, asking(dns));
    REQUIRE(loop.run_until([&] { return reports.size() == 3; }, kPatience));
    CHECK(reports == std::vector<std::string>{"192.0.2.2", "gone", "192.0.2.3"});
}

TEST_CASE("a resolver waits before its first lookup unless it is told to start now") {
    PollEventLoop loop;
    const auto dns = std::make_shared<Dns>();
    const NameResolver resolver(
        loop, "foreman.example.com", false, [](Result<AddressList>) {},
        NameResolver::Times{3600s, 3600s, 1ms}, asking(dns));
    CHECK_FALSE(loop.run_once(5ms));
    CHECK(dns->asked() == 0);
}

TEST_CASE("a lookup that hangs blocks nobody and is not started twice") {
    PollEventLoop loop;
    const auto dns = std::make_shared<Dns>();
    int reports = 0;
    const NameResolver resolver(
        loop, "foreman.example.com", true, [&](Result<AddressList>) { ++reports; }, kQuick,
        asking(dns));
    REQUIRE(loop.run_until([&] { return dns->asked() == 1; }, kPatience));
    CHECK_FALSE(loop.run_until([&] { return reports > 0; }, 50ms));
    CHECK(dns->asked() == 1);
    dns->answer_with(AddressList{"192.0.2.1"});
    CHECK(loop.run_until([&] { return reports > 0; }, kPatience));
}

TEST_CASE("a resolver can be destroyed while its lookup hangs, and nothing is reported then") {
    PollEventLoop loop;
    const auto dns = std::make_shared<Dns>();
    int reports = 0;
    auto resolver = std::make_unique<NameResolver>(
        loop, "foreman.example.com", true, [&](Result<AddressList>) { ++reports; }, kQuick,
        asking(dns));
    REQUIRE(loop.run_until([&] { return dns->asked() == 1; }, kPatience));
    resolver.reset();
    CHECK(loop.timers() == 0);
    dns->answer_with(AddressList{"192.0.2.1"});
    REQUIRE(dns->wait_until_answered(1));
    CHECK_FALSE(loop.run_once(20ms));
    CHECK(reports == 0);
}

TEST_CASE("a report may destroy its resolver") {
    PollEventLoop loop;
    const auto dns = std::make_shared<Dns>();
    dns->answer_with(AddressList{"192.0.2.1"});
    std::unique_ptr<NameResolver> resolver;
    std::string seen;
    resolver = std::make_unique<NameResolver>(
        loop, "foreman.example.com", true,
        [&, text = std::string("as long as no small string is")](Result<AddressList>) {
            resolver.reset();
            seen = text;
        },
        kQuick, asking(dns));
    CHECK(loop.run_until([&] { return !seen.empty(); }, kPatience));
    CHECK(loop.timers() == 0);
}

TEST_CASE("an IP address is never looked up again") {
    PollEventLoop loop;
    const auto dns = std::make_shared<Dns>();
    const NameResolver resolver(
        loop, "192.0.2.1", true, [](Result<AddressList>) {}, kQuick, asking(dns));
    CHECK(loop.timers() == 0);
}
