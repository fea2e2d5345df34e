// The CA and CRL files of one guard, and the trust store made of what they hold now.
//
// current() is what requests verify with: one pointer read, no lock, no file. refresh() looks
// whether a file has changed, and if so builds a new store from all of them; when that fails the
// old store stays in force and the error is reported once per change. Guards that name the same
// files share one TrustFiles.
//
// Threads: refresh() reads and parses, so a worker runs it on a thread of its own
// (trust_refresher.hpp) and takes the result over on the event loop's thread with adopt().
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "certguard/trust_store.hpp"

namespace certguard {

class TrustFiles {
  public:
    /// What refresh() found. Nothing has changed when there is neither a store nor a message.
    struct Refreshed {
        std::shared_ptr<const TrustStore> store;  // null: keep the old one
        std::vector<NamedText> errors;
        std::vector<NamedText> warnings;
    };

    TrustFiles(std::vector<std::string> ca, std::vector<std::string> crl);

    /// The first reading. Errors leave current() null.
    Refreshed load(std::int64_t now);
    /// Compares device, inode, size and modification time; reads only what has changed.
    Refreshed refresh(std::int64_t now);

    const std::shared_ptr<const TrustStore>& current() const noexcept { return current_; }
    void adopt(std::shared_ptr<const TrustStore> store) noexcept { current_ = std::move(store); }

    const std::vector<std::string>& ca() const noexcept { return ca_; }
    const std::vector<std::string>& crl() const noexcept { return crl_; }

  private:
    std::vector<std::string> ca_;
    std::vector<std::string> crl_;
    std::shared_ptr<const TrustStore> current_;
};

}  // namespace certguard
