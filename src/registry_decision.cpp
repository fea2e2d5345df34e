#include "certguard/registry_decision.hpp"

#include "printable.hpp"
#include "registry_message.hpp"

namespace certguard {
namespace {

RegistryOutcome outcome(RegistryAction action, Verdict verdict, Reason reason) {
    RegistryOutcome out;
    out.action = action;
    out.verdict = verdict;
    out.reason = reason;
    return out;
}

RegistryOutcome answered(RegistryAnswer answer) {
    RegistryOutcome out = outcome(RegistryAction::answer, Verdict::granted, Reason::ok);
    out.answer = std::move(answer);
    return out;
}

RegistryOutcome denied(Reason reason, RegistryAnswer answer, std::string message) {
    RegistryOutcome out = outcome(RegistryAction::answer, Verdict::denied, reason);
    out.answer = std::move(answer);
    out.message = std::move(message);
    return out;
}

RegistryOutcome bad_request(std::string_view problem) {
    return denied(Reason::bad_request_path, error_answer(400, OciError::name_invalid, problem),
                  std::string(problem));
}

/// Leads a client to the token endpoint, with the scope that it will need there: flatpak sends it
/// on as it stands.
std::optional<std::string> challenge(const RegistryQuestion& question) {
    const RegistryRequest& request = question.request;
    if (request.repository.empty()) {
        return bearer_challenge(question.host, "repository:registry:pull,push");
    }
    return bearer_challenge(question.host,
                            "repository:" + std::string(request.repository) +
                                (request.kind == RegistryKind::upload ? ":pull,push" : ":pull"));
}

/// 401. The token endpoint is where challenges lead, so it has none itself.
RegistryOutcome unauthorized(const RegistryQuestion& question, Reason reason, std::string_view text,
                             std::string message) {
    const RegistryKind kind = question.request.kind;
    const bool is_token = kind == RegistryKind::token || kind == RegistryKind::token_exchange;
    return denied(reason, unauthorized_answer(text, is_token ? std::nullopt : challenge(question)),
                  std::move(message));
}

/// What is not the certificate's to decide.
RegistryOutcome passed(const RegistryQuestion& question, Reason reason) {
    if (question.can_pass) {
        return outcome(RegistryAction::pass, Verdict::passed, reason);
    }
    switch (reason) {
        case Reason::no_certificate:
            return unauthorized(question, reason, kLoginMessage,
                                "the client showed neither a certificate nor a user's "
                                "credentials, and the location has no certguard_pass");
        case Reason::trusted_proxy:
            return unauthorized(question, reason, kLoginMessage,
                                "a trusted proxy's request for one of its clients, and the "
                                "location has no certguard_pass");
        default:
            return unauthorized(question, reason, kNoUsersMessage,
                                "a user's request, and the location has no certguard_pass");
    }
}

RegistryOutcome rejected_certificate(const RegistryQuestion& question, Reason reason,
                                     std::string message) {
    return unauthorized(question, reason, rejected_certificate_message(question, reason),
                        std::move(message));
}

std::string host_text(const RegistryQuestion& question) {
    return "host " + std::string(question.certificate.uuid);
}

std::string lookup_message(const RegistryQuestion& question) {
    const std::string_view message = question.lookup.message;
    return message.empty() ? std::string() : ": " + std::string(message);
}

/// A client that gets 503 at the ping asks for nothing else: it never shows the words of an answer,
/// and has no way to log in. So the ping leads to the token endpoint all the same, and the marker
/// that it has for everybody opens nothing: what the client then asks for is unavailable.
RegistryAnswer answer_when_unavailable(const RegistryQuestion& question) {
    switch (question.request.kind) {
        case RegistryKind::ping:
            return unauthorized_answer(kUnavailableMessage, challenge(question));
        case RegistryKind::token: return marker_token_answer();
        default: return unavailable_answer(kUnavailableMessage, question.lookup.retry_after);
    }
}

RegistryOutcome unavailable(const RegistryQuestion& question) {
    RegistryOutcome out =
        outcome(RegistryAction::answer, Verdict::unavailable, Reason::lookup_failed);
    out.answer = answer_when_unavailable(question);
    out.message = "no answer about " + host_text(question) + lookup_message(question);
    return out;
}

RegistryOutcome listed(Result<RegistryAnswer> answer) {
    if (!answer) {
        // Not the name is wrong, but no other code of the specification is nearer.
        return denied(Reason::bad_request_path,
                      error_answer(400, OciError::unsupported, answer.error().message),
                      answer.error().message);
    }
    return answered(std::move(answer).value());
}

RegistryOutcome for_repository(const RegistryQuestion& question) {
    const std::string_view name = question.request.repository;
    if (question.lookup.repositories->contains(name)) {
        return outcome(RegistryAction::grant, Verdict::granted, Reason::ok);
    }
    const std::string text = no_access_message(question);
    return denied(Reason::not_in_environment, error_answer(403, OciError::denied, text),
                  text + "; none of its content view environments has this repository");
}

RegistryOutcome for_known_host(const RegistryQuestion& question) {
    const RegistryRequest& request = question.request;
    const PullableRepositories& repositories = *question.lookup.repositories;
    switch (request.kind) {
        case RegistryKind::ping: return answered(ping_answer(challenge(question)));
        case RegistryKind::token: return answered(marker_token_answer());
        case RegistryKind::catalog: return listed(catalog_answer(repositories, request.query));
        case RegistryKind::tags:
        case RegistryKind::manifest:
        case RegistryKind::blob:
        case RegistryKind::referrers:
        case RegistryKind::container_redirect: return for_repository(question);
        case RegistryKind::v1_ping: return answered(v1_ping_answer());
        case RegistryKind::v1_search:
            return listed(search_answer(repositories, request.query, question.speaks_v2));
        case RegistryKind::flatpak_index:
            return outcome(RegistryAction::filter_index, Verdict::granted, Reason::ok);
        case RegistryKind::token_exchange:
        case RegistryKind::upload:
        case RegistryKind::unknown: break;  // decided before the host is asked for
    }
    return {};
}

RegistryOutcome for_host(const RegistryQuestion& question) {
    const RegistryLookup& lookup = question.lookup;
    const std::string_view organization = question.certificate.organization;
    switch (lookup.state) {
        case RegistryLookup::State::not_asked:
            return outcome(RegistryAction::ask_lookup, Verdict::unavailable, Reason::lookup_failed);
        case RegistryLookup::State::unavailable: return unavailable(question);
        case RegistryLookup::State::unknown_host:
            return rejected_certificate(question, Reason::unknown_host,
                                        host_text(question) + " is not known; register it again");
        case RegistryLookup::State::misconfigured:
            return rejected_certificate(question, Reason::lookup_failed,
                                        host_text(question) + lookup_message(question));
        case RegistryLookup::State::known_host: break;
    }
    if (!lookup.organization.empty() && !organization.empty() &&
        lookup.organization != organization) {
        return rejected_certificate(question, Reason::organization_mismatch,
                                    host_text(question) + " has a certificate of organization " +
                                        quoted(organization) + ", but belongs to " +
                                        quoted(lookup.organization) + "; register it again");
    }
    return for_known_host(question);
}

RegistryOutcome decide(const RegistryQuestion& question) {
    const RegistryKind kind = question.request.kind;
    if (question.authorization == Authorization::user || kind == RegistryKind::token_exchange) {
        return passed(question,
                      kind == RegistryKind::upload ? Reason::upload : Reason::user_credentials);
    }
    if (kind == RegistryKind::upload) {
        return unauthorized(question, Reason::upload, kUploadMessage,
                            "a change without a user's credentials");
    }
    switch (question.certificate.state) {
        case RegistryCertificate::State::none: return passed(question, Reason::no_certificate);
        case RegistryCertificate::State::bad:
            return rejected_certificate(question, question.certificate.reason,
                                        std::string(question.certificate.message));
        case RegistryCertificate::State::host:
        case RegistryCertificate::State::proxy: break;
    }
    if (!question.was_located) {
        return rejected_certificate(question, Reason::refused_by_server,
                                    refused_by_server().message);
    }
    if (question.certificate.state == RegistryCertificate::State::proxy) {
        return passed(question, Reason::trusted_proxy);
    }
    if (kind == RegistryKind::unknown) {
        return bad_request(question.request.problem);
    }
    RegistryOutcome out = for_host(question);
    out.by_lookup = question.lookup.state != RegistryLookup::State::not_asked;
    return out;
}

}  // namespace

RegistryOutcome decide_registry(const RegistryQuestion& question) noexcept {
    try {
        RegistryOutcome out = decide(question);
        out.drop_authorization = question.authorization == Authorization::marker;
        return out;
    } catch (...) {
        // Out of memory, most likely: nothing is known about the request, so nothing is granted.
        return {};
    }
}

RegistryOutcome refuse_registry_path(const Error& error) noexcept {
    try {
        return bad_request(error.message);
    } catch (...) {
        return {};
    }
}

}  // namespace certguard
