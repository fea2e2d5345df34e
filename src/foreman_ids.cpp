#include "foreman_ids.hpp"

#include <charconv>

namespace certguard::foreman {
namespace {

std::optional<std::uint64_t> id_in(std::string_view digits) {
    std::uint64_t id = 0;
    const char* const end = digits.data() + digits.size();
    const auto [rest, error] = std::from_chars(digits.data(), end, id);
    return error == std::errc() && rest == end ? std::optional(id) : std::nullopt;
}

}  // namespace

std::string key_of(const EnvironmentIds& ids) {
    return std::to_string(ids.content_view) + '-' + std::to_string(ids.lifecycle_environment);
}

std::optional<EnvironmentIds> ids_in(std::string_view key) {
    const std::size_t dash = key.find('-');
    if (dash == std::string_view::npos) {
        return std::nullopt;
    }
    const auto content_view = id_in(key.substr(0, dash));
    const auto lifecycle_environment = id_in(key.substr(dash + 1));
    if (!content_view || !lifecycle_environment) {
        return std::nullopt;
    }
    return EnvironmentIds{*content_view, *lifecycle_environment};
}

std::string query_of(const EnvironmentIds& ids) {
    return "?content_view_id=" + std::to_string(ids.content_view) +
           "&environment_id=" + std::to_string(ids.lifecycle_environment);
}

}  // namespace certguard::foreman
