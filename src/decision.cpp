#include "certguard/decision.hpp"

#include <exception>

#include "certguard/request_path.hpp"

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

Decision refuse(Reason reason, int status, std::string message) {
    Decision decision;
    decision.reason = reason;
    decision.status = status;
    decision.message = std::move(message);
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
    return refuse(Reason::no_certificate, 403,
                  "the client showed no certificate; it must present its consumer or entitlement "
                  "certificate, and the server must ask for one (ssl_verify_client)");
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
        return refuse(Reason::not_entitled, 403,
                      "the path is not below the guard's path_prefix " + guard.path_prefix +
                          "; correct path_prefix or the location that the guard is in");
    }
    if (steps.wanted()) {
        steps.add("path without prefix: \"" + std::string(*path) + "\"");
    }
    const Result<Entitlement>& entitlement = certificate.entitlement();
    if (!entitlement) {
        return refuse(entitlement.error().reason, 403, entitlement.error().message);
    }
    const Result<bool> entitled = path_is_entitled(guard, *entitlement, *path, steps);
    if (!entitled) {
        return refuse(entitled.error().reason, 403, entitled.error().message);
    }
    if (!*entitled) {
        return refuse(Reason::not_entitled, 403,
                      "no path in the certificate covers the request; `certguard inspect` lists "
                      "the paths, the host needs a subscription or content view with this content");
    }
    steps.add("path: entitled");
    return granted();
}

Decision decide_with(const Guard& guard, ClientCertificate& certificate, const Request& request,
                     std::int64_t now, Steps& steps) {
    const GuardSettings& settings = guard.settings;
    const TrustStore* const store = guard.trust->current().get();
    if (store == nullptr) {
        Decision decision = refuse(Reason::internal_error, 503, "the guard's CAs are not loaded");
        decision.verdict = Verdict::unavailable;
        return decision;
    }
    if (const char* problem = path_problem(request.target, request.path)) {
        return refuse(Reason::bad_request_path, 400, std::string("the path holds ") + problem);
    }
    steps.add("path: means the same to nginx and to a backend");

    const TrustVerdict& trust = certificate.trust(*store, now);
    if (trust.reason != Reason::ok) {
        return refuse(trust.reason, 403, trust.message);
    }
    steps.add("trust: chains to a CA of the guard, within its dates, not revoked");

    if (settings.type == GuardType::host || settings.require_host) {
        Decision decision = refuse(Reason::lookup_failed, 503,
                                   "the guard needs a lookup, and there is no answer of one");
        decision.verdict = Verdict::unavailable;
        decision.trusted = true;
        return decision;
    }
    Decision decision = settings.type == GuardType::x509
                            ? granted()
                            : check_entitlement(settings, certificate, request.path, steps);
    if (decision.verdict == Verdict::granted && !settings.forward_header.empty()) {
        const std::size_t length = certificate.urlencoded_pem().size();
        if (length > settings.max_header) {
            decision = refuse(Reason::certificate_too_large, 403,
                              "the urlencoded certificate has " + std::to_string(length) +
                                  " bytes, more than the guard's max_header " +
                                  std::to_string(settings.max_header) +
                                  "; raise it if the backend takes such headers, or set "
                                  "forward_header: none");
        } else if (steps.wanted()) {
            steps.add("forwarded: " + std::to_string(length) + " bytes as " +
                      settings.forward_header);
        }
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
    return refuse(
        Reason::refused_by_server, 403,
        "nginx itself had refused the request (its error log says why at level info, often "
        "a certificate chain that the client sent along) before it looked for a location; "
        "an error_page location can't grant it");
}

Decision unreadable_certificate(const Error& error) {
    return refuse(error.reason, 403, error.message);
}

Decision decide(const Guard& guard, ClientCertificate* certificate, const Request& request,
                std::int64_t now, std::vector<std::string>* steps) noexcept {
    try {
        Steps list(steps);
        Decision decision = certificate == nullptr
                                ? without_certificate(request, list)
                                : decide_with(guard, *certificate, request, now, list);
        if (list.wanted() && !decision.message.empty()) {
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
