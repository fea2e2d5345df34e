// The decision of a guard that serves a registry: a pure function of what was asked, what the
// certificate is, for whom the Authorization header speaks, and what the lookup said.
//
// A user's credentials and what nobody identified are not the certificate's to decide: they are
// passed, as they came and without any certificate identity. A certificate identity only reads.
// The tables are DESIGN.md's, sections 6 and 7; t/unit/registry_decision_test.cpp has each cell.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "certguard/authorization_header.hpp"
#include "certguard/decision.hpp"
#include "certguard/reason.hpp"
#include "certguard/registry_answer.hpp"
#include "certguard/registry_request.hpp"

namespace certguard {

/// The repositories that one known host may pull: its own and the public ones.
class PullableRepositories : public ListedNames {
  public:
    /// Whole names, bytewise.
    virtual bool contains(std::string_view name) const = 0;
};

/// What the client's certificate is, once trust and names have been looked at.
struct RegistryCertificate {
    enum class State {
        none,   // the client showed none
        bad,    // REASON says why: trust, no host's, too large to forward, ...
        host,   // trusted, and named by a consumer UUID
        proxy,  // a trusted proxy's, which asks for one of its own clients
    };
    State state = State::none;
    Reason reason = Reason::bad_certificate;
    std::string_view message;       // bad: for the admin
    std::string_view uuid;          // host: 36 characters, lower case
    std::string_view organization;  // host: its O, may be empty
    std::int64_t not_before = 0;    // seconds since the epoch; for what the client is told
    std::int64_t not_after = 0;
    std::optional<std::int64_t> since = {};  // bad: since when, if that is known
};

/// What is known of the certificate's host.
struct RegistryLookup {
    enum class State {
        not_asked,
        known_host,     // REPOSITORIES is there
        unknown_host,   // there is no such host, or no more
        misconfigured,  // an answer that can't be right: several hosts with one UUID
        unavailable,    // nobody could tell; never an empty list
    };
    State state = State::not_asked;
    const PullableRepositories* repositories = nullptr;
    std::string_view organization;   // label; empty when the source does not tell
    std::uint32_t retry_after = 10;  // unavailable: seconds
    std::string_view message;        // misconfigured, unavailable: why, for the admin
};

/// Views: valid for the call only.
struct RegistryQuestion {
    RegistryRequest request;
    std::string_view host;   // the Host header: challenges lead back to it
    bool speaks_v2 = false;  // the request has `Docker-Distribution-Api-Version: registry/2.0`
    bool can_pass = false;   // the location has a certguard_pass
    /// False when the server had refused the request before it looked for a location and an
    /// error page brought it here: a certificate opens nothing then (Reason::refused_by_server).
    bool was_located = true;
    Authorization authorization = Authorization::none;
    RegistryCertificate certificate;
    RegistryLookup lookup;
    std::int64_t now = 0;
};

enum class RegistryAction {
    pass,          // to certguard_pass, without any certificate identity
    ask_lookup,    // ask for the host first, then decide again with the answer
    grant,         // to the location's own handler, with the verified certificate
    filter_index,  // the same, and the body of its 200 through FlatpakIndexFilter
    answer,        // send ANSWER
};

struct RegistryOutcome {
    RegistryAction action = RegistryAction::answer;
    Verdict verdict = Verdict::unavailable;  // ask_lookup: has no meaning yet
    Reason reason = Reason::internal_error;
    /// The marker must be gone from the request before anybody else sees it.
    bool drop_authorization = false;
    bool by_lookup = false;  // what the lookup has said was needed, and this is decided by it
    RegistryAnswer answer{503, {}, {}, {}};
    std::string message;  // for the admin, when denied or unavailable; one line
};

/// Never throws: what fails inside is unavailable, internal_error.
RegistryOutcome decide_registry(const RegistryQuestion& question) noexcept;

/// The decision on a target that parse_registry_request() refused.
RegistryOutcome refuse_registry_path(const Error& error) noexcept;

}  // namespace certguard
