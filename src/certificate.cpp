#include "certguard/certificate.hpp"

#include <openssl/pem.h>

#include <algorithm>
#include <climits>
#include <ctime>
#include <utility>

#include "certguard/limits.hpp"
#include "name_text.hpp"
#include "openssl_handles.hpp"

namespace certguard {
namespace {

// DER content bytes of 1.3.6.1.4.1.2312.9
constexpr std::string_view kRhsmArc = "\x2B\x06\x01\x04\x01\x92\x08\x09";

Error unreadable(std::string what) {
    return Error{Reason::bad_certificate, "unreadable certificate: " + std::move(what)};
}

std::string_view view(const unsigned char* bytes, std::size_t size) {
    return bytes == nullptr ? std::string_view()
                            : std::string_view(reinterpret_cast<const char*>(bytes), size);
}

std::string_view content(const ASN1_STRING* string) {
    return view(ASN1_STRING_get0_data(string),
                static_cast<std::size_t>(ASN1_STRING_length(string)));
}

bool is_control(unsigned char c) {
    return c < 0x20 || c == 0x7f;
}

std::optional<std::int64_t> seconds_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) {
        return std::nullopt;
    }
    return timegm(&parts);
}

/// The value of the name's only attribute of this kind. An attribute that is there twice counts as
/// absent, because two readers might pick different ones; so does one that could not be logged or
/// sent on as it is.
std::string only_attribute(const X509_NAME* name, int nid) {
    const int at = X509_NAME_get_index_by_NID(name, nid, -1);
    if (at < 0 || X509_NAME_get_index_by_NID(name, nid, at) >= 0) {
        return {};
    }
    unsigned char* bytes = nullptr;
    const int size =
        ASN1_STRING_to_UTF8(&bytes, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    const OpensslBytes owner(bytes);
    if (size <= 0 || static_cast<std::size_t>(size) > limits::kNameBytes ||
        std::any_of(bytes, bytes + size, is_control)) {
        return {};
    }
    return std::string(view(bytes, static_cast<std::size_t>(size)));
}

Result<std::string> encode(X509* certificate) {
    const int size = i2d_X509(certificate, nullptr);
    if (size <= 0) {
        return unreadable(ErrorQueueGuard::last());
    }
    if (static_cast<std::size_t>(size) > limits::kCertificateBytes) {
        return unreadable("it has " + std::to_string(size) + " bytes, at most " +
                          std::to_string(limits::kCertificateBytes) + " are read");
    }
    std::string der(static_cast<std::size_t>(size), '\0');
    auto* out = reinterpret_cast<unsigned char*>(der.data());
    i2d_X509(certificate, &out);
    return der;
}

std::vector<RhsmExtension> rhsm_extensions_of(const X509* certificate) {
    std::vector<RhsmExtension> found;
    const int count = X509_get_ext_count(certificate);
    for (int i = 0; i < count; ++i) {
        X509_EXTENSION* extension = X509_get_ext(certificate, i);
        const ASN1_OBJECT* object = X509_EXTENSION_get_object(extension);
        std::string_view oid = view(OBJ_get0_data(object), OBJ_length(object));
        if (oid.substr(0, kRhsmArc.size()) != kRhsmArc) {
            continue;
        }
        oid.remove_prefix(kRhsmArc.size());
        found.push_back({oid, content(X509_EXTENSION_get_data(extension))});
    }
    found.shrink_to_fit();
    return found;
}

/// TEXT from the first line that begins a CERTIFICATE block on; empty when there is none.
std::string_view from_first_certificate(std::string_view text) {
    constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
    for (auto at = text.find(kBegin); at != text.npos; at = text.find(kBegin, at + 1)) {
        if (at == 0 || text[at - 1] == '\n' || text[at - 1] == '\r') {
            return text.substr(at);
        }
    }
    return {};
}

}  // namespace

