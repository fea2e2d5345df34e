// What one known host may have: its organization, its content view environments and the
// repositories in them; and beside them the repositories that anybody may pull.
//
// Immutable. Hosts that have the same environments share the profile and the name sets.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "certguard/lookup_source.hpp"
#include "certguard/name_set.hpp"

namespace certguard {

/// Where a host belongs. Hosts of the same organization and environments share one.
struct HostProfile {
    std::string organization;                  // label; empty when the source does not tell
    std::vector<EnvironmentRef> environments;  // in the host's own order
};

class HostAccess {
  public:
    using Names = std::shared_ptr<const NameSet>;  // null: none

    /// OWN: the names of the host itself and of each of its environments; OPEN: the public ones.
    HostAccess(std::shared_ptr<const HostProfile> profile, std::vector<Names> own, Names open);

    const std::string& organization() const noexcept { return profile_->organization; }
    const std::vector<EnvironmentRef>& environments() const noexcept {
        return profile_->environments;
    }
    const std::shared_ptr<const HostProfile>& profile() const noexcept { return profile_; }

    /// In the host's own list. Whole names, bytewise.
    bool lists(std::string_view repository) const noexcept;
    /// Open to anybody, without a login.
    bool is_public(std::string_view repository) const noexcept;
    bool may_pull(std::string_view repository) const noexcept {
        return lists(repository) || is_public(repository);
    }

    /// The host's own list, and that with the public names: sorted bytewise, each name once. Both
    /// are put together at every call.
    NameList own_names() const;
    NameList pullable_names() const;
    /// The latter one by one, as each_name() gives them: only what is taken is put together.
    void each_pullable(std::string_view last, const NameTest& wanted, const NameTest& take) const {
        each_name(sets_, last, wanted, take);
    }

    /// The sets that all this is made of, shared with other hosts. Never null ones.
    const std::vector<Names>& name_sets() const noexcept { return sets_; }

  private:
    std::shared_ptr<const HostProfile> profile_;
    std::vector<Names> sets_;
    std::size_t own_;  // so many of them are the host's own; one more at most is public
};

/// What a known host and one repository are to each other.
struct RepositoryAccess {
    bool listed = false;     // in the host's own list
    bool is_public = false;  // anybody may pull it
    std::shared_ptr<const HostProfile> profile;

    bool may_pull() const noexcept { return listed || is_public; }
};

}  // namespace certguard
