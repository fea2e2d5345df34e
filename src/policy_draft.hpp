// A policy as far as it could be read, for load_policy(): it looks at the files that a policy names
// even when the policy has errors, so that an administrator sees all problems at once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "certguard/diagnostic.hpp"
#include "certguard/policy.hpp"

namespace certguard {

struct PolicyDraft {
    PolicySettings settings;  // guards whose file lists have an error have no files at all
    std::vector<Diagnostic> diagnostics;
};

PolicyDraft draft_policy(std::string_view text, const std::string& file);

}  // namespace certguard
