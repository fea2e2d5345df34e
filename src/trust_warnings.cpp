#include "trust_warnings.hpp"

#include <algorithm>

#include "time_text.hpp"

namespace certguard {
namespace {

constexpr std::int64_t kDay = 86400;

/// Adds a text that is not there yet: renewed CAs of one key share their CRLs.
void add(std::vector<NamedText>& warnings, const std::string& file, std::string text) {
    for (const NamedText& warning : warnings) {
        if (warning.name == file && warning.text == text) {
            return;
        }
    }
    warnings.push_back({file, std::move(text)});
}

void add(std::vector<NamedText>& warnings, const Ca& ca, const std::string& text) {
    add(warnings, ca.file,
        "line " + std::to_string(ca.line) + ": " + ca.certificate->subject() + " " + text);
}

}  // namespace

const NamedCrl* last_crl(const Ca& ca) {
    const auto last =
        std::max_element(ca.crls.begin(), ca.crls.end(), [](const NamedCrl& a, const NamedCrl& b) {
            return a.crl->next_update() < b.crl->next_update();
        });
    return last == ca.crls.end() ? nullptr : &*last;
}

void add_lasting_warnings(std::vector<NamedText>& warnings, const CaSet& cas, bool needs_crl) {
    for (const Ca& ca : cas.all()) {
        if (ca.chains.empty()) {
            add(warnings, ca,
                "is an intermediate CA, and no chain leads on to a self-signed one, " +
                    missing_above(ca) +
                    " is missing perhaps: the certificates it issued are refused");
        } else if (ca.is_anchor && !ca.self_signature_good) {
            add(warnings, ca,
                "has a signature of its own that does not verify: it is damaged, or of a kind "
                "that this OpenSSL refuses");
        }
        // A CA that issues CAs rarely issues anything else.
        if (needs_crl && ca.crls.empty() && !ca.issued_cas) {
            add(warnings, ca,
                "has no CRL, but the guard has some: the certificates it issued are refused");
        }
    }
}

void add_timely_warnings(std::vector<NamedText>& warnings, const CaSet& cas, std::int64_t now) {
    for (const Ca& ca : cas.all()) {
        if (now >= ca.certificate->not_after()) {
            add(warnings, ca,
                "expired at " + time_text(ca.certificate->not_after()) +
                    ": the certificates below it are refused");
        } else if (now < ca.certificate->not_before()) {
            add(warnings, ca,
                "is not valid before " + time_text(ca.certificate->not_before()) +
                    ": until then the certificates below it are refused");
        }
        const NamedCrl* const crl = last_crl(ca);
        if (crl == nullptr || crl->crl->next_update() == Crl::kNever ||
            now < crl->crl->next_update() - kDay) {
            continue;
        }
        const std::string due = time_text(crl->crl->next_update());
        add(warnings, crl->file,
            now >= crl->crl->next_update()
                ? "the CRL of " + crl->crl->issuer() + " was to be replaced before " + due +
                      ": all certificates of this CA are refused"
                : "the CRL of " + crl->crl->issuer() + " must be replaced before " + due +
                      ", otherwise all certificates of this CA are refused from then on");
    }
}

}  // namespace certguard
