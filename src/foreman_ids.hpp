// A content view environment by the ids of its content view and its lifecycle environment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

namespace certguard::foreman {

struct EnvironmentIds {
    std::uint64_t content_view = 0;
    std::uint64_t lifecycle_environment = 0;

    bool operator<(const EnvironmentIds& other) const noexcept {
        return std::tie(content_view, lifecycle_environment) <
               std::tie(other.content_view, other.lifecycle_environment);
    }
    bool operator==(const EnvironmentIds& other) const noexcept {
        return content_view == other.content_view &&
               lifecycle_environment == other.lifecycle_environment;
    }
};

/// "7-5", for EnvironmentRef::key.
std::string key_of(const EnvironmentIds& ids);
/// The ids in such a key; nothing when it has another form.
std::optional<EnvironmentIds> ids_in(std::string_view key);

/// "?content_view_id=7&environment_id=5". Katello ignores one without the other.
std::string query_of(const EnvironmentIds& ids);

}  // namespace certguard::foreman
