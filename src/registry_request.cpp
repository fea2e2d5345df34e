#include "certguard/registry_request.hpp"

#include <string.h>

#include <algorithm>

#include "certguard/names.hpp"
#include "certguard/oci_reference.hpp"
#include "certguard/request_path.hpp"

namespace certguard {
namespace {

constexpr char kNoSuchRequest[] = "it is no request that a registry answers";

/// Takes the last segment of TEXT, and the slash before it, away from its end.
bool take_last(std::string_view& text, std::string_view& last) noexcept {
    const std::size_t slash = text.rfind('/');
    if (slash == std::string_view::npos) {
        return false;
    }
    last = text.substr(slash + 1);
    text = text.substr(0, slash);
    return true;
}

bool take_prefix(std::string_view& path, std::string_view prefix) noexcept {
    if (path.substr(0, prefix.size()) != prefix) {
        return false;
    }
    path.remove_prefix(prefix.size());
    return true;
}

/// What REST, a path behind its prefix, asks for by its words alone: nobody has looked at the name
/// and the reference yet.
RegistryRequest split(std::string_view rest) noexcept {
    RegistryRequest request;
    std::string_view last;
    std::string_view word;
    if (!take_last(rest, last) || !take_last(rest, word)) {
        return request;
    }
    if (word == "manifests") {
        request.kind = RegistryKind::manifest;
    } else if (word == "referrers") {
        request.kind = RegistryKind::referrers;
    } else if (word == "tags" && last == "list") {
        request.kind = RegistryKind::tags;
    } else if (word == "blobs") {
        request.kind = last == "uploads" ? RegistryKind::upload : RegistryKind::blob;
    } else if (word == "uploads" && take_last(rest, word) && word == "blobs") {
        request.kind = RegistryKind::upload;  // of the session LAST, or a new one
    }
    request.repository = rest;
    if (request.kind != RegistryKind::tags && request.kind != RegistryKind::upload) {
        request.reference = last;
    }
    return request;
}

const char* grammar_problem(const RegistryRequest& request) noexcept {
    const std::string_view reference = request.reference;
    bool is_reference = true;
    switch (request.kind) {
        case RegistryKind::unknown: return kNoSuchRequest;
        case RegistryKind::manifest:
            is_reference = is_tag(reference) || is_digest(reference);
            break;
        case RegistryKind::blob:
        case RegistryKind::referrers: is_reference = is_digest(reference); break;
        default: break;
    }
    if (!is_repository_name(request.repository)) {
        return "the repository name breaks the OCI grammar";
    }
    return is_reference ? nullptr : "the tag or digest breaks the OCI grammar";
}

RegistryRequest read_named(std::string_view path) noexcept {
    const bool is_below_v2 = take_prefix(path, "/v2/");
    RegistryRequest request;
    if (is_below_v2 || take_prefix(path, "/pulp/container/")) {
        request = split(path);
    }
    const bool can_redirect =
        request.kind == RegistryKind::manifest || request.kind == RegistryKind::blob;
    if (!is_below_v2 && !can_redirect) {
        request.kind = RegistryKind::unknown;
    }
    if (const char* problem = grammar_problem(request)) {
        request = {};
        request.problem = problem;
    } else if (!is_below_v2) {
        request.kind = RegistryKind::container_redirect;
    }
    return request;
}

RegistryRequest read_path(std::string_view path) noexcept {
    constexpr struct {
        std::string_view path;
        RegistryKind kind;
    } kFixed[] = {
        {"/v2", RegistryKind::ping},
        {"/v2/", RegistryKind::ping},
        {"/v2/token", RegistryKind::token},
        {"/v2/_catalog", RegistryKind::catalog},
        {"/v1/_ping", RegistryKind::v1_ping},
        {"/v1/search", RegistryKind::v1_search},
        {"/index/static", RegistryKind::flatpak_index},
    };
    for (const auto& fixed : kFixed) {
        if (path == fixed.path) {
            RegistryRequest request;
            request.kind = fixed.kind;
            return request;
        }
    }
    return read_named(path);
}

bool has_repeated_slashes(std::string_view path) noexcept {
    return memmem(path.data(), path.size(), "//", 2) != nullptr;
}

const char* problem_for_everyone(std::string_view target, std::string_view uri) noexcept {
    if (target.empty() || target.front() != '/') {
        return "no slash at its beginning";
    }
    if (const char* problem = path_problem(target, uri)) {
        return problem;
    }
    const std::size_t question = target.find('?');
    if (question == std::string_view::npos) {
        return nullptr;  // path_problem() has looked for control characters in all of it
    }
    const std::string_view query = target.substr(question);
    const bool has_control = std::any_of(query.begin(), query.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
    return has_control ? "a control character" : nullptr;
}

}  // namespace

std::string_view registry_kind_word(RegistryKind kind) noexcept {
    switch (kind) {
        case RegistryKind::ping: return "ping";
        case RegistryKind::token: return "token";
        case RegistryKind::token_exchange: return "token exchange";
        case RegistryKind::catalog: return "catalog";
        case RegistryKind::tags: return "tags";
        case RegistryKind::manifest: return "manifest";
        case RegistryKind::blob: return "blob";
        case RegistryKind::referrers: return "referrers";
        case RegistryKind::container_redirect: return "container redirect";
        case RegistryKind::v1_ping: return "v1 ping";
        case RegistryKind::v1_search: return "v1 search";
        case RegistryKind::flatpak_index: return "flatpak index";
        case RegistryKind::upload: return "upload";
        case RegistryKind::unknown: return "unknown";
    }
    return "unknown";
}

bool reads_repository(RegistryKind kind) noexcept {
    switch (kind) {
        case RegistryKind::tags:
        case RegistryKind::manifest:
        case RegistryKind::blob:
        case RegistryKind::referrers:
        case RegistryKind::container_redirect: return true;
        default: return false;
    }
}

Result<RegistryRequest> parse_registry_request(std::string_view method, std::string_view target,
                                               std::string_view uri) {
    if (const char* problem = problem_for_everyone(target, uri)) {
        return Error{Reason::bad_request_path, std::string("the path holds ") + problem};
    }
    const std::size_t question = target.find('?');
    const std::string_view path = target.substr(0, question);
    RegistryRequest request;
    if (path == uri) {
        request = read_path(path);
    } else {
        // After a rewrite only nginx knows which of the two the backend will see.
        request.problem = "the path is escaped or was rewritten";
    }
    // What the grammar accepts has none.
    if (request.kind == RegistryKind::unknown &&
        (has_repeated_slashes(path) || has_repeated_slashes(uri))) {
        return Error{Reason::bad_request_path, "the path holds repeated slashes"};
    }
    if (question != std::string_view::npos) {
        request.query = target.substr(question + 1);
    }
    if (method != "GET" && method != "HEAD") {
        const bool is_exchange = method == "POST" && request.kind == RegistryKind::token;
        request.kind = is_exchange ? RegistryKind::token_exchange : RegistryKind::upload;
        request.problem = nullptr;
    }
    return request;
}

}  // namespace certguard
