#include "certguard/trust_refresher.hpp"

#include <atomic>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <system_error>
#include <utility>

#include "signals_blocked.hpp"

namespace certguard {
namespace {

using Clock = std::chrono::steady_clock;

struct Found {
    std::shared_ptr<TrustFiles> files;
    TrustFiles::Refreshed result;
};

bool is_news(const TrustFiles::Refreshed& result) {
    return result.store != nullptr || !result.errors.empty() || !result.warnings.empty() ||
           !result.read.empty();
}

std::int64_t ticks() {
    return Clock::now().time_since_epoch().count();
}

void add(std::vector<TrustNews>& news, TrustNews::Level level, std::vector<NamedText>& texts) {
    for (NamedText& text : texts) {
        news.push_back({level, std::move(text.name), std::move(text.text)});
    }
}

}  // namespace

/// What the thread and its owner have in common; lives as long as either.
class TrustRefresher::Shared {
  public:
    Shared(std::vector<std::shared_ptr<TrustFiles>> files, Times times, Refresh refresh)
        : files_(std::move(files)), times_(times), refresh_(std::move(refresh)) {}

    bool has_files() const noexcept { return !files_.empty(); }

    /// The thread.
    void run() {
        for (bool unsettled = false; pause(unsettled ? times_.settle : times_.every);) {
            look_began_.store(ticks(), std::memory_order_relaxed);
            unsettled = look();
            look_began_.store(kIdle, std::memory_order_relaxed);
        }
        const std::lock_guard lock(mutex_);
        finished_ = true;
        changed_.notify_all();
    }

    bool has_news() const noexcept { return news_.load(std::memory_order_relaxed); }

    std::vector<Found> take() {
        const std::lock_guard lock(mutex_);
        news_.store(false, std::memory_order_relaxed);
        return std::exchange(found_, {});
    }

    /// True once when a look at the files has taken too long.
    bool has_stalled() noexcept {
        const std::int64_t began = look_began_.load(std::memory_order_relaxed);
        if (began == kIdle || began == stalled_look_ ||
            Clock::duration(ticks() - began) < times_.stalled) {
            return false;
        }
        stalled_look_ = began;
        return true;
    }

    /// True when the thread has ended within LIMIT.
    bool end(std::chrono::milliseconds limit) {
        std::unique_lock lock(mutex_);
        stopping_ = true;
        changed_.notify_all();
        return changed_.wait_for(lock, limit, [this] { return finished_; });
    }

  private:
    static constexpr std::int64_t kIdle = -1;

    /// False when the thread is to end.
    bool pause(std::chrono::milliseconds time) {
        std::unique_lock lock(mutex_);
        return !changed_.wait_for(lock, time, [this] { return stopping_; });
    }

    bool is_stopping() {
        const std::lock_guard lock(mutex_);
        return stopping_;
    }

    /// One look at all files. True when one is changing.
    bool look() {
        bool unsettled = false;
        for (const std::shared_ptr<TrustFiles>& files : files_) {
            if (is_stopping()) {
                break;
            }
            try {
                TrustFiles::Refreshed result = refresh_(*files);
                unsettled = unsettled || result.unsettled;
                if (is_news(result)) {
                    const std::lock_guard lock(mutex_);
                    found_.push_back({files, std::move(result)});
                    news_.store(true, std::memory_order_relaxed);
                }
            } catch (...) {
                // Out of memory: the next look finds the same changes again.
            }
        }
        return unsettled;
    }

    const std::vector<std::shared_ptr<TrustFiles>> files_;
    const Times times_;
    const Refresh refresh_;
    std::atomic<bool> news_{false};  // found_ is not empty
    std::atomic<std::int64_t> look_began_{kIdle};
    std::int64_t stalled_look_ = kIdle;  // that has been reported; the owner's
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;
    bool finished_ = false;
    std::vector<Found> found_;
};

TrustRefresher::TrustRefresher(std::vector<std::shared_ptr<TrustFiles>> files)
    : TrustRefresher(std::move(files), Times(),
                     [](TrustFiles& looked_at) { return looked_at.refresh(std::time(nullptr)); }) {}

TrustRefresher::TrustRefresher(std::vector<std::shared_ptr<TrustFiles>> files, Times times,
                               Refresh refresh)
    : shared_(std::make_shared<Shared>(std::move(files), times, std::move(refresh))),
      patience_(times.patience) {}

TrustRefresher::~TrustRefresher() {
    stop();
}

std::optional<Error> TrustRefresher::start() {
    if (thread_.joinable() || !shared_->has_files()) {
        return std::nullopt;
    }
    const SignalsBlocked guard;
    try {
        thread_ = std::thread([shared = shared_] { shared->run(); });
    } catch (const std::system_error& error) {
        return Error{Reason::internal_error,
                     std::string("no thread to watch CA and CRL files: ") + error.what()};
    }
    return std::nullopt;
}

std::vector<TrustNews> TrustRefresher::collect() {
    std::vector<TrustNews> news;
    if (shared_->has_stalled()) {
        news.push_back({TrustNews::Level::error,
                        {},
                        "a look at the CA and CRL files does not come back, their file system may "
                        "hang: changes of them take no effect"});
    }
    if (!shared_->has_news()) {
        return news;
    }
    for (Found& found : shared_->take()) {
        if (found.result.store != nullptr) {
            found.files->adopt(std::move(found.result.store), std::time(nullptr));
        } else if (!found.result.errors.empty()) {
            found.files->set_failing();
        }
        add(news, TrustNews::Level::error, found.result.errors);
        add(news, TrustNews::Level::warning, found.result.warnings);
        for (std::string& file : found.result.read) {
            news.push_back({TrustNews::Level::notice, std::move(file),
                            "has changed; its new content is in force"});
        }
    }
    return news;
}

void TrustRefresher::stop() noexcept {
    if (!thread_.joinable()) {
        return;
    }
    try {
        if (shared_->end(patience_)) {
            thread_.join();
            return;
        }
    } catch (...) {
        // A mutex that fails leaves nothing to wait for.
    }
    thread_.detach();
}

}  // namespace certguard
