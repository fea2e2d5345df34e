// The policy file: what the guards are. One YAML document, read and validated as a whole.
//
// parse_policy() is a pure function of the text; it reads no other file. load_policy() also reads
// the policy and all files that it names (CAs, CRLs, passwords, keys, hosts files) and builds the
// trust stores, so what it returns is ready to decide with. All problems are reported at once, each
// with file, line, column, key, what was found and what was expected; a policy with an error is
// never returned.
//
// What is accepted (docs/policy.md is written from this list):
// - one YAML document in UTF-8, at most 1 MiB: maps, lists and texts, each text on one line, quoted
//   or not. Anchors, aliases, tags, merge keys, block text, duplicate keys and tabs in front of a
//   line are errors. A text is taken as it stands: no ${ENVIRONMENT}, no ~ for a directory.
// - `version: 1` and at least one guard. Unknown keys, wrong types and missing values are errors.
// - where a list is expected, a single text stands for a list of one.
// - a relative file name is relative to the policy file's directory.
// - sizes: decimal digits with an optional k, m or g (1024 and its powers).
// - times: decimal digits with ms, s, m (minutes), h or d behind them; 0 needs none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "certguard/diagnostic.hpp"
#include "certguard/limits.hpp"
#include "certguard/lookup_settings.hpp"
#include "certguard/trust_files.hpp"

namespace certguard {

enum class GuardType { x509, rhsm, host };
enum class GuardServes { content, registry };
enum class PathMatch { request, base_path };

struct FileName {
    std::string path;  // absolute, or as given to load_policy plus the relative part
    Location where;
};

struct LookupName {
    std::string name;
    Location where;
};

struct GuardName {
    std::string name;
    Location where;
};

struct GuardSettings {
    std::string name;  // [A-Za-z0-9_.-]{1,64}
    Location where;
    GuardType type = GuardType::x509;
    std::vector<FileName> ca;                   // never empty
    std::vector<FileName> crl;                  // may be empty: no revocation
    std::vector<std::string> names;             // of type x509: the CNs, lower case; empty: all
    GuardServes serves = GuardServes::content;  // registry: for type host only
    std::string path_prefix;  // "/pulp/content/", always with both slashes; empty: none
    PathMatch match = PathMatch::request;
    std::vector<std::string> base_paths;     // without slashes at the ends; for match: base_path
    std::optional<LookupName> lookup;        // of type host, always
    std::optional<LookupName> require_host;  // of the other types
    std::string forward_header = "X-CLIENT-CERT";  // empty: forward nothing
    std::size_t max_header = limits::kDefaultMaxHeader;
};

/// A lookup as it stands in the policy: what its files hold is not in SETTINGS yet.
struct LookupEntry {
    LookupSettings settings;  // its name like a guard's
    Location where;
    std::optional<FileName> ca;             // without: the system's CAs
    std::optional<FileName> password_file;  // of source foreman, always
    std::optional<FileName> certificate;
    std::optional<FileName> key;    // with a certificate, always
    std::optional<FileName> hosts;  // of source file, always
};

struct PolicySettings {
    std::vector<std::string> strip_headers;
    std::optional<GuardName> trusted_proxies;  // of type x509 with names, always
    std::vector<LookupEntry> lookups;          // in file order, names unique
    std::vector<GuardSettings> guards;         // in file order, names unique
};

struct ParsedPolicy {
    std::optional<PolicySettings> settings;  // empty when there is an error
    std::vector<Diagnostic> diagnostics;     // in file order
};

/// FILE names the text in messages and is the base of relative file names.
ParsedPolicy parse_policy(std::string_view text, const std::string& file);

/// A guard that can decide: its settings and the files it trusts.
struct Guard {
    GuardSettings settings;
    std::shared_ptr<TrustFiles> trust;
    /// Of type host: whose certificates are trusted proxies' (trusted_proxy.hpp). Null without
    /// trusted_proxies; owned by the same policy.
    const Guard* trusted_proxies = nullptr;
};

struct Policy {
    PolicySettings settings;
    std::vector<Guard> guards;               // same order as settings.guards
    std::vector<LookupSettings> lookups;     // complete; same order as settings.lookups
    const Guard* trusted_proxies = nullptr;  // one of GUARDS, or null

    /// Null when there is none of that name. Owned by the policy.
    const Guard* find(std::string_view name) const noexcept;
    const LookupSettings* find_lookup(std::string_view name) const noexcept;
};

struct LoadedPolicy {
    std::shared_ptr<const Policy> policy;  // null when there is an error
    std::vector<Diagnostic>
        diagnostics;        // in file order; one for a CA file stands where it is named
    bool was_read = false;  // false: the policy file itself can't be read
};

/// Reads everything from disk; for configuration time and the command, never for a request.
LoadedPolicy load_policy(const std::string& file, std::int64_t now);

}  // namespace certguard
