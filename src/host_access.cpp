#include "certguard/host_access.hpp"

#include <algorithm>
#include <utility>

namespace certguard {
namespace {

NameList merged(const NameSets& sets) {
    NameList names;
    const auto any = [](std::string_view) { return true; };
    each_name(sets, {}, any, [&names](std::string_view name) {
        names.emplace_back(name);
        return true;
    });
    return names;
}

}  // namespace

HostAccess::HostAccess(std::shared_ptr<const HostProfile> profile, std::vector<Names> own,
                       Names open)
    : profile_(std::move(profile)), sets_(std::move(own)) {
    sets_.erase(std::remove(sets_.begin(), sets_.end(), nullptr), sets_.end());
    own_ = sets_.size();
    if (open) {
        sets_.push_back(std::move(open));
    }
}

bool HostAccess::lists(std::string_view repository) const noexcept {
    return std::any_of(sets_.begin(), sets_.begin() + static_cast<std::ptrdiff_t>(own_),
                       [&](const Names& names) { return names->contains(repository); });
}

bool HostAccess::is_public(std::string_view repository) const noexcept {
    return own_ != sets_.size() && sets_.back()->contains(repository);
}

NameList HostAccess::own_names() const {
    return merged({sets_.begin(), sets_.begin() + static_cast<std::ptrdiff_t>(own_)});
}

NameList HostAccess::pullable_names() const {
    return merged(sets_);
}

}  // namespace certguard
