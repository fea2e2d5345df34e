#include "certguard/decision.hpp"

#include <exception>

#include "certguard/names.hpp"
#include "certguard/request_path.hpp"
#include "certguard/trusted_proxy.hpp"
#include "certificate_checks.hpp"
#include "printable.hpp"

namespace certguard {
namespace {

/// The lines that `certguard explain` prints. nginx gives no list, and a step must cost it
/// nothing: what is not a literal is built behind wanted().
class Steps {
  public:
    explicit Steps(std::vector<std::string>* lines) noexcept : lines_(lines) {}
    bool wanted() const noexcept { return lines_ != nullptr; }
    void add(std::string_view line) {
        if (wanted()) {
            lines_->emplace_back(line);
        }
    }

  private:
    std::vector<std::string>* lines_;
};

Decision granted() {
    Decision decision;
    decision.verdict = Verdict::granted;
    decision.reason = Reason::ok;
    decision.trusted = true;
    return decision;
}

Decision without_certificate(const Request& request, Steps& steps) {
    steps.add("certificate: the client showed none");
    if (request.can_pass) {
        Decision decision;
        decision.verdict = Verdict::passed;
        decision.reason = Reason::no_certificate;
        return decision;
    }
    return refusal(Reason::no_certificate, 403,
                   "the client showed no certificate; it must present its consumer or entitlement "
                   "certificate, and the server must ask for one (ssl_verify_client)");
}

/// The request is for one of the proxy's own clients: its certificate says nothing about that one.
Decision from_trusted_proxy(const Guard& guard, const Request& request, Steps& steps) {
    if (steps.wanted()) {
        steps.add("proxy: the certificate is a trusted proxy's (guard " +
                  quoted(guard.trusted_proxies->settings.name) +
                  "), so it does not decide, and may bring its client's identity");
    }
    Decision decision =
        refusal(Reason::trusted_proxy, 403,
                "a trusted proxy's request for one of its clients, and the location has no "
                "certguard_pass");
    if (request.can_pass) {
        decision = Decision();
        decision.verdict = Verdict::passed;
        decision.reason = Reason::trusted_proxy;
    }
    decision.trusted = true;
    return decision;
}

Decision outside_prefix(const GuardSettings& guard) {
    const Reason reason =
        guard.type == GuardType::host ? Reason::not_in_environment : Reason::not_entitled;
    return refusal(reason, 403,
                   "the path is not below the guard's path_prefix " + guard.path_prefix +
                       "; correct path_prefix or the location that the guard is in");
}

/// The paths that GUARD compares: of the whole request, or of the distribution.
Result<bool> path_is_entitled(const GuardSettings& guard, const Entitlement& entitlement,
                              std::string_view path, Steps& steps) {
    if (guard.match == PathMatch::request) {
        steps.add("match request: is the path below an authorized path?");
        return entitlement.authorizes(path);
    }
    const std::string* longest = nullptr;
    for (const std::string& base : guard.base_paths) {
        if (strip_path_prefix(path, base) &&
            (longest == nullptr || base.size() > longest->size())) {
            longest = &base;
        }
    }
    if (longest == nullptr) {
        steps.add("match base_path: the path lies below none of the guard's base paths");
        return false;
    }
    if (steps.wanted()) {
        steps.add("match base_path: is an authorized path at, above or below /" + *longest + "?");
    }
    return entitlement.touches(*longest);
}

Decision check_entitlement(const GuardSettings& guard, ClientCertificate& certificate,
                           std::string_view request_path, Steps& steps) {
    const auto path = strip_path_prefix(request_path, guard.path_prefix);
    if (!path) {
        return outside_prefix(guard);
    }
    if (steps.wanted()) {
        steps.add("path without prefix: \"" + std::string(*path) + "\"");
    }
    const Result<Entitlement>& entitlement = certificate.entitlement();
    if (!entitlement) {
        return refusal(entitlement.error().reason, 403, entitlement.error().message);
    }
    const Result<bool> entitled = path_is_entitled(guard, *entitlement, *path, steps);
    if (!entitled) {
        return refusal(entitled.error().reason, 403, entitled.error().message);
    }
    if (!*entitled) {
        return refusal(
            Reason::not_entitled, 403,
            "no path in the certificate covers the request; `certguard inspect` lists "
            "the paths, the host needs a subscription or content view with this content");
    }
    steps.add("path: entitled");
    return granted();
}

/// Below `/<organization>/<environment label>/` of one of the host's environments?
Decision check_environments(const GuardSettings& guard, const ClientCertificate& certificate,
                            const HostProfile& profile, std::string_view request_path,
                            Steps& steps) {
    const std::string& organization = profile.organization.empty()
                                          ? certificate.certificate().organization()
                                          : profile.organization;
    const auto path = strip_path_prefix(request_path, guard.path_prefix);
    if (!path) {
        return outside_prefix(guard);
    }
    for (const EnvironmentRef& environment : profile.environments) {
        // What is no label opens nothing: an empty one would open its whole organization.
        if (is_label(organization) && is_environment_label(environment.label) &&
            strip_path_prefix(*path, organization + "/" + environment.label)) {
            if (steps.wanted()) {
                steps.add("path: in the host's environment " + environment.label);
            }
            return granted();
        }
    }
    return refusal(Reason::not_in_environment, 403,
                   "none of the host's content view environments has this path; `certguard host` "
                   "lists them");
}

/// What can be said without a lookup.
std::optional<Decision> check_certificate(const Guard& guard, ClientCertificate& certificate,
                                          std::string_view path, Steps& steps) {
    const GuardSettings& settings = guard.settings;
    if (!settings.names.empty()) {
        if (auto problem = check_name_is_listed(settings, certificate)) {
            return problem;
        }
        steps.add("name: the CN is one of the guard's names");
    }
    const bool asks = settings.type == GuardType::host || settings.require_host;
    if (asks) {
        if (auto problem = check_names_a_host(certificate)) {
            return problem;
        }
        steps.add("name: the CN is a consumer UUID");
    }
    if (settings.type == GuardType::rhsm) {
        Decision decision = check_entitlement(settings, certificate, path, steps);
        if (decision.verdict != Verdict::granted) {
            return decision;
        }
    }
    if (auto problem = check_header_size(settings, certificate)) {
        return problem;
    }
    if (steps.wanted() && !settings.forward_header.empty()) {
        steps.add("forwarded: " + std::to_string(certificate.urlencoded_pem().size()) +
                  " bytes as " + settings.forward_header);
    }
    return std::nullopt;
}

Decision check_lookup(const GuardSettings& settings, const ClientCertificate& certificate,
                      const Request& request, Steps& steps) {
    if (request.reply == nullptr) {
        Decision decision = unavailable(Reason::lookup_failed,
                                        "the guard needs a lookup, and there is no answer of one");
        decision.ask_lookup = true;
        return decision;
    }
    if (auto problem = check_host(certificate, *request.reply)) {
        return *std::move(problem);
    }
    steps.add("host: known to the lookup");
    return settings.type == GuardType::host
               ? check_environments(settings, certificate, *request.reply->profile, request.path,
                                    steps)
               : granted();
}

Decision decide_with(const Guard& guard, ClientCertificate& certificate, const Request& request,
                     std::int64_t now, Steps& steps) {
    if (const char* problem = path_problem(request.target, request.path)) {
        Decision decision =
            refusal(Reason::bad_request_path, 400, std::string("the path holds ") + problem);
        // In audit mode the request goes on, and whose it is counts as for any other.
        decision.trusted =
            is_trusted_proxy(guard, certificate, now) || !check_trust(guard, certificate, now);
        return decision;
    }
    steps.add("path: means the same to nginx and to a backend");
    // Before the guard's own trust: proxies may have certificates of another CA.
    if (is_trusted_proxy(guard, certificate, now)) {
        return from_trusted_proxy(guard, request, steps);
    }
    if (auto problem = check_trust(guard, certificate, now)) {
        return *std::move(problem);
    }
    steps.add("trust: chains to a CA of the guard, within its dates, not revoked");

    const GuardSettings& settings = guard.settings;
    Decision decision = granted();
    if (auto problem = check_certificate(guard, certificate, request.path, steps)) {
        decision = *std::move(problem);
    } else if (settings.type == GuardType::host || settings.require_host) {
        decision = check_lookup(settings, certificate, request, steps);
        decision.by_lookup = request.reply != nullptr;
    }
    decision.trusted = true;
    return decision;
}

}  // namespace

std::string_view verdict_word(Verdict verdict) noexcept {
    switch (verdict) {
        case Verdict::granted: return "granted";
        case Verdict::passed: return "passed";
        case Verdict::denied: return "denied";
        case Verdict::unavailable: return "unavailable";
    }
    return "unavailable";
}

Decision refused_by_server() {
    return refusal(
        Reason::refused_by_server, 403,
        "nginx itself had refused the request (its error log says why at level info, often "
        "a certificate chain that the client sent along) before it looked for a location; "
        "an error_page location can't grant it");
}

Decision unreadable_certificate(const Error& error) {
    return refusal(error.reason, 403, error.message);
}

Decision decide(const Guard& guard, ClientCertificate* certificate, const Request& request,
                std::int64_t now, std::vector<std::string>* steps) noexcept {
    try {
        Steps list(steps);
        Decision decision = certificate == nullptr
                                ? without_certificate(request, list)
                                : decide_with(guard, *certificate, request, now, list);
        if (list.wanted() && !decision.message.empty() && !decision.ask_lookup) {
            list.add("refused: " + decision.message);
        }
        return decision;
    } catch (...) {
        // Out of memory, most likely: nothing is known about the request, so nothing is granted.
        Decision decision;
        decision.verdict = Verdict::unavailable;
        decision.status = 503;
        return decision;
    }
}

}  // namespace certguard
