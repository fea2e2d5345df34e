#include "trust_reader.hpp"

#include <openssl/x509v3.h>

#include "certguard/limits.hpp"
#include "printable.hpp"

namespace certguard {
namespace {

bool ends_with(std::string_view text, std::string_view suffix) {
    return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

bool is_certificate(std::string_view label) {
    return label == "CERTIFICATE" || label == "X509 CERTIFICATE";
}

bool is_private_key(std::string_view label) {
    return ends_with(label, "PRIVATE KEY");
}

std::string in_line(const PemBlock& block) {
    return "line " + std::to_string(block.line) + ": ";
}

/// "line 12: the CERTIFICATE block does not hold base64"
std::string problem_of(const PemBlock& block) {
    return in_line(block) + "the " + printable(block.label) + " block " + block.problem;
}

/// A DER file begins with a SEQUENCE whose length takes more than one byte.
bool looks_like_der(std::string_view text) {
    return text.size() > 2 && text[0] == '\x30' && (text[1] & 0x80) != 0;
}

/// Why a certificate can't be a CA; empty when it can.
std::string ca_problem(const Certificate& certificate) {
    X509* const x509 = certificate.openssl();
    if (X509_check_purpose(x509, -1, 0) != 1) {
        return "has extensions that OpenSSL can't read";
    }
    if (X509_check_ca(x509) == 0) {
        return "is no CA certificate; expected the CA that issues the clients' certificates";
    }
    return {};
}

}  // namespace

bool TrustReader::is_unusable(const TrustFileText& file) {
    std::string problem = file.problem;
    if (problem.empty() && file.text.size() > limits::kTrustFileBytes) {
        problem = "has " + std::to_string(file.text.size()) + " bytes, at most " +
                  std::to_string(limits::kTrustFileBytes) + " are read";
    }
    if (problem.empty()) {
        return false;
    }
    errors_.push_back({file.name, std::move(problem)});
    return true;
}

std::vector<PemBlock> TrustReader::blocks_of(const TrustFileText& file) {
    const std::size_t left = limits::kTrustObjects - objects_;
    std::vector<PemBlock> blocks = pem_blocks(file.text, left + 1);
    if (blocks.size() > left) {
        blocks.pop_back();
        errors_.push_back({file.name, "the guard's CA and CRL files hold more than " +
                                          std::to_string(limits::kTrustObjects) +
                                          " objects together; the rest is not read"});
    }
    objects_ += blocks.size();
    return blocks;
}

void TrustReader::read_bundle(const TrustFileText& file) {
    const ErrorQueueGuard errors;
    if (is_unusable(file)) {
        return;
    }
    const std::size_t errors_before = errors_.size();
    bool any = false;
    for (const PemBlock& block : blocks_of(file)) {
        any = any || is_certificate(block.label);
        take_bundle_block(file.name, block);
    }
    if (any || errors_.size() != errors_before) {
        return;
    }
    if (looks_like_der(file.text)) {
        errors_.push_back({file.name,
                           "is DER, expected PEM; convert it: openssl x509 -inform DER -in FILE "
                           "-out FILE.pem"});
    } else {
        errors_.push_back({file.name, file.text.empty() ? "is empty, expected CA certificates in "
                                                          "PEM"
                                                        : "holds no CERTIFICATE block, expected "
                                                          "CA certificates in PEM"});
    }
}

void TrustReader::take_bundle_block(const std::string& file, const PemBlock& block) {
    if (is_private_key(block.label)) {
        warnings_.push_back({file, in_line(block) +
                                       "a private key stands in this CA file; a CA's key does not "
                                       "belong on this machine: remove it, and replace the CA if "
                                       "others could read it"});
    } else if (is_certificate(block.label)) {
        take_ca(file, block);
    } else if (block.label == "TRUSTED CERTIFICATE") {
        errors_.push_back({file, in_line(block) +
                                     "is a TRUSTED CERTIFICATE block, expected CERTIFICATE; "
                                     "convert it: openssl x509 -in FILE -out FILE.pem"});
    } else if (block.label == "X509 CRL") {
        errors_.push_back({file, in_line(block) +
                                     "is a CRL; put CRLs into files of their own and name them "
                                     "under crl"});
    } else if (block.label == "PKCS7" || block.label == "PKCS #7 SIGNED DATA") {
        errors_.push_back({file, in_line(block) +
                                     "is PKCS #7, expected CERTIFICATE; convert it: openssl pkcs7 "
                                     "-print_certs -in FILE -out FILE.pem"});
    } else if (!block.problem.empty()) {
        errors_.push_back({file, problem_of(block)});
    } else {
        warnings_.push_back(
            {file, in_line(block) + "the " + printable(block.label) + " block is ignored"});
    }
}

void TrustReader::take_ca(const std::string& file, const PemBlock& block) {
    if (!block.problem.empty()) {
        errors_.push_back({file, problem_of(block)});
        return;
    }
    const auto certificate = Certificate::from_der(block.der);
    if (!certificate.ok()) {
        errors_.push_back({file, in_line(block) + certificate.error().message});
        return;
    }
    const std::string problem = ca_problem(**certificate);
    if (!problem.empty()) {
        errors_.push_back({file, in_line(block) + (*certificate)->subject() + " " + problem});
        return;
    }
    certificates_.push_back({*certificate, file, block.line});
}

void TrustReader::read_crls(const TrustFileText& file) {
    const ErrorQueueGuard errors;
    if (is_unusable(file)) {
        return;
    }
    const std::size_t errors_before = errors_.size();
    const std::vector<PemBlock> blocks = blocks_of(file);
    if (blocks.empty() && looks_like_der(file.text) && objects_ < limits::kTrustObjects) {
        ++objects_;
        take_crl(file.name, {}, file.text);
        return;
    }
    bool any = false;
    for (const PemBlock& block : blocks) {
        if (!block.problem.empty()) {
            errors_.push_back({file.name, problem_of(block)});
        } else if (block.label == "X509 CRL") {
            any = true;
            take_crl(file.name, in_line(block), block.der);
        } else {
            warnings_.push_back({file.name, in_line(block) + "the " + printable(block.label) +
                                                " block is ignored, expected X509 CRL"});
        }
    }
    if (!any && errors_.size() == errors_before) {
        errors_.push_back({file.name, file.text.empty()
                                          ? "is empty, expected CRLs in PEM or DER"
                                          : "holds no X509 CRL block and is no DER either"});
    }
}

void TrustReader::take_crl(const std::string& file, const std::string& where,
                           std::string_view der) {
    auto crl = Crl::from_der(der);
    if (crl.ok()) {
        crls_.push_back({std::move(*crl), file});
    } else {
        errors_.push_back({file, where + "the CRL " + crl.error().message});
    }
}

}  // namespace certguard
