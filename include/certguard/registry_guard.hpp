// The decision of a guard that serves a registry, from what nginx and `certguard explain` have: the
// guard, the client's certificate and what a lookup said. registry_decision.hpp has the tables.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "certguard/client_certificate.hpp"
#include "certguard/host_reply.hpp"
#include "certguard/policy.hpp"
#include "certguard/registry_decision.hpp"
#include "certguard/result.hpp"

namespace certguard {

struct RegistryRuling {
    RegistryOutcome outcome;
    bool trusted = false;  // the certificate was verified, so its names may be believed
};

/// Decides QUESTION, whose `certificate` and `lookup` are filled in here. CERTIFICATE holds null
/// when the client showed none, and an error when it can't be read. REPLY is null while GUARD's
/// lookup has not been asked (RegistryAction::ask_lookup says when it must be); a reply about one
/// repository only answers for that of the question. STEPS, when given, receives one line per step
/// that led to the decision. Never throws: what fails inside is unavailable, internal_error.
RegistryRuling decide_registry_guard(const Guard& guard,
                                     const Result<std::shared_ptr<ClientCertificate>>& certificate,
                                     RegistryQuestion question, const HostReply* reply,
                                     std::vector<std::string>* steps = nullptr) noexcept;

/// The decision on a target that parse_registry_request() refused with ERROR.
RegistryRuling refuse_registry_path(const Guard& guard,
                                    const Result<std::shared_ptr<ClientCertificate>>& certificate,
                                    const Error& error, std::int64_t now) noexcept;

}  // namespace certguard
