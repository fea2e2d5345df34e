#include "name_text.hpp"

#include "certguard/limits.hpp"
#include "openssl_handles.hpp"

namespace certguard {

std::string name_text(const X509_NAME* name) {
    const ErrorQueueGuard errors;
    const BioPtr out(BIO_new(BIO_s_mem()));
    // The flags make OpenSSL escape control characters and everything above ASCII.
    if (!out || X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253) < 0) {
        return "(unreadable name)";
    }
    std::string text(bio_content(out.get()));
    if (text.size() > limits::kNameBytes) {
        text.resize(limits::kNameBytes);
        text += "...";
    }
    return text;
}

}  // namespace certguard
