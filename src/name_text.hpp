// A distinguished name for people.
#pragma once

#include <openssl/x509.h>

#include <string>

namespace certguard {

/// RFC 2253 text: printable ASCII, everything else escaped; cut to limits::kNameBytes and "..."
/// when longer.
std::string name_text(const X509_NAME* name);

}  // namespace certguard
