#include "cli/explained.hpp"

#include <algorithm>

#include "certguard/host_reply.hpp"
#include "certguard/registry_guard.hpp"
#include "certguard/request_target.hpp"
#include "cli/lookup_report.hpp"
#include "printable.hpp"

namespace certguard::cli {
namespace {

/// What one location, with or without certguard_pass, and one reply of the lookup make of it.
struct Circumstances {
    bool can_pass = false;
    const HostReply* reply = nullptr;
};

Explained decide_content(const ExplainQuestion& question, const RequestTarget& target,
                         const Circumstances& circumstances) {
    const Request request{target.raw, target.path, circumstances.can_pass, circumstances.reply};
    Explained explained;
    Decision decision = decide(*question.guard, question.certificate.get(), request, question.now,
                               &explained.steps);
    explained.verdict = decision.verdict;
    explained.reason = decision.reason;
    explained.status = decision.status;
    explained.message = std::move(decision.message);
    explained.trusted = decision.trusted;
    explained.needs_lookup = decision.ask_lookup;
    return explained;
}

const char* who_speaks(Authorization authorization) {
    switch (authorization) {
        case Authorization::none: return "authorization: none";
        case Authorization::marker:
            return "authorization: certguard's own token, so the certificate decides";
        case Authorization::user: break;
    }
    return "authorization: a user's, so the user decides";
}

/// What nginx does with OUTCOME, beyond refusing it.
std::string carried_out(const RegistryOutcome& outcome) {
    switch (outcome.action) {
        case RegistryAction::pass:
            return outcome.reason == Reason::trusted_proxy
                       ? "passed: to certguard_pass, with the client's identity that the proxy has "
                         "brought, if any"
                       : "passed: to certguard_pass, as it came and without a certificate identity";
        case RegistryAction::grant: return "granted: to the location's own handler";
        case RegistryAction::filter_index:
            return "granted: to the location's own handler, and out of its answer goes what the "
                   "host may not pull";
        case RegistryAction::answer:
            return "answer: certguard itself sends " + std::to_string(outcome.answer.status) +
                   " with " + std::to_string(outcome.answer.body.size()) + " bytes";
        case RegistryAction::ask_lookup: break;
    }
    return {};
}

Explained decide_registry(const ExplainQuestion& question, const RequestTarget& target,
                          const Circumstances& circumstances) {
    Explained explained;
    RegistryRuling ruling;
    const auto request = parse_registry_request(question.method, target.raw, target.path);
    if (request) {
        explained.repository = request->repository;
        explained.steps.emplace_back(who_speaks(question.authorization));
        RegistryQuestion asked;
        asked.request = *request;
        asked.can_pass = circumstances.can_pass;
        asked.authorization = question.authorization;
        asked.now = question.now;
        ruling = decide_registry_guard(*question.guard, question.certificate, asked,
                                       circumstances.reply, &explained.steps);
    } else {
        ruling = refuse_registry_path(*question.guard, question.certificate, request.error(),
                                      question.now);
        explained.steps.push_back("refused: " + request.error().message);
    }
    RegistryOutcome& outcome = ruling.outcome;
    explained.verdict = outcome.verdict;
    explained.reason = outcome.reason;
    explained.status = outcome.answer.status;
    explained.message = std::move(outcome.message);
    explained.trusted = ruling.trusted;
    explained.needs_lookup = outcome.action == RegistryAction::ask_lookup;
    if (!explained.needs_lookup) {
        explained.steps.push_back(carried_out(outcome));
    }
    return explained;
}

Explained decide_once(const ExplainQuestion& question, const RequestTarget& target,
                      const Circumstances& circumstances) {
    Explained explained = question.guard->settings.serves == GuardServes::registry
                              ? decide_registry(question, target, circumstances)
                              : decide_content(question, target, circumstances);
    explained.path = target.path;
    return explained;
}

Result<LookupAnswer> ask(const ExplainQuestion& question) {
    const Certificate& certificate = question.certificate->certificate();
    const std::string pem = certificate.pem();
    const std::string uuid = question.certificate->host_uuid().value_or("");
    return ask_lookup(*question.lookup(), {uuid, pem, certificate.der()});
}

/// STEPS begin as those before the lookup was asked; what it did goes in between.
void insert_lookup(std::vector<std::string>& steps, std::size_t before,
                   const std::vector<std::string>& lookup) {
    const auto place = static_cast<std::ptrdiff_t>(std::min(before, steps.size()));
    steps.insert(steps.begin() + place, lookup.begin(), lookup.end());
}

Result<Explained> with_lookup(const ExplainQuestion& question, const RequestTarget& target,
                              Explained&& before) {
    const std::string& name = question.lookup()->name;
    if (question.offline) {
        before.message = "the lookup " + quoted(name) +
                         " has to be asked, and was not (--offline); only its answer decides";
        before.status = 503;
        before.steps.push_back("lookup " + name + ": not asked (--offline)");
        return std::move(before);
    }
    Result<LookupAnswer> answer = ask(question);
    if (!answer) {
        return answer.error();
    }
    const HostReply reply(answer->result);
    Explained after = decide_once(question, target, {question.can_pass, &reply});
    insert_lookup(after.steps, before.steps.size(), steps_of(*question.lookup(), *answer));
    after.lookup = std::move(*answer);
    return after;
}

Explained refused_by_nginx(const Error& error) {
    Explained explained;
    explained.verdict = Verdict::denied;
    explained.reason = Reason::bad_request_path;
    explained.status = 400;
    explained.message = "nginx itself refuses the URI: " + error.message;
    explained.steps.push_back("refused: " + explained.message);
    return explained;
}

/// Says when it is only for want of a certguard_pass that the request is refused.
void mention_pass(const ExplainQuestion& question, const RequestTarget& target,
                  Explained& explained) {
    if (explained.verdict != Verdict::denied || question.can_pass) {
        return;
    }
    if (decide_once(question, target, {true, nullptr}).verdict == Verdict::passed) {
        explained.steps.emplace_back(
            "a location with certguard_pass hands the request on instead (--pass)");
    }
}

}  // namespace

const LookupSettings* ExplainQuestion::lookup() const {
    const GuardSettings& settings = guard->settings;
    const std::optional<LookupName>& name =
        settings.lookup ? settings.lookup : settings.require_host;
    return name ? policy->find_lookup(name->name) : nullptr;
}

Result<Explained> explain_decision(const ExplainQuestion& question) {
    const Result<RequestTarget> target = parse_request_target(question.uri);
    if (!target) {
        return refused_by_nginx(target.error());
    }
    Result<Explained> explained = decide_once(question, *target, {question.can_pass, nullptr});
    if (explained->needs_lookup) {
        explained = with_lookup(question, *target, std::move(*explained));
    }
    if (explained) {
        mention_pass(question, *target, *explained);
        explained->steps.insert(explained->steps.begin(),
                                "uri: nginx reads the path " + quoted(target->path, 4096));
    }
    return explained;
}

}  // namespace certguard::cli
