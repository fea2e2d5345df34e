#include <ctime>
#include <ostream>

#include "cli/certificate_file.hpp"
#include "cli/command.hpp"
#include "cli/explained.hpp"
#include "cli/lookup_report.hpp"
#include "cli/policy_file.hpp"
#include "cli/time_argument.hpp"
#include "printable.hpp"

namespace certguard::cli {
namespace {

bool load_guard(const ExplainOptions& options, ExplainQuestion& question, std::ostream& err) {
    question.policy = read_policy(options.policy, err);
    if (!question.policy) {
        return false;
    }
    question.guard = question.policy->find(options.guard);
    if (question.guard == nullptr) {
        err << "certguard: --guard: " << quoted(options.guard)
            << " is not in the policy, which has " << names_of(question.policy->guards) << '\n';
    }
    return question.guard != nullptr;
}

bool load_certificate(const ExplainOptions& options, ExplainQuestion& question, std::ostream& err) {
    if (options.certificate.empty()) {
        return true;
    }
    auto certificate = read_certificate_file(options.certificate);
    if (!certificate) {
        err << "certguard: --certificate: " << certificate.error().message << '\n';
        return false;
    }
    question.certificate = std::make_shared<ClientCertificate>(std::move(*certificate));
    return true;
}

bool read_time(const ExplainOptions& options, ExplainQuestion& question, std::ostream& err) {
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

const char* type_word(GuardType type) {
    switch (type) {
        case GuardType::x509: return "x509";
        case GuardType::rhsm: return "rhsm";
        case GuardType::host: break;
    }
    return "host";
}

const char* serves_word(GuardServes serves) {
    return serves == GuardServes::registry ? "registry" : "content";
}

/// The names in a certificate may be believed once it has been verified.
std::string host_of(const ExplainQuestion& question, const Explained& explained) {
    return question.certificate && explained.trusted
               ? question.certificate->host_uuid().value_or("")
               : "";
}

bool is_refused(const Explained& explained) {
    return explained.verdict == Verdict::denied || explained.verdict == Verdict::unavailable;
}

void write_line(std::ostream& out, std::string_view label, std::string_view value) {
    constexpr std::size_t kWidth = 10;
    out << label << ':' << std::string(kWidth - label.size(), ' ') << printable(value) << '\n';
}

void write_text(const ExplainOptions& options, const ExplainQuestion& question,
                const Explained& explained, std::ostream& out) {
    const GuardSettings& guard = question.guard->settings;
    write_line(out, "decision", verdict_word(explained.verdict));
    write_line(out, "reason", reason_word(explained.reason));
    if (is_refused(explained)) {
        write_line(out, "status", std::to_string(explained.status));
    }
    write_line(out, "guard",
               guard.name + " (" + type_word(guard.type) +
                   (guard.serves == GuardServes::registry ? ", serves a registry)" : ")"));
    write_line(out, "request", options.method + ' ' + options.uri);
    write_line(out, "at", iso_time(question.now));
    if (const std::string host = host_of(question, explained); !host.empty()) {
        write_line(out, "host", host);
    }
    out << "steps:\n";
    for (std::size_t i = 0; i < explained.steps.size(); ++i) {
        out << "  " << i + 1 << ". " << printable(explained.steps[i]) << '\n';
    }
}

/// The member "lookup": null when the guard has none.
void write_lookup(const ExplainQuestion& question, const Explained& explained, JsonWriter& json) {
    const LookupSettings* const lookup = question.lookup();
    json.key("lookup");
    if (lookup == nullptr) {
        json.null();
        return;
    }
    const bool asked = explained.lookup.has_value();
    json.begin_object()
        .member("name", lookup->name)
        .member("source", source_word(lookup->source))
        .member("asked", asked)
        .member_or_null("answer", asked ? explained.lookup->word() : "")
        .member_or_null("message", asked ? explained.lookup->result.message : "");
    asked ? json.member("milliseconds", static_cast<std::int64_t>(explained.lookup->ms))
          : json.key("milliseconds").null();
    write_requests(asked ? explained.lookup->exchanges : std::vector<Exchange>(), json);
    json.end_object();
}

void write_environments(const Explained& explained, JsonWriter& json) {
    json.key("environments");
    if (!explained.lookup || !explained.lookup->result.access) {
        json.null();
        return;
    }
    json.begin_array();
    for (const std::string& label : labels_of(*explained.lookup->result.access)) {
        json.value(label);
    }
    json.end_array();
}

void write_json(const ExplainOptions& options, const ExplainQuestion& question,
                const Explained& explained, std::ostream& out) {
    const GuardSettings& guard = question.guard->settings;
    JsonWriter json;
    json.begin_object()
        .member("granted", explained.verdict == Verdict::granted)
        .member("decision", verdict_word(explained.verdict))
        .member("reason", reason_word(explained.reason));
    is_refused(explained) ? json.member("status", std::int64_t{explained.status})
                          : json.key("status").null();
    json.member_or_null("message", explained.message)
        .member("guard", options.guard)
        .member("type", type_word(guard.type))
        .member("serves", serves_word(guard.serves))
        .member("method", options.method)
        .member("uri", options.uri)
        .member_or_null("path", explained.path)
        .member_or_null("repository", explained.repository)
        .member("at", iso_time(question.now))
        .member_or_null("host", host_of(question, explained));
    write_environments(explained, json);
    write_lookup(question, explained, json);
    out << json.member("steps", explained.steps).end_object().text() << '\n';
}

int status_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::granted: return kYes;
        case Verdict::passed:
        case Verdict::denied: return kNo;
        case Verdict::unavailable: break;
    }
    return kTrouble;
}

}  // namespace

int explain(const ExplainOptions& options, Streams streams) {
    ExplainQuestion question;
    const bool is_policy_good = load_guard(options, question, streams.err);
    const bool is_certificate_good = load_certificate(options, question, streams.err);
    const bool is_time_good = read_time(options, question, streams.err);
    if (!is_policy_good || !is_certificate_good || !is_time_good) {
        return kTrouble;
    }
    question.uri = options.uri;
    question.method = options.method;
    question.can_pass = options.can_pass;
    question.offline = options.offline;
    if (options.authorization) {
        question.authorization = classify_authorization(*options.authorization);
    }
    const Result<Explained> explained = explain_decision(question);
    if (!explained) {
        streams.err << "certguard: " << printable(explained.error().message) << '\n';
        return kTrouble;
    }
    (options.json ? write_json : write_text)(options, question, *explained, streams.out);
    return status_of(explained->verdict);
}

}  // namespace certguard::cli
