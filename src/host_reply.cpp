#include "certguard/host_reply.hpp"

namespace certguard {

HostReply::HostReply(const LookupResult& result)
    : outcome(result.outcome),
      profile(result.access ? result.access->profile() : nullptr),
      access(result.access),
      how(result.how),
      lookup_time(result.lookup_time),
      retry_after(result.retry_after),
      message(result.message) {}

HostReply::HostReply(const RepositoryAccess& repository)
    : outcome(LookupOutcome::known),
      profile(repository.profile),
      may_pull(repository.may_pull()),
      how(CacheUse::hit) {}

}  // namespace certguard
