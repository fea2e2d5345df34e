#include "cli/certificate_file.hpp"

#include "certguard/limits.hpp"
#include "printable.hpp"
#include "read_file.hpp"

namespace certguard::cli {

Result<std::shared_ptr<const Certificate>> read_certificate_file(const std::string& file) {
    const auto named = [&file](const Error& error) {
        return Error{error.reason, printable(file) + ": " + error.message};
    };
    const Result<FileContent> content = read_file(file, 2 * limits::kCertificateBytes);
    if (!content) {
        return named(content.error());
    }
    const std::string& text = content->text;
    const bool is_pem = text.find("-----BEGIN ") != std::string::npos;
    constexpr char kDerSequence = '\x30';
    if (!is_pem && (text.empty() || text[0] != kDerSequence)) {
        return named({Reason::bad_certificate, "neither a PEM nor a DER file"});
    }
    auto certificate = is_pem ? Certificate::from_pem(text) : Certificate::from_der(text);
    return certificate ? std::move(certificate) : named(certificate.error());
}

}  // namespace certguard::cli
