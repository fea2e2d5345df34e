// The decision that `certguard explain` shows, with each step that led to it, for any guard.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "certguard/authorization_header.hpp"
#include "certguard/decision.hpp"
#include "cli/live_lookup.hpp"

namespace certguard::cli {

/// What is to be decided.
struct ExplainQuestion {
    std::shared_ptr<const Policy> policy;
    const Guard* guard = nullptr;
    std::shared_ptr<ClientCertificate> certificate;  // null: the client shows none
    std::string uri;
    std::string method;
    Authorization authorization = Authorization::none;  // registries only
    bool can_pass = false;                              // the location has a certguard_pass
    bool offline = false;                               // ask no lookup
    std::int64_t now = 0;

    /// The guard's, whether or not this request needs it; null when it has none.
    const LookupSettings* lookup() const;
};

struct Explained {
    Verdict verdict = Verdict::unavailable;
    Reason reason = Reason::internal_error;
    int status = 503;        // of HTTP, unless granted or passed
    std::string message;     // when denied or unavailable
    bool trusted = false;    // the names in the certificate may be believed
    std::string path;        // nginx's $uri; empty when there is none
    std::string repository;  // that was asked for
    std::vector<std::string> steps;
    bool needs_lookup = false;           // without an answer of the lookup all of this says nothing
    std::optional<LookupAnswer> lookup;  // what it said, when it was asked
};

/// Error: the lookup could not even be asked.
Result<Explained> explain_decision(const ExplainQuestion& question);

}  // namespace certguard::cli
