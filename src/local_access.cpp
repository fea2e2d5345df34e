#include "local_access.hpp"

#include <utility>

namespace certguard {

namespace {

constexpr std::size_t kHostBytes = 256;  // an entry without its names, roughly

}  // namespace

LocalAccess::LocalAccess(std::size_t most_hosts, std::size_t most_bytes)
    : most_hosts_(most_hosts), most_bytes_(most_bytes), asked_(most_hosts) {}

RepositoryAccess LocalAccess::Entry::ask(std::string_view name) {
    if (asked_ != name) {
        listed_ = access->lists(name);
        is_public_ = access->is_public(name);
        asked_ = name;
    }
    return {listed_, is_public_, access->profile()};
}

LocalAccess::Entry* LocalAccess::find(const Digest& host, std::uint64_t now, std::uint64_t epoch) {
    const auto found = by_key_.find(host);
    if (found == by_key_.end()) {
        return nullptr;
    }
    Entry& entry = found->second->entry;
    if (now >= entry.check_at || epoch != entry.epoch) {
        return nullptr;  // it stays: most likely its names are still right, and shared
    }
    order_.splice(order_.begin(), order_, found->second);
    return &entry;
}

void LocalAccess::put(const Digest& host, Entry entry) {
    const auto found = by_key_.find(host);
    count(*entry.access);
    if (found != by_key_.end()) {
        discount(*found->second->entry.access);
        found->second->entry = std::move(entry);
        order_.splice(order_.begin(), order_, found->second);
    } else {
        order_.push_front({host, std::move(entry)});
        by_key_.emplace(host, order_.begin());
    }
    while (!order_.empty() && (order_.size() > most_hosts_ || bytes_ > most_bytes_)) {
        remove(std::prev(order_.end()));
    }
}

bool LocalAccess::asked_before(const Digest& host) {
    Digest& place = asked_[DigestHash()(host) % asked_.size()];
    return std::exchange(place, host) == host;
}

void LocalAccess::remove(Order::iterator host) {
    discount(*host->entry.access);
    by_key_.erase(host->key);
    order_.erase(host);
}

void LocalAccess::count(const HostAccess& access) {
    bytes_ += kHostBytes;
    for (const HostAccess::Names& names : access.name_sets()) {
        if (++users_[names.get()] == 1) {
            bytes_ += names->memory();
        }
    }
}

void LocalAccess::discount(const HostAccess& access) {
    bytes_ -= kHostBytes;
    for (const HostAccess::Names& names : access.name_sets()) {
        const auto user = users_.find(names.get());
        if (--user->second == 0) {
            bytes_ -= names->memory();
            users_.erase(user);
        }
    }
}

}  // namespace certguard
