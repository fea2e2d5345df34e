#include "certguard/poll_event_loop.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "catch.hpp"

using certguard::EventLoop;
using certguard::PollEventLoop;
using namespace std::chrono_literals;

namespace {

/// Two connected sockets, closed at the end.
struct SocketPair {
    std::array<int, 2> fd{};
    SocketPair() { REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, fd.data()) == 0); }
    ~SocketPair() {
        for (const int one : fd) {
            if (one >= 0) {
                ::close(one);
            }
        }
    }
    void send(char byte) const { REQUIRE(::write(fd[1], &byte, 1) == 1); }
    char receive() const {
        char byte = 0;
        REQUIRE(::read(fd[0], &byte, 1) == 1);
        return byte;
    }
    void hang_up() {
        ::close(fd[1]);
        fd[1] = -1;
    }
};

}  // namespace

TEST_CASE("a watch reports what its descriptor is ready for, as long as it is") {
    PollEventLoop loop;
    const SocketPair pair;
    std::vector<unsigned> seen;
    const auto watch = loop.watch(pair.fd[0], [&](unsigned ready) { seen.push_back(ready); });

    SECTION("nothing before it is wanted") {
        pair.send('a');
        CHECK_FALSE(loop.run_once(0ms));
    }
    SECTION("reading, again and again until the bytes are read") {
        REQUIRE(watch->want(EventLoop::kRead));
        CHECK_FALSE(loop.run_once(0ms));
        pair.send('a');
        CHECK(loop.run_once(1s));
        CHECK(loop.run_once(1s));
        pair.receive();
        CHECK_FALSE(loop.run_once(0ms));
        CHECK(seen == std::vector<unsigned>{EventLoop::kRead, EventLoop::kRead});
    }
    SECTION("only what is wanted") {
        pair.send('a');
        REQUIRE(watch->want(EventLoop::kWrite));
        CHECK(loop.run_once(1s));
        REQUIRE(watch->want(EventLoop::kRead | EventLoop::kWrite));
        CHECK(loop.run_once(1s));
        REQUIRE(watch->want(0));
        CHECK_FALSE(loop.run_once(0ms));
        CHECK(seen ==
              std::vector<unsigned>{EventLoop::kWrite, EventLoop::kRead | EventLoop::kWrite});
    }
}

TEST_CASE("a hang-up counts as everything that is wanted") {
    PollEventLoop loop;
    SocketPair pair;
    unsigned seen = 0;
    const auto watch = loop.watch(pair.fd[0], [&](unsigned ready) { seen = ready; });
    pair.hang_up();
    REQUIRE(watch->want(EventLoop::kWrite));
    CHECK(loop.run_once(1s));
    CHECK(seen == EventLoop::kWrite);
    REQUIRE(watch->want(EventLoop::kRead | EventLoop::kWrite));
    CHECK(loop.run_once(1s));
    CHECK(seen == (EventLoop::kRead | EventLoop::kWrite));
}

TEST_CASE("a destroyed watch is silent, also when it was ready in the same pass") {
    PollEventLoop loop;
    const SocketPair first;
    const SocketPair second;
    std::unique_ptr<EventLoop::Watch> one;
    std::unique_ptr<EventLoop::Watch> other;
    int calls = 0;
    const auto destroy_both = [&](unsigned) {
        ++calls;
        one.reset();
        other.reset();
    };
    one = loop.watch(first.fd[0], destroy_both);
    other = loop.watch(second.fd[0], destroy_both);
    REQUIRE(one->want(EventLoop::kRead));
    REQUIRE(other->want(EventLoop::kRead));
    first.send('a');
    second.send('b');

    CHECK(loop.run_once(1s));
    CHECK(calls == 1);
    CHECK(loop.watches() == 0);
    CHECK_FALSE(loop.run_once(0ms));
}

TEST_CASE("a handler's own data lives until it returns, though it destroys its registration") {
    PollEventLoop loop;
    const SocketPair pair;
    std::unique_ptr<EventLoop::Watch> watch;
    std::unique_ptr<EventLoop::Timer> timer;
    std::string result;
    watch = loop.watch(pair.fd[0], [&, text = std::string(100, 'w')](unsigned) {
        watch.reset();
        result += text;
    });
    timer = loop.timer([&, text = std::string(100, 't')] {
        timer.reset();
        result += text;
    });
    REQUIRE(watch->want(EventLoop::kWrite));
    timer->set(0, false);
    CHECK(loop.run_until([&] { return result.size() == 200; }, 1s));
    CHECK(result == std::string(100, 'w') + std::string(100, 't'));
}

