// Points in time for people.
#pragma once

#include <cstdint>
#include <string>

namespace certguard {

/// "2026-01-31 23:59:59 UTC" of seconds since the epoch.
std::string time_text(std::int64_t seconds);

}  // namespace certguard
