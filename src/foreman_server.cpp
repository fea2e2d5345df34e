#include "foreman_server.hpp"

namespace certguard {
namespace {

constexpr std::string_view kUserHint =
    "check user and password_file; too many failures make Foreman lock this address out for "
    "minutes";
constexpr std::string_view kPermissionHint =
    "the user needs view_hosts, view_content_views, view_lifecycle_environments, view_products and "
    "view_organizations";

}  // namespace

std::optional<Failed> ForemanServer::failure_of(HttpResponse& response,
                                                const std::string& asked) const {
    const std::string_view refused = response.status == 403 ? kPermissionHint : kUserHint;
    const bool is_error = response.status >= 400;
    return certguard::failure_of(response, asked, refused,
                                 is_error ? foreman::error_words(response.body) : "");
}

Failed ForemanServer::unreadable(const HttpResponse& response, const std::string& asked,
                                 const Error& error) const {
    return certguard::unreadable(response, asked, error.message);
}

}  // namespace certguard
