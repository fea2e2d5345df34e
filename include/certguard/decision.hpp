// The decision: a pure function of guard, certificate, request and time.
//
// The same function answers nginx's access handler, the unit tests and `certguard explain`. It
// reads no file, no clock and no socket; all it changes is what the ClientCertificate remembers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "certguard/client_certificate.hpp"
#include "certguard/policy.hpp"
#include "certguard/reason.hpp"

namespace certguard {

struct HostReply;  // host_reply.hpp

enum class Verdict {
    granted,      // the certificate grants the request
    passed,       // not the certificate's to decide: certguard_pass
    denied,       // refused
    unavailable,  // can't be decided now: 503, never a grant
};

/// "granted", "passed", "denied", "unavailable". Static storage.
std::string_view verdict_word(Verdict verdict) noexcept;

/// What a decision needs to know of a request. Views: valid for the call only.
struct Request {
    std::string_view target;           // as the client sent it; may hold a query
    std::string_view path;             // nginx's $uri: decoded, normalised
    bool can_pass = false;             // the location has a certguard_pass
    const HostReply* reply = nullptr;  // of the guard's lookup; null: it has not been asked
};

struct Decision {
    Verdict verdict = Verdict::denied;
    Reason reason = Reason::internal_error;
    int status = 403;     // HTTP status of the refusal; without meaning when granted or passed
    std::string message;  // for the admin: what was found and what to do; empty when granted
    std::optional<std::int64_t> since = {};  // TrustVerdict's, when that is the reason
    bool trusted = false;  // the certificate was verified, so its names may be believed
    /// The guard's lookup must be asked for the certificate's host; then decide again with the
    /// reply. The rest says `unavailable`, for whoever can't ask.
    bool ask_lookup = false;
    bool by_lookup = false;  // what the lookup has said was needed, and the decision is made by it
    unsigned retry_after = 5;  // seconds, when unavailable
};

/// CERTIFICATE is null when the client showed none. STEPS, when given, receives one line per step
/// that led to the decision. Never throws: what fails inside is unavailable, internal_error.
Decision decide(const Guard& guard, ClientCertificate* certificate, const Request& request,
                std::int64_t now, std::vector<std::string>* steps = nullptr) noexcept;

/// The decision on a request that the server had refused before it looked for a location, and that
/// a guard would grant: its path was never matched, so no guard can answer for it.
Decision refused_by_server();

/// The decision on a certificate that could not even be read.
Decision unreadable_certificate(const Error& error);

}  // namespace certguard
