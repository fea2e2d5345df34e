#include <ctime>
#include <ostream>

#include "certguard/entitlement.hpp"
#include "certguard/limits.hpp"
#include "cli/certificate_file.hpp"
#include "cli/command.hpp"
#include "cli/time_argument.hpp"
#include "json_writer.hpp"
#include "printable.hpp"
#include "time_text.hpp"

namespace certguard::cli {
namespace {

constexpr std::int64_t kDay = 86400;

/// What there is to know about a certificate.
struct Facts {
    const Certificate& certificate;
    CertificateKind kind;
    std::int64_t now;
    std::string version;  // of the RHSM format; empty when it has none
    std::vector<std::string> paths;
    bool has_all_paths = true;
    std::string problem;  // why the paths can't be told, or not all of them

    bool claims_paths() const {
        return kind != CertificateKind::identity && kind != CertificateKind::product &&
               kind != CertificateKind::other;
    }
};

/// For scripts; kind_name() is for people.
const char* kind_word(CertificateKind kind) {
    switch (kind) {
        case CertificateKind::entitlement_v1: return "entitlement_v1";
        case CertificateKind::entitlement_v3: return "entitlement_v3";
        case CertificateKind::content_access: return "content_access";
        case CertificateKind::org_debug: return "org_debug";
        case CertificateKind::identity: return "identity";
        case CertificateKind::product: return "product";
        case CertificateKind::other: break;
    }
    return "other";
}

Facts facts_of(const Certificate& certificate, std::int64_t now) {
    Facts facts{certificate, kind_of(certificate), now, {}, {}, true, {}};
    const Result<Entitlement> entitlement = Entitlement::decode(certificate);
    if (entitlement) {
        facts.version = entitlement->version();
        facts.paths = entitlement->paths(limits::kListedPaths, &facts.has_all_paths);
        facts.problem = entitlement->broken_tail();
    } else if (entitlement.error().reason != Reason::not_entitled) {
        facts.problem = entitlement.error().message;
    }
    return facts;
}

std::string days(std::int64_t seconds) {
    const std::int64_t number = seconds / kDay;
    return std::to_string(number) + (number == 1 ? " day" : " days");
}

const char* validity(const Facts& facts) {
    return facts.now < facts.certificate.not_before()  ? "not_yet_valid"
           : facts.now > facts.certificate.not_after() ? "expired"
                                                       : "valid";
}

std::string hex(const Fingerprint& fingerprint) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    for (const std::uint8_t byte : fingerprint) {
        out += kDigits[byte >> 4];
        out += kDigits[byte & 15];
    }
    return out;
}

void write_line(std::ostream& out, std::string_view label, std::string_view value) {
    constexpr std::size_t kWidth = 15;
    out << label << ':' << std::string(kWidth - label.size(), ' ')
        << (value.empty() ? "none" : printable(value)) << '\n';
}

void write_dates(const Facts& facts, std::ostream& out) {
    const std::int64_t from = facts.certificate.not_before();
    const std::int64_t until = facts.certificate.not_after();
    write_line(out, "valid from",
               time_text(from) +
                   (facts.now < from ? " (NOT YET VALID, in " + days(from - facts.now) + ")" : ""));
    write_line(
        out, "valid until",
        time_text(until) + (facts.now > until ? " (EXPIRED " + days(facts.now - until) + " ago)"
                                              : " (" + days(until - facts.now) + " left)"));
}

void write_paths(const Facts& facts, std::ostream& out) {
    if (facts.paths.empty() && (!facts.problem.empty() || !facts.claims_paths())) {
        write_line(out, "paths",
                   facts.problem.empty() ? "none, certificates of this kind name no paths"
                                         : "unknown, they can't be read");
        return;
    }
    std::string number = std::to_string(facts.paths.size());
    if (!facts.has_all_paths) {
        number = "more than are listed; the first " + number;
    }
    write_line(out, "paths", number);
    for (const std::string& path : facts.paths) {
        out << "  " << printable(path) << '\n';
    }
}

void write_text(const Facts& facts, std::ostream& out) {
    const Certificate& certificate = facts.certificate;
    write_line(out, "kind", kind_name(facts.kind));
    write_line(out, "format version", facts.version);
    write_line(out, "subject", certificate.subject());
    write_line(out, "issuer", certificate.issuer());
    write_line(out, "serial", certificate.serial());
    write_line(out, "SHA-256", hex(certificate.fingerprint()));
    write_line(out, "host UUID", certificate.host_uuid().value_or(""));
    write_line(out, "organization", certificate.organization());
    write_dates(facts, out);
    write_paths(facts, out);
}

void write_json(const Facts& facts, std::ostream& out) {
    const Certificate& certificate = facts.certificate;
    JsonWriter json;
    json.begin_object()
        .member("kind", kind_word(facts.kind))
        .member_or_null("format_version", facts.version)
        .member("subject", certificate.subject())
        .member("issuer", certificate.issuer())
        .member("serial", certificate.serial())
        .member("sha256", hex(certificate.fingerprint()))
        .member_or_null("host_uuid", certificate.host_uuid().value_or(""))
        .member_or_null("organization", certificate.organization())
        .member("not_before", iso_time(certificate.not_before()))
        .member("not_after", iso_time(certificate.not_after()))
        .member("validity", validity(facts))
        .member("paths", facts.paths)
        .member("paths_complete", facts.has_all_paths && facts.problem.empty())
        .member_or_null("problem", facts.problem)
        .end_object();
    out << json.text() << '\n';
}

}  // namespace

int inspect(const InspectOptions& options, Streams streams) {
    const auto certificate = read_certificate_file(options.certificate);
    if (!certificate) {
        streams.err << "certguard: " << certificate.error().message << '\n';
        return kTrouble;
    }
    const Facts facts = facts_of(**certificate, std::time(nullptr));
    if (options.json) {
        write_json(facts, streams.out);
    } else {
        write_text(facts, streams.out);
        if (!facts.problem.empty()) {
            streams.err << "certguard: " << printable(options.certificate) << ": "
                        << printable(facts.problem) << '\n';
        }
    }
    return facts.problem.empty() ? kYes : kNo;
}

}  // namespace certguard::cli
