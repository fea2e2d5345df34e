// A policy with everything that it names, ready to decide with.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "certguard/policy.hpp"
#include "lookup_files.hpp"
#include "policy_draft.hpp"
#include "policy_fields.hpp"
#include "read_file.hpp"

namespace certguard {
namespace {

std::vector<std::string> paths_of(const std::vector<FileName>& files) {
    std::vector<std::string> paths;
    for (const FileName& file : files) {
        paths.push_back(file.path);
    }
    std::sort(paths.begin(), paths.end());
    paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
    return paths;
}

/// Makes one TrustFiles for all guards that name the same files.
class TrustLoader {
  public:
    TrustLoader(std::int64_t now, std::vector<Diagnostic>& diagnostics)
        : now_(now), diagnostics_(diagnostics) {}

    std::shared_ptr<TrustFiles> load(const GuardSettings& guard) {
        std::shared_ptr<TrustFiles>& trust = by_files_[{paths_of(guard.ca), paths_of(guard.crl)}];
        if (!trust) {
            trust = std::make_shared<TrustFiles>(paths_of(guard.ca), paths_of(guard.crl));
            const TrustFiles::Refreshed found = trust->load(now_);
            report(guard, Diagnostic::Severity::error, found.errors);
            report(guard, Diagnostic::Severity::warning, found.warnings);
        }
        return trust;
    }

  private:
    using Files = std::pair<std::vector<std::string>, std::vector<std::string>>;

    void report(const GuardSettings& guard, Diagnostic::Severity severity,
                const std::vector<NamedText>& findings) {
        for (const NamedText& finding : findings) {
            // Guards with other CRLs read the same CA again; say once what is wrong with it.
            if (reported_.emplace(finding.name, finding.text).second) {
                diagnostics_.push_back(
                    {severity, place_of(guard, finding.name), finding.name + ": " + finding.text});
            }
        }
    }

    static Location place_of(const GuardSettings& guard, const std::string& path) {
        for (const std::vector<FileName>* files : {&guard.ca, &guard.crl}) {
            for (const FileName& file : *files) {
                if (file.path == path) {
                    return file.where;
                }
            }
        }
        return guard.where;
    }

    std::int64_t now_;
    std::vector<Diagnostic>& diagnostics_;
    std::map<Files, std::shared_ptr<TrustFiles>> by_files_;
    std::set<std::pair<std::string, std::string>> reported_;
};

/// POLICY's guards must be complete: they point to one of themselves.
void connect_proxies(const PolicySettings& settings, Policy& policy) {
    if (!settings.trusted_proxies) {
        return;
    }
    policy.trusted_proxies = policy.find(settings.trusted_proxies->name);
    for (Guard& guard : policy.guards) {
        if (guard.settings.type == GuardType::host) {
            guard.trusted_proxies = policy.trusted_proxies;
        }
    }
}

}  // namespace

LoadedPolicy load_policy(const std::string& file, std::int64_t now) {
    LoadedPolicy loaded;
    const Result<FileContent> content = read_file(file, limits::kPolicyBytes);
    if (!content) {
        loaded.diagnostics.push_back(
            {Diagnostic::Severity::error, {file, 0, 0, ""}, content.error().message});
        return loaded;
    }
    loaded.was_read = true;
    PolicyDraft draft = draft_policy(content->text, file);
    auto policy = std::make_shared<Policy>();
    TrustLoader trust(now, draft.diagnostics);
    for (const GuardSettings& guard : draft.settings.guards) {
        policy->guards.push_back({guard, guard.ca.empty() ? nullptr : trust.load(guard), nullptr});
    }
    connect_proxies(draft.settings, *policy);
    std::vector<Diagnostic> in_hosts_files;
    for (const LookupEntry& entry : draft.settings.lookups) {
        policy->lookups.push_back(load_lookup(entry, draft.diagnostics, in_hosts_files));
    }
    sort_by_place(draft.diagnostics);
    loaded.diagnostics = std::move(draft.diagnostics);
    loaded.diagnostics.insert(loaded.diagnostics.end(), in_hosts_files.begin(),
                              in_hosts_files.end());
    if (!has_errors(loaded.diagnostics)) {
        policy->settings = std::move(draft.settings);
        loaded.policy = std::move(policy);
    }
    return loaded;
}

const Guard* Policy::find(std::string_view name) const noexcept {
    const auto found = std::find_if(guards.begin(), guards.end(), [name](const Guard& guard) {
        return guard.settings.name == name;
    });
    return found == guards.end() ? nullptr : &*found;
}

const LookupSettings* Policy::find_lookup(std::string_view name) const noexcept {
    const auto found =
        std::find_if(lookups.begin(), lookups.end(),
                     [name](const LookupSettings& lookup) { return lookup.name == name; });
    return found == lookups.end() ? nullptr : &*found;
}

}  // namespace certguard
