// The hosts that a worker was asked about last, ready to be asked again without any lock. Bounded
// in number and memory; what was not used for longest goes first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <unordered_map>
#include <vector>

#include "certguard/digest.hpp"
#include "certguard/host_access.hpp"

namespace certguard {

class LocalAccess {
  public:
    struct Entry {
        Entry(std::shared_ptr<const HostAccess> its_access, bool is_stale,
              std::uint64_t its_check_at, std::uint64_t its_epoch)
            : access(std::move(its_access)),
              stale(is_stale),
              check_at(its_check_at),
              epoch(its_epoch) {}

        std::shared_ptr<const HostAccess> access;
        bool stale;
        std::uint64_t check_at;  // look into the cache again then, monotonic ms
        std::uint64_t epoch;     // AccessCache::epoch() before ACCESS was read

        /// May the host pull NAME? Remembers the answer: a pull is a dozen requests for one name.
        RepositoryAccess ask(std::string_view name);

      private:
        std::string asked_;
        bool listed_ = false;
        bool is_public_ = false;
    };

    LocalAccess(std::size_t most_hosts, std::size_t most_bytes);

    /// Null when there is none that still holds. Valid until the next call.
    Entry* find(const Digest& host, std::uint64_t now, std::uint64_t epoch);
    void put(const Digest& host, Entry entry);
    /// Was HOST asked about lately, though it is not here? Remembers that it is now.
    bool asked_before(const Digest& host);

    std::size_t size() const noexcept { return order_.size(); }
    std::size_t bytes() const noexcept { return bytes_; }

  private:
    struct Host {
        Digest key;
        Entry entry;
    };
    using Order = std::list<Host>;  // most recently used first

    void remove(Order::iterator host);
    void count(const HostAccess& access);
    void discount(const HostAccess& access);

    std::size_t most_hosts_;
    std::size_t most_bytes_;
    std::size_t bytes_ = 0;
    Order order_;
    std::unordered_map<Digest, Order::iterator, DigestHash> by_key_;
    std::unordered_map<const NameSet*, std::size_t> users_;  // of sets, for their memory
    std::vector<Digest> asked_;
};

}  // namespace certguard
