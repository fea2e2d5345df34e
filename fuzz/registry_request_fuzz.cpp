// What parse_registry_request() makes of a target must be the target: its parts put together again
// are the path, byte for byte, and each part has the form that the OCI specification gives it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "certguard/registry_request.hpp"

namespace {

using certguard::RegistryKind;

void require(bool good) {
    if (!good) {
        std::abort();
    }
}

bool consists_of(std::string_view text, std::string_view alphabet) {
    return text.find_first_not_of(alphabet) == std::string_view::npos;
}

constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kWord =
    "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_";

/// No two separators side by side but "__" and dashes, and none at an end of a component.
void require_name(std::string_view name) {
    require(!name.empty() && name.size() <= 255 && name.front() != '/' && name.back() != '/');
    require(consists_of(name, std::string(kLower) + "._-/"));
    const std::string framed = "/" + std::string(name) + "/";
    for (std::size_t i = 0; i + 1 < framed.size(); ++i) {
        const char a = framed[i];
        const char b = framed[i + 1];
        const bool separators = consists_of(framed.substr(i, 2), "._-/");
        require(!separators || (a == '-' && b == '-') || (a == '_' && b == '_'));
        require(!separators || a != '_' || i + 2 == framed.size() || framed[i + 2] != '_');
    }
}

void require_digest(std::string_view text) {
    const std::size_t colon = text.find(':');
    require(colon != std::string_view::npos && colon > 0 && colon + 1 < text.size());
    require(consists_of(text.substr(0, colon), std::string(kLower) + "+._-"));
    require(consists_of(text.substr(colon + 1), std::string(kWord) + "=-"));
    if (text.substr(0, colon) == "sha256") {
        require(text.size() == colon + 1 + 64);
    }
}

void require_reference(std::string_view text) {
    if (text.find(':') != std::string_view::npos) {
        require_digest(text);
    } else {
        require(!text.empty() && text.size() <= 128 && text.front() != '.' && text.front() != '-');
        require(consists_of(text, std::string(kWord) + ".-"));
    }
}

/// The paths that KIND with these parts may have had.
std::vector<std::string> paths_of(const certguard::RegistryRequest& request) {
    const std::string name(request.repository);
    const std::string reference(request.reference);
    const std::string v2 = "/v2/" + name;
    switch (request.kind) {
        case RegistryKind::ping: return {"/v2", "/v2/"};
        case RegistryKind::token:
        case RegistryKind::token_exchange: return {"/v2/token"};
        case RegistryKind::catalog: return {"/v2/_catalog"};
        case RegistryKind::tags: return {v2 + "/tags/list"};
        case RegistryKind::manifest: return {v2 + "/manifests/" + reference};
        case RegistryKind::blob: return {v2 + "/blobs/" + reference};
        case RegistryKind::referrers: return {v2 + "/referrers/" + reference};
        case RegistryKind::container_redirect:
            return {"/pulp/container/" + name + "/manifests/" + reference,
                    "/pulp/container/" + name + "/blobs/" + reference};
        case RegistryKind::v1_ping: return {"/v1/_ping"};
        case RegistryKind::v1_search: return {"/v1/search"};
        case RegistryKind::flatpak_index: return {"/index/static"};
        case RegistryKind::upload:
        case RegistryKind::unknown: break;
    }
    return {};
}

void check(std::string_view method, std::string_view target, std::string_view uri) {
    const auto request = certguard::parse_registry_request(method, target, uri);
    if (!request) {
        require(request.error().reason == certguard::Reason::bad_request_path);
        return;
    }
    const bool reads = method == "GET" || method == "HEAD";
    require(reads || request->kind == RegistryKind::upload ||
            request->kind == RegistryKind::token_exchange);
    require((request->kind == RegistryKind::unknown) == (request->problem != nullptr));
    const std::string_view path = target.substr(0, target.find('?'));
    require(request->query.empty() ||
            target == std::string(path) + "?" + std::string(request->query));
    if (!request->repository.empty()) {
        require_name(request->repository);
    }
    const std::vector<std::string> paths = paths_of(*request);
    if (!paths.empty()) {
        require(path == uri && std::find(paths.begin(), paths.end(), path) != paths.end());
        require(certguard::reads_repository(request->kind) == !request->repository.empty());
    }
    switch (request->kind) {
        case RegistryKind::manifest:
        case RegistryKind::container_redirect: require_reference(request->reference); break;
        case RegistryKind::blob:
        case RegistryKind::referrers: require_digest(request->reference); break;
        default: break;
    }
}

}  // namespace

/// The input is a target; behind a newline there may be another $uri.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::size_t newline = input.find('\n');
    const std::string_view target = input.substr(0, newline);
    const std::string_view uri = newline == std::string_view::npos
                                     ? target.substr(0, target.find('?'))
                                     : input.substr(newline + 1);
    for (const char* method : {"GET", "HEAD", "POST", "DELETE"}) {
        check(method, target, uri);
    }
    return 0;
}
