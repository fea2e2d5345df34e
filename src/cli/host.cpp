#include <algorithm>
#include <ostream>

#include "certguard/names.hpp"
#include "cli/certificate_file.hpp"
#include "cli/command.hpp"
#include "cli/lookup_report.hpp"
#include "cli/policy_file.hpp"
#include "printable.hpp"

namespace certguard::cli {
namespace {

/// What is asked, of whom.
struct Question {
    std::shared_ptr<const Policy> policy;
    const LookupSettings* lookup = nullptr;
    std::string uuid;
    std::shared_ptr<const Certificate> certificate;  // null: none is shown
};

bool load_lookup(const HostOptions& options, Question& question, std::ostream& err) {
    question.policy = read_policy(options.policy, err);
    if (!question.policy) {
        return false;
    }
    const std::vector<LookupSettings>& lookups = question.policy->lookups;
    if (lookups.empty()) {
        err << "certguard: the policy has no lookups\n";
    } else if (!options.lookup && lookups.size() > 1) {
        err << "certguard: --lookup is required: the policy has " << names_of(lookups) << '\n';
    } else {
        question.lookup =
            options.lookup ? question.policy->find_lookup(*options.lookup) : &lookups.front();
        if (question.lookup == nullptr) {
            err << "certguard: --lookup: " << quoted(*options.lookup)
                << " is not in the policy, which has " << names_of(lookups) << '\n';
        }
    }
    return question.lookup != nullptr;
}

bool read_uuid(const HostOptions& options, Question& question, std::ostream& err) {
    question.uuid = options.uuid;
    std::transform(question.uuid.begin(), question.uuid.end(), question.uuid.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (!is_host_uuid(question.uuid)) {
        err << "certguard: found " << quoted(options.uuid)
            << ", expected a host's UUID like 0d1c3f2e-8a55-4d3b-9a4e-5f6071829304\n";
        return false;
    }
    return true;
}

bool load_certificate(const HostOptions& options, Question& question, std::ostream& err) {
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

/// Do the parts of a question that are good in themselves fit together?
bool is_consistent(const HostOptions& options, const Question& question, std::ostream& err) {
    if (question.certificate && question.certificate->host_uuid() != question.uuid) {
        err << "certguard: --certificate: " << printable(options.certificate)
            << " is not of this host; its subject is " << question.certificate->subject() << '\n';
        return false;
    }
    if (!question.certificate && needs_certificate(question.lookup->source)) {
        err << "certguard: --certificate is required: the lookup " << question.lookup->name
            << " with source: " << source_word(question.lookup->source)
            << " asks with the host's own certificate\n";
        return false;
    }
    return true;
}

Result<LookupAnswer> ask(const Question& question) {
    const std::string pem = question.certificate ? question.certificate->pem() : "";
    HostQuestion asked;
    asked.uuid = question.uuid;
    asked.certificate_pem = pem;
    if (question.certificate) {
        asked.certificate_der = question.certificate->der();
    }
    return ask_lookup(*question.lookup, asked);
}

/// What the answer says; an empty optional is what the source can't tell or did not.
struct Facts {
    std::string organization;
    std::optional<std::vector<std::string>> environments;
    std::optional<std::vector<std::string>> repositories;
    std::optional<std::vector<std::string>> public_names;
};

Facts facts_of(const Question& question, const LookupAnswer& answer) {
    Facts facts;
    const auto& access = answer.result.access;
    if (answer.result.outcome != LookupOutcome::known) {
        return facts;
    }
    facts.organization = access->organization();
    if (tells_environments(question.lookup->source)) {
        facts.environments = labels_of(*access);
    }
    if (tells_repositories(question.lookup->source)) {
        facts.repositories = access->own_names();
        facts.public_names = answer.public_names();
    }
    return facts;
}

void write_line(std::ostream& out, std::string_view label, std::string_view value) {
    constexpr std::size_t kWidth = 14;
    out << label << ':' << std::string(kWidth - label.size(), ' ') << printable(value) << '\n';
}

void write_list(std::ostream& out, std::string_view label,
                const std::optional<std::vector<std::string>>& list) {
    if (!list) {
        write_line(out, label, "not told by this source");
        return;
    }
    write_line(out, label, list->empty() ? "none" : std::to_string(list->size()));
    for (const std::string& item : *list) {
        out << "  " << printable(item) << '\n';
    }
}

std::string lookup_in_words(const LookupSettings& lookup) {
    return lookup.name + " (" + std::string(source_word(lookup.source)) +
           (lookup.url.empty() ? "" : ", " + lookup.url) + ")";
}

void write_text(const Question& question, const LookupAnswer& answer, std::ostream& out) {
    write_line(out, "host", question.uuid);
    write_line(out, "lookup", lookup_in_words(*question.lookup));
    write_line(out, "answer", answer.word());
    if (answer.result.outcome == LookupOutcome::known) {
        const Facts facts = facts_of(question, answer);
        write_line(out, "organization",
                   facts.organization.empty() ? "not told" : facts.organization);
        write_list(out, "environments", facts.environments);
        write_list(out, "repositories", facts.repositories);
        write_list(out, "public", facts.public_names);
    }
    write_line(out, "took", std::to_string(answer.ms) + " ms");
    for (const Exchange& exchange : answer.exchanges) {
        out << "  " << printable(in_words(*question.lookup, exchange)) << '\n';
    }
}

void write_list(JsonWriter& json, std::string_view key,
                const std::optional<std::vector<std::string>>& list) {
    list ? json.member(key, *list) : json.key(key).null();
}

void write_json(const Question& question, const LookupAnswer& answer, std::ostream& out) {
    const Facts facts = facts_of(question, answer);
    JsonWriter json;
    json.begin_object()
        .member("host", question.uuid)
        .member("lookup", question.lookup->name)
        .member("source", source_word(question.lookup->source))
        .member_or_null("url", question.lookup->url)
        .member("answer", answer.word())
        .member_or_null("message", answer.result.message)
        .member_or_null("organization", facts.organization);
    write_list(json, "environments", facts.environments);
    write_list(json, "repositories", facts.repositories);
    write_list(json, "public", facts.public_names);
    json.member("milliseconds", static_cast<std::int64_t>(answer.ms));
    write_requests(answer.exchanges, json);
    out << json.end_object().text() << '\n';
}

int status_of(LookupOutcome outcome) {
    switch (outcome) {
        case LookupOutcome::known: return kYes;
        case LookupOutcome::unknown_host: return kNo;
        case LookupOutcome::misconfigured:
        case LookupOutcome::unavailable: break;
    }
    return kTrouble;
}

}  // namespace

int host(const HostOptions& options, Streams streams) {
    Question question;
    const bool is_lookup_good = load_lookup(options, question, streams.err);
    const bool is_uuid_good = read_uuid(options, question, streams.err);
    const bool is_certificate_good = load_certificate(options, question, streams.err);
    if (!is_lookup_good || !is_uuid_good || !is_certificate_good ||
        !is_consistent(options, question, streams.err)) {
        return kTrouble;
    }
    const Result<LookupAnswer> answer = ask(question);
    if (!answer) {
        streams.err << "certguard: " << printable(answer.error().message) << '\n';
        return kTrouble;
    }
    if (options.json) {
        write_json(question, *answer, streams.out);
    } else {
        write_text(question, *answer, streams.out);
        if (!answer->result.message.empty()) {
            streams.err << "certguard: " << printable(answer->result.message) << '\n';
        }
    }
    return status_of(answer->result.outcome);
}

}  // namespace certguard::cli
