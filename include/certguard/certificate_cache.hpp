// The certificates that a worker remembers, least recently used out first, bounded in number and
// memory (limits.hpp). Keyed by the SHA-256 of the DER. An entry that has been dropped lives on
// for the connections that hold it.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <unordered_map>

#include "certguard/client_certificate.hpp"

namespace certguard {

class CertificateCache {
  public:
    CertificateCache(std::size_t most_entries, std::size_t most_bytes);

    /// The remembered object for these DER bytes; a new one when there is none yet.
    std::shared_ptr<ClientCertificate> remember(std::shared_ptr<const Certificate> certificate);
    /// Counts CLIENT's memory afresh. To be called when its take_growth() says so: it decodes and
    /// encodes lazily, after it was remembered.
    void settle(const ClientCertificate& client);

    /// When the first of the remembered certificates ends that have not ended at NOW; nothing when
    /// there is none. Looks at all of them.
    std::optional<std::int64_t> first_expiry(std::int64_t now) const noexcept;

    std::size_t size() const noexcept { return by_fingerprint_.size(); }

  private:
    struct Entry {
        std::shared_ptr<ClientCertificate> certificate;
        std::size_t bytes;
    };
    struct Hash {
        std::size_t operator()(const Fingerprint& fingerprint) const noexcept;
    };
    using Order = std::list<Entry>;  // most recently used first

    void make_room();

    std::size_t most_entries_;
    std::size_t most_bytes_;
    std::size_t bytes_ = 0;
    Order order_;
    std::unordered_map<Fingerprint, Order::iterator, Hash> by_fingerprint_;
};

}  // namespace certguard