TEST_CASE("a watch that a handler makes is served in the next pass") {
    PollEventLoop loop;
    const SocketPair pair;
    std::unique_ptr<EventLoop::Watch> inner;
    int inner_calls = 0;
    std::unique_ptr<EventLoop::Watch> outer;
    outer = loop.watch(pair.fd[0], [&](unsigned) {
        outer.reset();
        inner = loop.watch(pair.fd[0], [&](unsigned) { ++inner_calls; });
        REQUIRE(inner->want(EventLoop::kRead));
    });
    REQUIRE(outer->want(EventLoop::kRead));
    pair.send('a');
    CHECK(loop.run_once(1s));
    CHECK(inner_calls == 0);
    CHECK(loop.run_once(1s));
    CHECK(inner_calls == 1);
}

TEST_CASE("timers fire once, in the order of their times, and not early") {
    PollEventLoop loop;
    std::string order;
    const auto late = loop.timer([&] { order += 'c'; });
    const auto early = loop.timer([&] { order += 'b'; });
    const auto at_once = loop.timer([&] { order += 'a'; });
    // Again when the machine has taken so long between them that they are due in another order.
    std::chrono::steady_clock::time_point start;
    do {
        start = std::chrono::steady_clock::now();
        late->set(20, false);
        early->set(10, false);
        at_once->set(0, false);
    } while (std::chrono::steady_clock::now() - start > 5ms);
    CHECK(loop.timers() == 3);
    CHECK(loop.run_until([&] { return order.size() == 3; }, 60s));
    CHECK(std::chrono::steady_clock::now() - start >= 20ms);
    CHECK(order == "abc");
    CHECK(loop.timers() == 0);
    CHECK_FALSE(loop.run_once(0ms));
}

TEST_CASE("setting a timer again replaces the earlier setting; cancelling ends it") {
    PollEventLoop loop;
    int fired = 0;
    const auto timer = loop.timer([&] { ++fired; });
    timer->set(0, false);
    timer->set(3600'000, false);
    CHECK_FALSE(loop.run_once(5ms));
    timer->set(0, false);
    CHECK(loop.run_once(1s));
    timer->set(0, false);
    timer->cancel();
    CHECK_FALSE(loop.run_once(5ms));
    CHECK(fired == 1);
}

TEST_CASE("a timer that always sets itself to 0 ms does not starve the others") {
    PollEventLoop loop;
    const SocketPair pair;
    int spins = 0;
    bool read = false;
    std::unique_ptr<EventLoop::Timer> greedy;
    greedy = loop.timer([&] {
        ++spins;
        greedy->set(0, false);
    });
    const auto watch = loop.watch(pair.fd[0], [&](unsigned) { read = true; });
    REQUIRE(watch->want(EventLoop::kRead));
    greedy->set(0, false);
    pair.send('a');
    CHECK(loop.run_once(1s));
    CHECK(read);
    CHECK(spins == 1);
}

TEST_CASE("a handler may cancel, destroy or postpone another timer that is due") {
    PollEventLoop loop;
    std::string order;
    std::unique_ptr<EventLoop::Timer> cancelled = loop.timer([&] { order += 'x'; });
    std::unique_ptr<EventLoop::Timer> destroyed = loop.timer([&] { order += 'y'; });
    std::unique_ptr<EventLoop::Timer> postponed = loop.timer([&] { order += 'z'; });
    const auto first = loop.timer([&] {
        order += 'a';
        cancelled->cancel();
        destroyed.reset();
        postponed->set(3600'000, false);
    });
    first->set(0, false);
    cancelled->set(0, false);
    destroyed->set(0, false);
    postponed->set(0, false);
    CHECK(loop.run_once(1s));
    CHECK_FALSE(loop.run_once(5ms));
    CHECK(order == "a");
}

TEST_CASE("waiting ends in time, and says whether it was in vain") {
    PollEventLoop loop;
    const auto start = std::chrono::steady_clock::now();
    CHECK_FALSE(loop.run_until([] { return false; }, 20ms));
    CHECK(std::chrono::steady_clock::now() - start >= 20ms);
    CHECK(loop.run_until([] { return true; }, 0ms));
}

TEST_CASE("registrations may outlive the loop") {
    const SocketPair pair;
    std::unique_ptr<EventLoop::Watch> watch;
    std::unique_ptr<EventLoop::Timer> timer;
    {
        PollEventLoop loop;
        watch = loop.watch(pair.fd[0], [](unsigned) {});
        timer = loop.timer([] {});
        timer->set(0, false);
    }
    CHECK(watch->want(EventLoop::kRead));
    timer->set(1, false);
}

TEST_CASE("the loop's clock is the machine's monotonic one") {
    const PollEventLoop one;
    const PollEventLoop other;
    timespec now{};
    REQUIRE(::clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    const auto expected = static_cast<std::uint64_t>(now.tv_sec) * 1000 +
                          static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
    const std::uint64_t first = one.now_ms();
    const std::uint64_t then = other.now_ms();
    CHECK(first >= expected);
    CHECK(then >= first);
    CHECK(then - first < 60'000);
}
