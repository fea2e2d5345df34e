#include "cache_objects.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace certguard {

namespace {

constexpr std::size_t kMostProfiles = 1024;

/// Texts one after the other, each with its length, so that no two lists look the same.
void add(SipHash& hash, std::string_view text) {
    const auto size = static_cast<std::uint32_t>(text.size());
    char bytes[4];
    for (unsigned i = 0; i < 4; ++i) {
        bytes[i] = static_cast<char>(size >> (8 * i));
    }
    hash.update({bytes, sizeof bytes});
    hash.update(text);
}

}  // namespace

Digest identity_of(const NameSet& names, const SipKey& key) {
    SipHash hash(key);
    for (NameSet::Cursor cursor(names); cursor.next();) {
        add(hash, cursor.name());
    }
    return hash.finish();
}

Digest identity_of(const HostProfile& profile, const SipKey& key) {
    SipHash hash(key);
    add(hash, profile.organization);
    for (const EnvironmentRef& environment : profile.environments) {
        add(hash, environment.label);
        add(hash, environment.key);
    }
    return hash.finish();
}

std::shared_ptr<const NameSet> CacheObjects::names(const Digest& identity) const {
    const auto found = names_.find(identity);
    return found == names_.end() ? nullptr : found->second.lock();
}

std::shared_ptr<const HostProfile> CacheObjects::profile(const Digest& identity) const {
    const auto found = profiles_.find(identity);
    return found == profiles_.end() ? nullptr : found->second;
}

std::shared_ptr<const NameSet> CacheObjects::share(const Digest& identity,
                                                   std::shared_ptr<const NameSet> names) {
    std::weak_ptr<const NameSet>& place = names_[identity];
    if (auto in_use = place.lock()) {
        return in_use;
    }
    place = names;
    if (names_.size() >= sweep_at_) {
        for (auto entry = names_.begin(); entry != names_.end();) {
            entry = entry->second.expired() ? names_.erase(entry) : std::next(entry);
        }
        sweep_at_ = std::max<std::size_t>(64, names_.size() * 2);
    }
    return names;
}

std::shared_ptr<const HostProfile> CacheObjects::share(const Digest& identity,
                                                       std::shared_ptr<const HostProfile> profile) {
    if (profiles_.size() >= kMostProfiles) {
        profiles_.clear();
    }
    return profiles_.emplace(identity, std::move(profile)).first->second;
}

}  // namespace certguard
