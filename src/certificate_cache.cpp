#include "certguard/certificate_cache.hpp"

#include <cstring>

namespace certguard {

std::size_t CertificateCache::Hash::operator()(const Fingerprint& fingerprint) const noexcept {
    std::size_t hash = 0;  // a SHA-256 is a good hash already
    std::memcpy(&hash, fingerprint.data(), sizeof hash);
    return hash;
}

CertificateCache::CertificateCache(std::size_t most_entries, std::size_t most_bytes)
    : most_entries_(most_entries), most_bytes_(most_bytes) {}

std::shared_ptr<ClientCertificate> CertificateCache::remember(
    std::shared_ptr<const Certificate> certificate) {
    const auto found = by_fingerprint_.find(certificate->fingerprint());
    if (found != by_fingerprint_.end()) {
        order_.splice(order_.begin(), order_, found->second);
        return found->second->certificate;
    }
    auto client = std::make_shared<ClientCertificate>(std::move(certificate));
    order_.push_front(Entry{client, 0});
    by_fingerprint_.emplace(client->certificate().fingerprint(), order_.begin());
    settle(*client);
    return client;
}

void CertificateCache::settle(const ClientCertificate& client) {
    const auto found = by_fingerprint_.find(client.certificate().fingerprint());
    // Another object of the same bytes may have been remembered since this one was dropped.
    if (found == by_fingerprint_.end() || found->second->certificate.get() != &client) {
        return;
    }
    Entry& entry = *found->second;
    bytes_ -= entry.bytes;
    entry.bytes = client.memory();
    bytes_ += entry.bytes;
    make_room();
}

void CertificateCache::make_room() {
    while (!order_.empty() && (order_.size() > most_entries_ || bytes_ > most_bytes_)) {
        const Entry& oldest = order_.back();
        bytes_ -= oldest.bytes;
        by_fingerprint_.erase(oldest.certificate->certificate().fingerprint());
        order_.pop_back();
    }
}

std::optional<std::int64_t> CertificateCache::first_expiry(std::int64_t now) const noexcept {
    std::optional<std::int64_t> first;
    for (const Entry& entry : order_) {
        const std::int64_t end = entry.certificate->certificate().not_after();
        if (end >= now && (!first || end < *first)) {
            first = end;
        }
    }
    return first;
}

}  // namespace certguard
