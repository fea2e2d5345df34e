// A client's certificate as a worker remembers it: parsed once, decoded once, verified once per
// trust store, urlencoded once. Connections that present the same certificate share it.
//
// Not thread-safe: it belongs to one worker's event loop.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "certguard/certificate.hpp"
#include "certguard/entitlement.hpp"
#include "certguard/trust_store.hpp"

namespace certguard {

class ClientCertificate {
  public:
    explicit ClientCertificate(std::shared_ptr<const Certificate> certificate);

    const Certificate& certificate() const noexcept { return *certificate_; }
    /// The verdict of STORE at NOW; verified afresh only when the remembered one does not hold.
    const TrustVerdict& trust(const TrustStore& store, std::int64_t now);
    /// Decoded at the first call, so call it only for trusted certificates.
    const Result<Entitlement>& entitlement();
    /// Byte for byte what nginx's $ssl_client_escaped_cert gives.
    const std::string& urlencoded_pem();
    /// The PEM in one line, spaces for its newlines.
    const std::string& one_line_pem();
    /// The consumer UUID in lower case, when the CN is shaped like one. Says nothing about trust.
    const std::optional<std::string>& host_uuid() const noexcept { return host_uuid_; }
    /// True once after the object has taken more memory.
    bool take_growth() noexcept { return std::exchange(grown_, false); }
    /// Bytes that it keeps alive at the moment, roughly.
    std::size_t memory() const noexcept;

  private:
    struct Remembered {
        std::uint64_t store_id;
        TrustVerdict verdict;
    };
    std::shared_ptr<const Certificate> certificate_;
    std::vector<Remembered> verdicts_;
    std::optional<Result<Entitlement>> entitlement_;
    std::optional<std::string> host_uuid_;
    std::string urlencoded_pem_;
    std::string one_line_pem_;
    bool grown_ = false;
};

}  // namespace certguard
