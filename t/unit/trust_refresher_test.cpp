#include "certguard/trust_refresher.hpp"

#include <signal.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>

#include "temporary_directory.hpp"
#include "trust_test_helpers.hpp"

using namespace certguard;
using namespace certguard::test;
using namespace std::chrono_literals;

namespace {

constexpr TrustRefresher::Times kQuick{5ms, 1ms, 1h, 60s};

using Refreshed = TrustFiles::Refreshed;

Refreshed refresh_now(TrustFiles& files) {
    return files.refresh(kNow);
}

std::shared_ptr<TrustFiles> loaded(const std::string& ca) {
    auto files =
        std::make_shared<TrustFiles>(std::vector<std::string>{ca}, std::vector<std::string>{});
    REQUIRE(files->load(kNow).store != nullptr);
    return files;
}

/// Collects until there is something, as an event loop does with a timer.
std::vector<TrustNews> wait_for_news(TrustRefresher& refresher) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (std::chrono::steady_clock::now() < deadline) {
        std::vector<TrustNews> news = refresher.collect();
        if (!news.empty()) {
            return news;
        }
        std::this_thread::sleep_for(1ms);
    }
    FAIL("no news");
    return {};
}

/// A place where the refresher's thread waits until it is let go.
class Gate {
  public:
    void pass() {
        std::unique_lock lock(mutex_);
        ++arrived_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
        ++passed_;
        changed_.notify_all();
    }
    void wait_for_arrival() {
        std::unique_lock lock(mutex_);
        REQUIRE(changed_.wait_for(lock, 60s, [this] { return arrived_ > 0; }));
    }
    void open_and_wait_for_passage() {
        std::unique_lock lock(mutex_);
        open_ = true;
        changed_.notify_all();
        REQUIRE(changed_.wait_for(lock, 60s, [this] { return passed_ > 0; }));
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
    int arrived_ = 0;
    int passed_ = 0;
};

}  // namespace

TEST_CASE("a changed file is in force after the next collect, and is told") {
    const Identity root = make_ca(named("Root"));
    const Identity other = make_ca(named("Other"));
    const Identity leaf = make_leaf(named("leaf"), &other);
    const TemporaryDirectory directory;
    const std::string ca = directory.write("ca.pem", root.pem());
    const auto files = loaded(ca);
    TrustRefresher refresher({files}, kQuick, refresh_now);
    REQUIRE(!refresher.start());
    CHECK(refresher.collect().empty());

    directory.replace("ca.pem", other.pem());
    const std::vector<TrustNews> news = wait_for_news(refresher);
    REQUIRE(news.size() == 1);
    CHECK(news[0].level == TrustNews::Level::notice);
    CHECK(news[0].file == ca);
    CHECK(verify(*files->current(), leaf).reason == Reason::ok);
}

TEST_CASE("a bad file is told and leaves the old store in force") {
    const Identity root = make_ca(named("Root"));
    const Identity leaf = make_leaf(named("leaf"), &root);
    const TemporaryDirectory directory;
    const auto files = loaded(directory.write("ca.pem", root.pem()));
    TrustRefresher refresher({files}, kQuick, refresh_now);
    REQUIRE(!refresher.start());

    directory.replace("ca.pem", "oops");
    const std::vector<TrustNews> news = wait_for_news(refresher);
    REQUIRE(news.size() == 1);
    CHECK(news[0].level == TrustNews::Level::error);
    CHECK(verify(*files->current(), leaf).reason == Reason::ok);
}

TEST_CASE("all files are looked after while requests are decided") {
    const Identity root = make_ca(named("Root"));
    const Identity leaf = make_leaf(named("leaf"), &root);
    const TemporaryDirectory directory;
    std::vector<std::shared_ptr<TrustFiles>> all;
    for (const char* name : {"a", "b", "c"}) {
        all.push_back(loaded(directory.write(name, root.pem())));
    }
    TrustRefresher refresher(all, kQuick, refresh_now);
    REQUIRE(!refresher.start());
    std::string text = root.pem();
    for (int round = 0; round < 10; ++round) {
        text += "\n";
        std::set<std::string> told;
        for (const char* name : {"a", "b", "c"}) {
            directory.replace(name, text);
        }
        while (told.size() < all.size()) {
            for (const TrustNews& news : wait_for_news(refresher)) {
                CHECK(news.level == TrustNews::Level::notice);
                told.insert(news.file);
            }
            for (const auto& files : all) {
                CHECK(verify(*files->current(), leaf).reason == Reason::ok);
            }
        }
    }
}

