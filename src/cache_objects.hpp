// The objects that this process has made of what is in the cache, one for each content, so that
// hosts with the same environments share them.
#pragma once

#include <cstddef>
#include <memory>
#include <unordered_map>

#include "certguard/digest.hpp"
#include "certguard/host_access.hpp"
#include "certguard/name_set.hpp"
#include "siphash.hpp"

namespace certguard {

/// What tells name sets, and profiles, from each other in the cache.
Digest identity_of(const NameSet& names, const SipKey& key);
Digest identity_of(const HostProfile& profile, const SipKey& key);

class CacheObjects {
  public:
    /// Null when there is none at the moment.
    std::shared_ptr<const NameSet> names(const Digest& identity) const;
    std::shared_ptr<const HostProfile> profile(const Digest& identity) const;

    /// Give the object of that content which is in use, or take this one into use.
    std::shared_ptr<const NameSet> share(const Digest& identity,
                                         std::shared_ptr<const NameSet> names);
    std::shared_ptr<const HostProfile> share(const Digest& identity,
                                             std::shared_ptr<const HostProfile> profile);

  private:
    // Name sets live as long as somebody uses them: they are big. Profiles are small and few.
    std::unordered_map<Digest, std::weak_ptr<const NameSet>, DigestHash> names_;
    std::size_t sweep_at_ = 64;
    std::unordered_map<Digest, std::shared_ptr<const HostProfile>, DigestHash> profiles_;
};

}  // namespace certguard
