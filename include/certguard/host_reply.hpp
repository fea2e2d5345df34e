// What a lookup said about the host of a certificate, as a decision takes it.
//
// Made from a HostLookup's answers; plain data, shares what it points to with the cache.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "certguard/host_access.hpp"
#include "certguard/host_lookup.hpp"

namespace certguard {

struct HostReply {
    LookupOutcome outcome = LookupOutcome::unavailable;
    std::shared_ptr<const HostProfile> profile;  // when known
    /// When known: all that the host may pull; null when only one repository was asked for.
    std::shared_ptr<const HostAccess> access;
    bool may_pull = false;  // that one repository
    CacheUse how = CacheUse::none;
    std::uint64_t lookup_time = 0;  // ms
    unsigned retry_after = 0;       // seconds, when unavailable
    std::string message;            // for the admin, unless known

    HostReply() = default;
    explicit HostReply(const LookupResult& result);
    /// From HostLookup::peek().
    explicit HostReply(const RepositoryAccess& repository);
};

}  // namespace certguard
