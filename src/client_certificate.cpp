#include "certguard/client_certificate.hpp"

#include <algorithm>

#include "certguard/percent_encode.hpp"

namespace certguard {
namespace {

// Stores change only when a CA or CRL file does, so a certificate meets few of them at a time;
// verdicts of stores that are gone are pushed out by newer ones.
constexpr std::size_t kVerdicts = 8;

}  // namespace

ClientCertificate::ClientCertificate(std::shared_ptr<const Certificate> certificate)
    : certificate_(std::move(certificate)), host_uuid_(certificate_->host_uuid()) {}

const TrustVerdict& ClientCertificate::trust(const TrustStore& store, std::int64_t now) {
    const auto found = std::find_if(verdicts_.begin(), verdicts_.end(),
                                    [&](const Remembered& r) { return r.store_id == store.id(); });
    if (found == verdicts_.end()) {
        if (verdicts_.size() == kVerdicts) {
            verdicts_.erase(verdicts_.begin());
        }
        return verdicts_.emplace_back(Remembered{store.id(), store.verify(*certificate_, now)})
            .verdict;
    }
    if (now < found->verdict.holds_from || now > found->verdict.holds_until) {
        found->verdict = store.verify(*certificate_, now);
    }
    return found->verdict;
}

const Result<Entitlement>& ClientCertificate::entitlement() {
    if (!entitlement_) {
        grown_ = true;
        entitlement_.emplace(Entitlement::decode(*certificate_));
    }
    return *entitlement_;
}

const std::string& ClientCertificate::urlencoded_pem() {
    if (urlencoded_pem_.empty()) {
        grown_ = true;
        urlencoded_pem_ = percent_encode(certificate_->pem());
    }
    return urlencoded_pem_;
}

const std::string& ClientCertificate::one_line_pem() {
    if (one_line_pem_.empty()) {
        grown_ = true;
        one_line_pem_ = certificate_->pem();
        while (!one_line_pem_.empty() && one_line_pem_.back() == '\n') {
            one_line_pem_.pop_back();
        }
        std::replace(one_line_pem_.begin(), one_line_pem_.end(), '\n', ' ');
    }
    return one_line_pem_;
}

std::size_t ClientCertificate::memory() const noexcept {
    std::size_t bytes = sizeof *this + certificate_->memory() + urlencoded_pem_.capacity() +
                        one_line_pem_.capacity();
    if (entitlement_ && entitlement_->ok()) {
        bytes += (*entitlement_)->memory();
    }
    return bytes;
}

}  // namespace certguard
