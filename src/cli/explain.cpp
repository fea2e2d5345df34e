#include <ctime>
#include <ostream>

#include "certguard/decision.hpp"
#include "certguard/request_target.hpp"
#include "cli/certificate_file.hpp"
#include "cli/command.hpp"
#include "cli/time_argument.hpp"
#include "json_writer.hpp"
#include "printable.hpp"

namespace certguard::cli {
namespace {

/// Everything that a decision is made of.
struct Question {
    std::shared_ptr<const Policy> policy;
    const Guard* guard = nullptr;
    std::shared_ptr<const Certificate> certificate;  // null: the client shows none
    std::int64_t now = 0;
};

struct Answer {
    Decision decision;
    std::string path;  // nginx's $uri; empty when there is none
    std::vector<std::string> steps;
};

std::string names_of(const Policy& policy) {
    std::string names;
    for (const Guard& guard : policy.guards) {
        names += (names.empty() ? "" : ", ") + guard.settings.name;
    }
    return names;
}

bool load_guard(const ExplainOptions& options, Question& question, std::ostream& err) {
    const LoadedPolicy loaded = load_policy(options.policy, std::time(nullptr));
    for (const Diagnostic& diagnostic : loaded.diagnostics) {
        err << to_string(diagnostic) << '\n';
    }
    if (!loaded.policy) {
        return false;
    }
    question.policy = loaded.policy;
    question.guard = loaded.policy->find(options.guard);
    if (question.guard == nullptr) {
        err << "certguard: --guard: " << quoted(options.guard)
            << " is not in the policy, which has " << names_of(*loaded.policy) << '\n';
    }
    return question.guard != nullptr;
}

bool load_certificate(const ExplainOptions& options, Question& question, std::ostream& err) {
    if (options.certificate.empty()) {
        return true;
    }
    auto certificate = read_certificate_file(options.certificate);
    if (!certificate) {
        err << "certguard: --certificate: " << certificate.error().message << '\n';
        return false;
    }
    question.certificate = std::move(*certificate);
    return true;
}

bool read_time(const ExplainOptions& options, Question& question, std::ostream& err) {
    const std::optional<std::int64_t> now =
        options.at ? parse_time(*options.at) : std::optional<std::int64_t>(std::time(nullptr));
    if (!now) {
        err << "certguard: --at: found " << quoted(*options.at)
            << ", expected a time like 2026-01-31, 2026-01-31T23:59:59Z (UTC) or @1767225600\n";
        return false;
    }
    question.now = *now;
    return true;
}

Answer answer(const ExplainOptions& options, const Question& question) {
    Answer answer;
    const Result<RequestTarget> target = parse_request_target(options.uri);
    if (!target) {
        answer.decision.reason = Reason::bad_request_path;
        answer.decision.status = 400;
        answer.decision.message = "nginx itself refuses the URI: " + target.error().message;
        answer.steps.push_back("refused: " + answer.decision.message);
        return answer;
    }
    answer.path = target->path;
    answer.steps.push_back("uri: nginx reads the path " + quoted(target->path, 4096));
    std::optional<ClientCertificate> client;
    if (question.certificate) {
        client.emplace(question.certificate);
    }
    const Request request{target->raw, target->path, false};
    answer.decision =
        decide(*question.guard, client ? &*client : nullptr, request, question.now, &answer.steps);
    if (answer.decision.reason == Reason::no_certificate) {
        answer.steps.push_back("a location with certguard_pass hands the request on instead");
    }
    return answer;
}

const char* type_word(GuardType type) {
    switch (type) {
        case GuardType::x509: return "x509";
        case GuardType::rhsm: return "rhsm";
        case GuardType::host: break;
    }
    return "host";
}

/// The names in a certificate may be believed once it has been verified.
std::string host_of(const Question& question, const Answer& answer) {
    return question.certificate && answer.decision.trusted
               ? question.certificate->host_uuid().value_or("")
               : "";
}

void write_line(std::ostream& out, std::string_view label, std::string_view value) {
    constexpr std::size_t kWidth = 10;
    out << label << ':' << std::string(kWidth - label.size(), ' ') << printable(value) << '\n';
}

void write_text(const ExplainOptions& options, const Question& question, const Answer& answer,
                std::ostream& out) {
    const Decision& decision = answer.decision;
    const bool is_granted = decision.verdict == Verdict::granted;
    write_line(out, "decision", verdict_word(decision.verdict));
    write_line(out, "reason", reason_word(decision.reason));
    if (!is_granted) {
        write_line(out, "status", std::to_string(decision.status));
    }
    write_line(out, "guard", options.guard + " (" + type_word(question.guard->settings.type) + ")");
    write_line(out, "request", options.method + ' ' + options.uri);
    write_line(out, "at", iso_time(question.now));
    if (const std::string host = host_of(question, answer); !host.empty()) {
        write_line(out, "host", host);
    }
    out << "steps:\n";
    for (std::size_t i = 0; i < answer.steps.size(); ++i) {
        out << "  " << i + 1 << ". " << printable(answer.steps[i]) << '\n';
    }
}

void write_json(const ExplainOptions& options, const Question& question, const Answer& answer,
                std::ostream& out) {
    const Decision& decision = answer.decision;
    const bool is_granted = decision.verdict == Verdict::granted;
    JsonWriter json;
    json.begin_object()
        .member("granted", is_granted)
        .member("decision", verdict_word(decision.verdict))
        .member("reason", reason_word(decision.reason));
    is_granted ? json.key("status").null() : json.member("status", std::int64_t{decision.status});
    json.member_or_null("message", decision.message)
        .member("guard", options.guard)
        .member("type", type_word(question.guard->settings.type))
        .member("method", options.method)
        .member("uri", options.uri)
        .member_or_null("path", answer.path)
        .member("at", iso_time(question.now))
        .member_or_null("host", host_of(question, answer))
        .member("steps", answer.steps)
        .end_object();
    out << json.text() << '\n';
}

}  // namespace

int explain(const ExplainOptions& options, Streams streams) {
    Question question;
    const bool is_policy_good = load_guard(options, question, streams.err);
    const bool is_certificate_good = load_certificate(options, question, streams.err);
    const bool is_time_good = read_time(options, question, streams.err);
    if (!is_policy_good || !is_certificate_good || !is_time_good) {
        return kTrouble;
    }
    const Answer found = answer(options, question);
    (options.json ? write_json : write_text)(options, question, found, streams.out);
    return found.decision.verdict == Verdict::granted ? kYes : kNo;
}

}  // namespace certguard::cli
