#include "cli/policy_file.hpp"

#include <ctime>
#include <ostream>

namespace certguard::cli {
namespace {

template <class Items, class NameOf>
std::string joined(const Items& items, NameOf name_of) {
    std::string names;
    for (const auto& item : items) {
        names += (names.empty() ? "" : ", ") + name_of(item);
    }
    return names;
}

}  // namespace

std::shared_ptr<const Policy> read_policy(const std::string& file, std::ostream& err) {
    LoadedPolicy loaded = load_policy(file, std::time(nullptr));
    for (const Diagnostic& diagnostic : loaded.diagnostics) {
        err << to_string(diagnostic) << '\n';
    }
    return std::move(loaded.policy);
}

std::string names_of(const std::vector<Guard>& guards) {
    return joined(guards, [](const Guard& guard) { return guard.settings.name; });
}

std::string names_of(const std::vector<LookupSettings>& lookups) {
    return joined(lookups, [](const LookupSettings& lookup) { return lookup.name; });
}

}  // namespace certguard::cli
