// Whom a TLS client trusts and who it is, read from PEM texts once and then given to every new
// connection: nothing is parsed while a worker has other things to do, and key files need to be
// readable for the master only.
#pragma once

#include <openssl/ssl.h>

#include <string>
#include <vector>

#include "certguard/result.hpp"
#include "openssl_handles.hpp"

namespace certguard {

class TlsIdentity {
  public:
    /// CA_PEM: one certificate or more; empty: the system's (OpenSSL's default file and directory).
    /// CERTIFICATE_PEM (with its chain behind it) and KEY_PEM (not encrypted): both or neither.
    static Result<TlsIdentity> read(const std::string& ca_pem, const std::string& certificate_pem,
                                    const std::string& key_pem);

    bool has_certificate() const noexcept { return certificate_ != nullptr; }
    /// Makes CONTEXT trust these CAs and no others.
    void give_trust_to(SSL_CTX* context) const;
    /// Makes CONTEXT show this certificate, if there is one.
    bool give_certificate_to(SSL_CTX* context) const;

  private:
    X509StorePtr trusted_;
    X509Ptr certificate_;  // null: none
    std::vector<X509Ptr> chain_;
    EvpPkeyPtr key_;
};

}  // namespace certguard