TEST_CASE("without files there is no thread") {
    std::atomic<int> calls{0};
    TrustRefresher refresher({}, kQuick, [&](TrustFiles&) {
        ++calls;
        return Refreshed();
    });
    CHECK(!refresher.start());
    std::this_thread::sleep_for(20ms);
    CHECK(refresher.collect().empty());
    refresher.stop();
    CHECK(calls == 0);
}

TEST_CASE("the thread takes no signal") {
    const TemporaryDirectory directory;
    const auto files = loaded(directory.write("ca.pem", make_ca(named("Root")).pem()));
    std::mutex mutex;
    std::vector<bool> blocked;
    TrustRefresher refresher({files}, kQuick, [&](TrustFiles&) {
        sigset_t mask;
        ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
        const std::lock_guard lock(mutex);
        blocked = {::sigismember(&mask, SIGTERM) == 1, ::sigismember(&mask, SIGCHLD) == 1,
                   ::sigismember(&mask, SIGIO) == 1};
        Refreshed found;
        found.read = {"looked"};
        return found;
    });
    REQUIRE(!refresher.start());
    wait_for_news(refresher);
    refresher.stop();
    CHECK(blocked == std::vector<bool>{true, true, true});
    sigset_t mask;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    CHECK(::sigismember(&mask, SIGTERM) == 0);
}

TEST_CASE("stop ends the thread without waiting for its next look") {
    const TemporaryDirectory directory;
    const auto files = loaded(directory.write("ca.pem", make_ca(named("Root")).pem()));
    TrustRefresher::Times times = kQuick;
    times.every = 1h;
    TrustRefresher refresher({files}, times, refresh_now);
    REQUIRE(!refresher.start());
    const auto before = std::chrono::steady_clock::now();
    refresher.stop();
    refresher.stop();
    CHECK(std::chrono::steady_clock::now() - before < 60s);
    CHECK(files.use_count() == 2);  // the refresher's own and ours: the thread is gone
}

TEST_CASE("a look that hangs is told once, and is left behind by stop") {
    const TemporaryDirectory directory;
    const auto files = loaded(directory.write("ca.pem", make_ca(named("Root")).pem()));
    const auto gate = std::make_shared<Gate>();
    TrustRefresher::Times times = kQuick;
    times.stalled = 1ms;
    times.patience = 10ms;
    {
        TrustRefresher refresher({files}, times, [gate](TrustFiles& hung) {
            gate->pass();
            return hung.refresh(kNow);
        });
        REQUIRE(!refresher.start());
        gate->wait_for_arrival();
        const std::vector<TrustNews> news = wait_for_news(refresher);
        REQUIRE(news.size() == 1);
        CHECK(news[0].level == TrustNews::Level::error);
        CHECK(news[0].text.find("does not come back") != std::string::npos);
        CHECK(refresher.collect().empty());
    }
    CHECK(files.use_count() > 1);  // what the thread works on outlives the refresher
    gate->open_and_wait_for_passage();
    for (int i = 0; i < 60'000 && files.use_count() > 1; ++i) {
        std::this_thread::sleep_for(1ms);
    }
    CHECK(files.use_count() == 1);  // and the thread ends when it comes back
}

TEST_CASE("a refresh that throws is tried again") {
    const TemporaryDirectory directory;
    const auto files = loaded(directory.write("ca.pem", make_ca(named("Root")).pem()));
    std::atomic<int> calls{0};
    TrustRefresher refresher({files}, kQuick, [&](TrustFiles&) -> Refreshed {
        if (++calls < 3) {
            throw std::bad_alloc();
        }
        Refreshed found;
        found.warnings = {{"ca.pem", "a warning"}};
        return found;
    });
    REQUIRE(!refresher.start());
    CHECK(wait_for_news(refresher)[0].level == TrustNews::Level::warning);
}
