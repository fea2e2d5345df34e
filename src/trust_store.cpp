#include "certguard/trust_store.hpp"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <utility>

#include "ca_set.hpp"
#include "certguard/limits.hpp"
#include "leaf_verifier.hpp"
#include "trust_reader.hpp"
#include "trust_warnings.hpp"

namespace certguard {
namespace {

// The times that a certificate can name: the years 1 to 9999.
constexpr std::int64_t kFirstTime = -62'135'596'800;
constexpr std::int64_t kLastTime = 253'402'300'799;

using Times = std::vector<std::int64_t>;

/// The seconds from which on a comparison with one of CERTIFICATE's dates has another result.
/// OpenSSL 3.0 refuses from notAfter on; RFC 5280 and later ones from the second after it.
void add_switches(Times& times, const Certificate& certificate) {
    times.insert(times.end(),
                 {certificate.not_before(), certificate.not_after(), certificate.not_after() + 1});
}

void add_switches(Times& times, const Crl& crl) {
    times.push_back(crl.this_update());
    if (crl.next_update() != Crl::kNever) {
        times.insert(times.end(), {crl.next_update(), crl.next_update() + 1});
    }
}

Times switches_of(const CaSet& cas) {
    Times times;
    for (const Ca& ca : cas.all()) {
        add_switches(times, *ca.certificate);
        for (const NamedCrl& named : ca.crls) {
            add_switches(times, *named.crl);
        }
    }
    std::sort(times.begin(), times.end());
    return times;
}

/// Narrows VERDICT's window to the seconds around NOW that no time of TIMES, sorted, divides.
void narrow(TrustVerdict& verdict, const Times& times, std::int64_t now) {
    const auto next = std::upper_bound(times.begin(), times.end(), now);
    if (next != times.end()) {
        verdict.holds_until = std::min(verdict.holds_until, *next - 1);
    }
    if (next != times.begin()) {
        verdict.holds_from = std::max(verdict.holds_from, *std::prev(next));
    }
}

void move_to(std::vector<NamedText>& all, std::vector<NamedText>& more) {
    all.insert(all.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
}

void add_cas(CaSet& cas, const TrustReader& reader, std::vector<NamedText>& errors) {
    for (const TrustReader::CaCertificate& found : reader.certificates()) {
        if (!cas.add(found.certificate, found.file, found.line)) {
            errors.push_back({found.file, "line " + std::to_string(found.line) + ": more than " +
                                              std::to_string(limits::kCasOfOneName) +
                                              " CAs of the guard are called " +
                                              found.certificate->subject()});
        }
    }
    cas.link();
    const auto is_anchor = [](const Ca& ca) { return ca.is_anchor; };
    if (errors.empty() && std::none_of(cas.all().begin(), cas.all().end(), is_anchor)) {
        const Ca& first = cas.all().front();
        errors.push_back({first.file,
                          "holds intermediate CAs only, expected a self-signed CA in "
                          "one of the guard's files: put " +
                              first.certificate->issuer() + " beside them"});
    }
}

}  // namespace

struct TrustStore::State {
    explicit State(bool has_crls) : needs_crl(has_crls), verifier(cas, has_crls) {}

    static std::uint64_t next_id() {
        static std::atomic<std::uint64_t> last{0};
        return ++last;
    }

    const std::uint64_t id = next_id();
    const bool needs_crl;
    CaSet cas;
    LeafVerifier verifier;
    Times switches;
};

TrustStore::TrustStore(std::unique_ptr<State> state) : state_(std::move(state)) {}

TrustStore::~TrustStore() = default;

TrustStore::Built TrustStore::build(const std::vector<TrustFileText>& ca,
                                    const std::vector<TrustFileText>& crl, std::int64_t now) {
    const ErrorQueueGuard errors;
    auto state = std::make_unique<State>(!crl.empty());
    TrustReader reader;
    Built built;
    if (ca.empty()) {
        built.errors.push_back({{}, "the guard names no CA file"});
        return built;
    }
    for (const TrustFileText& file : ca) {
        reader.read_bundle(file);
    }
    built.errors = std::exchange(reader.errors(), {});
    add_cas(state->cas, reader, built.errors);
    const bool has_all_cas = built.errors.empty();
    for (const TrustFileText& file : crl) {
        reader.read_crls(file);
    }
    move_to(built.errors, reader.errors());
    for (const NamedCrl& found : reader.crls()) {
        const auto problem = state->cas.assign(found);
        if (problem && has_all_cas) {
            built.errors.push_back({found.file, *problem});
        }
    }
    built.warnings = std::move(reader.warnings());
    if (built.errors.empty()) {
        add_lasting_warnings(built.warnings, state->cas, state->needs_crl);
        add_timely_warnings(built.warnings, state->cas, now);
        state->switches = switches_of(state->cas);
        built.store.reset(new TrustStore(std::move(state)));
    }
    return built;
}

TrustVerdict TrustStore::verify(const Certificate& leaf, std::int64_t now) const noexcept {
    const ErrorQueueGuard errors;
    TrustVerdict verdict;
    try {
        Finding finding = state_->verifier.verify(leaf, now);
        verdict.reason = finding.reason;
        verdict.message = std::move(finding.message);
        verdict.since = finding.since;
        if (verdict.reason != Reason::internal_error && kFirstTime <= now && now <= kLastTime) {
            verdict.holds_from = kFirstTime;
            verdict.holds_until = kLastTime;
            Times own;
            add_switches(own, leaf);
            std::sort(own.begin(), own.end());
            narrow(verdict, own, now);
            narrow(verdict, state_->switches, now);
            return verdict;
        }
    } catch (...) {
        // Out of memory: nothing is known about the certificate.
        verdict.reason = Reason::internal_error;
        verdict.message.clear();
        verdict.since.reset();
    }
    verdict.holds_from = verdict.holds_until = now;
    return verdict;
}

std::uint64_t TrustStore::id() const noexcept {
    return state_->id;
}

std::vector<NamedText> TrustStore::warnings(std::int64_t now) const {
    const ErrorQueueGuard errors;
    std::vector<NamedText> found;
    add_timely_warnings(found, state_->cas, now);
    return found;
}

std::int64_t TrustStore::first_ca_expiry() const noexcept {
    std::int64_t first = 0;
    for (const Ca& ca : state_->cas.all()) {
        const std::int64_t end = ca.certificate->not_after();
        first = first == 0 ? end : std::min(first, end);
    }
    return first;
}

std::int64_t TrustStore::first_crl_expiry() const noexcept {
    std::int64_t first = 0;
    for (const Ca& ca : state_->cas.all()) {
        const NamedCrl* const crl = last_crl(ca);
        if (crl != nullptr && crl->crl->next_update() != Crl::kNever) {
            const std::int64_t end = crl->crl->next_update();
            first = first == 0 ? end : std::min(first, end);
        }
    }
    return first;
}

}  // namespace certguard
