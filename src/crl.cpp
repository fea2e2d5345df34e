#include "crl.hpp"

#include <openssl/x509v3.h>

#include <ctime>
#include <optional>

#include "name_text.hpp"

namespace certguard {
namespace {

using DistributionPointPtr =
    std::unique_ptr<ISSUING_DIST_POINT, OpensslFree<&ISSUING_DIST_POINT_free>>;

Error unusable(std::string what) {
    return Error{Reason::internal_error, std::move(what)};
}

std::optional<std::int64_t> seconds_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) {
        return std::nullopt;
    }
    return ::timegm(&parts);
}

bool has_critical(const STACK_OF(X509_EXTENSION) * extensions) {
    for (int i = 0; i < sk_X509_EXTENSION_num(extensions); ++i) {
        if (X509_EXTENSION_get_critical(sk_X509_EXTENSION_value(extensions, i)) != 0) {
            return true;
        }
    }
    return false;
}

bool has_critical_entry(X509_CRL* crl) {
    const STACK_OF(X509_REVOKED)* const entries = X509_CRL_get_REVOKED(crl);
    for (int i = 0; i < sk_X509_REVOKED_num(entries); ++i) {
        if (has_critical(X509_REVOKED_get0_extensions(sk_X509_REVOKED_value(entries, i)))) {
            return true;
        }
    }
    return false;
}

/// Why a CRL can't stand for itself; null when it can.
const char* kind_problem(X509_CRL* crl) {
    if (X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0) {
        return "is a delta CRL; name the complete CRL instead";
    }
    int critical = 0;
    const DistributionPointPtr point(static_cast<ISSUING_DIST_POINT*>(
        X509_CRL_get_ext_d2i(crl, NID_issuing_distribution_point, &critical, nullptr)));
    if (!point && critical != -1) {
        return "has an issuing distribution point that can't be read";
    }
    if (point && point->indirectCRL != 0) {
        return "is an indirect CRL, which certguard can't use; name the CRLs of the CAs themselves";
    }
    return nullptr;
}

}  // namespace

Result<std::shared_ptr<const Crl>> Crl::from_der(std::string_view der) {
    const ErrorQueueGuard errors;
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    const unsigned char* const end = at + der.size();
    const std::shared_ptr<Crl> made(new Crl);
    made->crl_.reset(d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size())));
    X509_CRL* const crl = made->crl_.get();
    if (crl == nullptr) {
        return unusable("can't be read: " + ErrorQueueGuard::last());
    }
    if (at != end) {
        return unusable("has " + std::to_string(end - at) + " bytes behind its end");
    }
    const ASN1_TIME* const next = X509_CRL_get0_nextUpdate(crl);
    const auto this_update = seconds_of(X509_CRL_get0_lastUpdate(crl));
    const auto next_update = next == nullptr ? Crl::kNever : seconds_of(next);
    if (!this_update || !next_update) {
        return unusable("has dates that are no times");
    }
    if (const char* problem = kind_problem(crl)) {
        return unusable(problem);
    }
    made->this_update_ = *this_update;
    made->next_update_ = *next_update;
    made->plain_ = X509_CRL_get_ext_by_NID(crl, NID_issuing_distribution_point, -1) < 0 &&
                   !has_critical(X509_CRL_get0_extensions(crl)) && !has_critical_entry(crl);
    // OpenSSL sorts the list at the first look; better here than in a request.
    X509_REVOKED* entry = nullptr;
    ASN1_INTEGER* const zero = ASN1_INTEGER_new();
    X509_CRL_get0_by_serial(crl, &entry, zero);
    ASN1_INTEGER_free(zero);
    return std::shared_ptr<const Crl>(made);
}

const X509_REVOKED* Crl::entry_of(const X509* certificate) const {
    X509_REVOKED* entry = nullptr;
    // 2 stands for an entry that takes a revocation back (removeFromCRL).
    return X509_CRL_get0_by_cert(crl_.get(), &entry, const_cast<X509*>(certificate)) == 1 ? entry
                                                                                          : nullptr;
}

bool Crl::lists(const X509* certificate) const {
    return entry_of(certificate) != nullptr;
}

std::optional<std::int64_t> Crl::revoked_since(const X509* certificate) const {
    const X509_REVOKED* const entry = entry_of(certificate);
    return entry == nullptr ? std::nullopt : seconds_of(X509_REVOKED_get0_revocationDate(entry));
}

std::string Crl::issuer() const {
    return name_text(X509_CRL_get_issuer(crl_.get()));
}

}  // namespace certguard
