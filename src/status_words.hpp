// The words of certguard_status that nothing else uses.
#pragma once

#include <string_view>

#include "certguard/lookup_source.hpp"

namespace certguard {

/// What became of a question to a source. Static storage.
constexpr std::string_view status_word(LookupStatus status) noexcept {
    switch (status) {
        case LookupStatus::found: return "found";
        case LookupStatus::unknown_host: return "unknown_host";
        case LookupStatus::refused: return "refused";
        case LookupStatus::unavailable: return "unavailable";
        case LookupStatus::failed: return "failed";
        case LookupStatus::misconfigured: return "misconfigured";
    }
    return "unavailable";
}

}  // namespace certguard
