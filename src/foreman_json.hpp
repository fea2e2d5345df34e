// What Foreman's and Katello's APIs answer, reduced to what a lookup needs: katello.md 3.3 and 3.4.
//
// All readers take any bytes. Their error says what is wrong with BODY as a whole; single values
// that can't be what they should be are left out. BODY is padded, see json.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "certguard/lookup_source.hpp"
#include "certguard/result.hpp"
#include "foreman_ids.hpp"

namespace certguard::foreman {

struct HostEnvironment {
    std::optional<EnvironmentIds> ids;
    std::string label;  // empty before Katello 4.14, which has none here
};

struct Host {
    std::string uuid;  // as Foreman writes it; empty when it has no subscription facet
    std::optional<std::uint64_t> organization_id;
    std::vector<HostEnvironment> environments;
};

/// GET /api/v2/hosts
struct HostsPage {
    std::vector<Host> hosts;
    std::optional<std::uint64_t> subtotal;  // that the search found
    std::optional<std::uint64_t> total;     // that the user may see
};
Result<HostsPage> read_hosts(std::string& body);

/// GET /katello/api/v2/repositories?content_view_id=...&environment_id=...
struct RepositoriesPage {
    std::size_t rows = 0;
    NameList names;                         // as they come, good ones only
    std::optional<std::uint64_t> subtotal;  // rows of all pages
    std::string error;                      // Katello's words about a search that it could not do
    bool is_foreign = false;                // some row says that it is of another environment
};
Result<RepositoriesPage> read_repositories(std::string& body, const EnvironmentIds& ids);

/// GET /katello/api/v2/organizations: the label of the organization ID; empty when it is not
/// listed.
Result<std::string> read_organization_label(std::string& body, std::uint64_t id);

/// GET /katello/api/v2/content_view_versions?content_view_id=...&environment_id=...
/// The label of the environment IDS, put together as Katello does since 4.14; empty when the answer
/// does not tell.
Result<std::string> read_environment_label(std::string& body, const EnvironmentIds& ids);

/// What the body of an error says, quoted; empty when it says nothing.
std::string error_words(std::string& body);

}  // namespace certguard::foreman