Result<std::shared_ptr<const Certificate>> Certificate::from_der(std::string_view der) {
    const ErrorQueueGuard errors;
    if (der.size() > limits::kCertificateBytes) {
        return unreadable("it has " + std::to_string(der.size()) + " bytes, at most " +
                          std::to_string(limits::kCertificateBytes) + " are read");
    }
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    const unsigned char* end = at + der.size();
    X509Ptr parsed(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
    if (!parsed) {
        return unreadable(ErrorQueueGuard::last());
    }
    if (at != end) {
        return unreadable(std::to_string(end - at) + " bytes behind its end");
    }
    return adopt(parsed.release());
}

Result<std::shared_ptr<const Certificate>> Certificate::from_pem(std::string_view text) {
    const ErrorQueueGuard errors;
    const std::string_view block = from_first_certificate(text);
    if (block.empty()) {
        return unreadable("no \"-----BEGIN CERTIFICATE-----\" line in it");
    }
    char* label = nullptr;
    char* header = nullptr;
    unsigned char* der = nullptr;
    long size = 0;
    const BioPtr in = bio_over(block.substr(0, std::min<std::size_t>(block.size(), INT_MAX)));
    if (!in || PEM_read_bio(in.get(), &label, &header, &der, &size) != 1) {
        return unreadable("its PEM block is damaged: " + ErrorQueueGuard::last());
    }
    const std::unique_ptr<char, OpensslBytesFree> label_owner(label);
    const std::unique_ptr<char, OpensslBytesFree> header_owner(header);
    const OpensslBytes der_owner(der);
    if (std::string_view(label) != "CERTIFICATE") {
        return unreadable("its PEM block does not start on a line of its own");
    }
    return from_der(view(der, static_cast<std::size_t>(size)));
}

Result<std::shared_ptr<const Certificate>> Certificate::from_openssl(x509_st* certificate) {
    if (certificate == nullptr || X509_up_ref(certificate) != 1) {
        return unreadable("there is none");
    }
    return adopt(certificate);
}

Result<std::shared_ptr<const Certificate>> Certificate::adopt(x509_st* owned) {
    const ErrorQueueGuard errors;
    X509Ptr x509(owned);
    Result<std::string> der = encode(owned);
    if (!der.ok()) {
        return der.error();
    }
    const auto not_before = seconds_of(X509_get0_notBefore(owned));
    const auto not_after = seconds_of(X509_get0_notAfter(owned));
    if (!not_before || !not_after) {
        return unreadable("its dates are no times");
    }
    const std::shared_ptr<Certificate> made(new Certificate);
    made->der_ = std::move(*der);
    if (EVP_Digest(made->der_.data(), made->der_.size(), made->fingerprint_.data(), nullptr,
                   EVP_sha256(), nullptr) != 1) {
        return Error{Reason::internal_error, "no SHA-256: " + ErrorQueueGuard::last()};
    }
    made->not_before_ = *not_before;
    made->not_after_ = *not_after;
    const X509_NAME* subject = X509_get_subject_name(owned);
    made->common_name_ = only_attribute(subject, NID_commonName);
    made->organization_ = only_attribute(subject, NID_organizationName);
    made->rhsm_ = rhsm_extensions_of(owned);
    made->x509_ = x509.release();
    return std::shared_ptr<const Certificate>(made);
}

Certificate::~Certificate() {
    X509_free(x509_);
}

std::optional<std::string> Certificate::host_uuid() const {
    if (common_name_.size() != 36) {
        return std::nullopt;
    }
    std::string uuid = common_name_;
    for (char& c : uuid) {
        if (c >= 'A' && c <= 'F') {
            c = static_cast<char>(c - 'A' + 'a');
        }
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-')) {
            return std::nullopt;
        }
    }
    return uuid;
}

std::string Certificate::subject() const {
    return name_text(X509_get_subject_name(x509_));
}

std::string Certificate::issuer() const {
    return name_text(X509_get_issuer_name(x509_));
}

std::string Certificate::serial() const {
    const ASN1_INTEGER* serial = X509_get0_serialNumber(x509_);
    std::string text = ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER ? "-" : "";
    for (const unsigned char byte : content(serial).substr(0, limits::kNameBytes / 2)) {
        constexpr char kDigits[] = "0123456789ABCDEF";
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

std::string Certificate::pem() const {
    const ErrorQueueGuard errors;
    const BioPtr out(BIO_new(BIO_s_mem()));
    if (!out || PEM_write_bio_X509(out.get(), x509_) != 1) {
        return {};
    }
    return std::string(bio_content(out.get()));
}

std::size_t Certificate::memory() const noexcept {
    // OpenSSL keeps the signed part twice, encoded and parsed; an extension costs it some 200
    // bytes besides its content, the rest (key, names, cached flags) a few thousand.
    constexpr std::size_t kOpensslBase = 4096;
    constexpr std::size_t kOpensslExtension = 200;
    return sizeof(*this) + der_.capacity() * 3 + common_name_.capacity() +
           organization_.capacity() + rhsm_.capacity() * sizeof(RhsmExtension) + kOpensslBase +
           rhsm_.size() * kOpensslExtension;
}

}  // namespace certguard
