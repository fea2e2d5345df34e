// A lookup of the policy, asked here and now: by the code that nginx runs, with nothing remembered.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "certguard/host_lookup.hpp"
#include "certguard/lookup_settings.hpp"
#include "certguard/result.hpp"
#include "cli/watched_http_client.hpp"

namespace certguard::cli {

struct LookupAnswer {
    LookupResult result;
    /// Of the source's answer that decided the result, when the host is not known.
    LookupStatus status = LookupStatus::unavailable;
    std::vector<Exchange> exchanges;
    std::uint64_t ms = 0;  // in all

    /// "known", "unknown_host", "refused" (unavailable, because the server does not answer this
    /// proxy), "unavailable", "misconfigured".
    std::string_view word() const noexcept;
    /// The names that anybody may pull, when known.
    NameList public_names() const;
};

/// Blocks: 5 s for the name of the lookup's server, as nginx does when it starts, and then for
/// connect_timeout + timeout, at most. Error: what in SETTINGS nginx would not start with.
Result<LookupAnswer> ask_lookup(const LookupSettings& settings, const HostQuestion& question);

}  // namespace certguard::cli
