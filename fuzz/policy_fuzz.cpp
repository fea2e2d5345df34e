// Whatever a policy file holds, it is either a policy that keeps what policy.hpp promises, or a
// list of errors that each fit one line and point into the file.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "certguard/identity_headers.hpp"
#include "certguard/policy.hpp"
#include "require.hpp"

namespace {

using namespace certguard;
using certguard::fuzz::require;

void check(const Diagnostic& diagnostic, int lines) {
    require(diagnostic.severity == Diagnostic::Severity::error);
    require(diagnostic.where.line >= 0 && diagnostic.where.line <= lines);
    require((diagnostic.where.line == 0) == (diagnostic.where.column == 0));
    const std::string line = to_string(diagnostic);
    require(line.find_first_of("\n\r\t\x1b") == std::string::npos);
}

void check(const GuardSettings& guard) {
    require(!guard.name.empty() && guard.name.size() <= 64 && guard.name != "off");
    require(!guard.ca.empty());
    for (const FileName& file : guard.ca) {
        require(file.path.size() > 0 && file.path.find('\0') == std::string::npos);
    }
    const std::string& prefix = guard.path_prefix;
    require(prefix.empty() || (prefix.front() == '/' && prefix.back() == '/'));
    require((guard.match == PathMatch::base_path) == !guard.base_paths.empty());
    for (const std::string& base : guard.base_paths) {
        require(!base.empty() && base.front() != '/' && base.back() != '/');
    }
    require(guard.type == GuardType::rhsm || (prefix.empty() && guard.base_paths.empty()));
    require(guard.forward_header.empty() || header_name_problem(guard.forward_header).empty());
    require(guard.max_header >= limits::kLeastMaxHeader &&
            guard.max_header <= limits::kMostMaxHeader);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const ParsedPolicy parsed = parse_policy(text, "policy.yaml");
    require(parsed.settings.has_value() == parsed.diagnostics.empty());
    const auto lines = static_cast<int>(std::count(text.begin(), text.end(), '\n')) + 1;
    for (const Diagnostic& diagnostic : parsed.diagnostics) {
        check(diagnostic, lines);
    }
    if (parsed.settings) {
        require(!parsed.settings->guards.empty());
        for (const GuardSettings& guard : parsed.settings->guards) {
            check(guard);
        }
    }
    return 0;
}
