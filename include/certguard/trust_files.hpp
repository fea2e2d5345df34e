// The CA and CRL files of one guard, and the trust store made of what they hold now.
//
// current() is what requests verify with: one pointer read, no lock, no file. refresh() looks
// whether a file has changed and, once it has stopped changing, builds a new store. A file that is
// bad or gone then is reported once and counts as it was before, so a broken CA file does not keep
// a new CRL from taking effect. Guards that name the same files share one TrustFiles.
//
// Threads: refresh() reads and parses, so a worker runs it on a thread of its own
// (trust_refresher.hpp) and takes the result over on the event loop's thread with adopt(). The two
// touch different members, so no lock is needed between them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "certguard/trust_store.hpp"

namespace certguard {

class TrustFiles {
  public:
    struct Refreshed {
        std::shared_ptr<const TrustStore> store;  // null: keep the old one
        std::vector<NamedText> errors;            // new ones only; name: the file
        std::vector<NamedText> warnings;          // new ones only; time alone can bring some
        std::vector<std::string> read;            // the changed files that the new store is of
        bool unsettled = false;                   // a file is changing: call again soon
    };

    TrustFiles(std::vector<std::string> ca, std::vector<std::string> crl);
    ~TrustFiles();
    TrustFiles(const TrustFiles&) = delete;
    TrustFiles& operator=(const TrustFiles&) = delete;

    /// The first reading; makes the store current(). Every error is reported and leaves current()
    /// null.
    Refreshed load(std::int64_t now);
    /// One stat() per file, by device, inode, size and times. A changed one is read when two calls
    /// in a row have seen it the same, so that half a file is not taken for the whole; so call
    /// again soon when unsettled. To be called after load(), by one thread at a time.
    Refreshed refresh(std::int64_t now);

    /// For the thread that decides requests.
    const std::shared_ptr<const TrustStore>& current() const noexcept { return current_; }
    /// NOW is for the status only.
    void adopt(std::shared_ptr<const TrustStore> store, std::int64_t now = 0) noexcept {
        current_ = std::move(store);
        status_ = {status_.generation + 1, now, false};
    }

    /// For the thread that decides requests, too.
    struct Status {
        std::uint64_t generation = 0;  // how many stores have been current() in this process
        std::int64_t adopted_at = 0;   // seconds since the epoch
        bool is_failing = false;       // later files could not be used
    };
    const Status& status() const noexcept { return status_; }
    void set_failing() noexcept { status_.is_failing = true; }

    const std::vector<std::string>& ca() const noexcept { return ca_; }
    const std::vector<std::string>& crl() const noexcept { return crl_; }

  private:
    class Watch;  // all that refresh() touches

    const std::vector<std::string> ca_;
    const std::vector<std::string> crl_;
    const std::unique_ptr<Watch> watch_;
    std::shared_ptr<const TrustStore> current_;
    Status status_;
};

}  // namespace certguard
