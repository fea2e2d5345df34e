// Keeps the trust stores of a worker as new as their files: a thread looks after all TrustFiles,
// because to read a file may block (NFS) and to parse one takes a while.
//
// The thread logs nothing and touches no TrustFiles' current(); the event loop's thread takes its
// results over with collect(), on a timer or before it decides a request. The thread shares its
// own state only and is left behind when a read hangs, so a dead file server holds up neither
// requests nor the worker's exit.
//
// Make it in the process that uses it: threads do not survive fork(). From then on the owner must
// not call load() or refresh() of these TrustFiles itself.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "certguard/trust_files.hpp"

namespace certguard {

/// Something to log.
struct TrustNews {
    enum class Level { error, warning, notice };
    Level level = Level::notice;
    std::string file;  // empty: about all of them
    std::string text;
};

class TrustRefresher {
  public:
    struct Times {
        std::chrono::milliseconds every{2000};      // from one look at the files to the next
        std::chrono::milliseconds settle{200};      // the same, while a file is changing
        std::chrono::milliseconds stalled{30'000};  // a look that takes longer is reported
        std::chrono::milliseconds patience{1000};   // for stop() to wait for a read under way
    };
    /// What looks at one guard's files; called in the thread.
    using Refresh = std::function<TrustFiles::Refreshed(TrustFiles&)>;

    explicit TrustRefresher(std::vector<std::shared_ptr<TrustFiles>> files);
    TrustRefresher(std::vector<std::shared_ptr<TrustFiles>> files, Times times, Refresh refresh);
    /// stop()
    ~TrustRefresher();
    TrustRefresher(const TrustRefresher&) = delete;
    TrustRefresher& operator=(const TrustRefresher&) = delete;

    /// Starts the thread, with all signals blocked; without files there is nothing to start. An
    /// error when the system gives no thread.
    std::optional<Error> start();

    /// Puts new stores in force and says what there is to log. Without news it costs two relaxed
    /// loads.
    std::vector<TrustNews> collect();

    /// Ends the thread, or leaves it behind when it does not end within Times::patience.
    void stop() noexcept;

  private:
    class Shared;

    std::shared_ptr<Shared> shared_;
    std::chrono::milliseconds patience_;
    std::thread thread_;
};

}  // namespace certguard
