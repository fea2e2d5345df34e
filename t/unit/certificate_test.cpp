#include "certguard/certificate.hpp"

#include <openssl/pem.h>

#include <algorithm>
#include <cstring>

#include "catch.hpp"
#include "certguard/limits.hpp"
#include "openssl_handles.hpp"
#include "test_files.hpp"

using certguard::Certificate;
using certguard::Reason;
using certguard::X509Ptr;
using certguard::test::test_data;
namespace limits = certguard::limits;

namespace {

using CertificatePtr = std::shared_ptr<const Certificate>;

const char kEntitlement[] = "vectors/real/pulp-v3.4-one-two-var.pem";

CertificatePtr read_pem(const std::string& text) {
    auto read = Certificate::from_pem(text);
    INFO((read.ok() ? "" : read.error().message));
    REQUIRE(read.ok());
    return *read;
}

X509Ptr parse(const std::string& text) {
    const certguard::BioPtr in = certguard::bio_over(text);
    return X509Ptr(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
}

void add_name(X509* x509, const char* field, const std::string& value,
              int type = V_ASN1_UTF8STRING) {
    X509_NAME* name = X509_get_subject_name(x509);
    REQUIRE(X509_NAME_add_entry_by_txt(name, field, type,
                                       reinterpret_cast<const unsigned char*>(value.data()),
                                       static_cast<int>(value.size()), -1, 0) == 1);
}

/// A certificate whose subject is what CHANGE makes of an empty name. Its signature is wrong,
/// which nobody here looks at.
template <class Change>
CertificatePtr with_subject(Change change) {
    const X509Ptr x509 = parse(test_data(kEntitlement));
    const std::unique_ptr<X509_NAME, certguard::OpensslFree<&X509_NAME_free>> empty(
        X509_NAME_new());
    X509_set_subject_name(x509.get(), empty.get());
    change(x509.get());
    auto made = Certificate::from_openssl(x509.get());
    REQUIRE(made.ok());
    return *made;
}

CertificatePtr with_common_name(const std::string& name) {
    return with_subject([&](X509* x509) { add_name(x509, "CN", name); });
}

bool is_printable_ascii(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

std::string hex(const certguard::Fingerprint& bytes) {
    std::string text;
    for (unsigned byte : bytes) {
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 15];
    }
    return text;
}

}  // namespace

TEST_CASE("a certificate tells the facts that decisions need") {
    const CertificatePtr certificate = read_pem(test_data(kEntitlement));
    CHECK(certificate->common_name() == "13f56fe3ec9c4aa98c8fecd857ab6885");
    CHECK(certificate->organization() == "Default_Organization");
    CHECK(certificate->subject() == "CN=13f56fe3ec9c4aa98c8fecd857ab6885,O=Default_Organization");
    CHECK(certificate->issuer() ==
          "CN=sat-6-6-qa-rhel7.windhelm.example.com,OU=SomeOrgUnit,O=Katello,L=Raleigh,"
          "ST=North Carolina,C=US");
    CHECK(certificate->serial() == "4CB754E6DAA06514");
    CHECK(certificate->not_before() == 1458792000);  // 2016-03-24 04:00:00 UTC
    CHECK(certificate->not_after() == 2474582400);   // 2048-06-01 00:00:00 UTC
    CHECK(hex(certificate->fingerprint()) ==
          "0fb49d415d9d1351a88f2c82467aa9f01046233094b1b5b01f214c2eee645f41");
    CHECK(certificate->memory() > certificate->der().size());
}

TEST_CASE("the extensions below Red Hat's arc come in certificate order, without the arc") {
    const CertificatePtr certificate = read_pem(test_data(kEntitlement));
    const auto& found = certificate->rhsm_extensions();
    REQUIRE(found.size() == 3);
    CHECK(found[0].oid == "\x06");
    CHECK(found[0].value ==
          "\x0C\x03"
          "3.4");
    CHECK(found[1].oid == "\x08");
    CHECK(found[2].oid == "\x07");
    CHECK(found[2].value.substr(0, 1) == "\x04");
}

TEST_CASE("a certificate is the same, whether it comes as DER, as PEM or from OpenSSL") {
    const std::string pem = test_data(kEntitlement);
    const CertificatePtr from_pem = read_pem(pem);
    const auto from_der = Certificate::from_der(from_pem->der());
    REQUIRE(from_der.ok());
    CHECK((*from_der)->der() == from_pem->der());
    CHECK((*from_der)->pem() == from_pem->pem());
    CHECK(pem.find(from_pem->pem()) != pem.npos);

    CertificatePtr from_openssl;
    {
        const X509Ptr parsed = parse(pem);
        auto made = Certificate::from_openssl(parsed.get());
        REQUIRE(made.ok());
        from_openssl = *made;
    }
    INFO("it outlives the object that it was made from");
    CHECK(from_openssl->fingerprint() == from_pem->fingerprint());
    CHECK(from_openssl->rhsm_extensions().size() == from_pem->rhsm_extensions().size());
}

TEST_CASE("what is no certificate is refused with words and leaves no OpenSSL error behind") {
    const std::string pem = test_data(kEntitlement);
    const std::string der(read_pem(pem)->der());
    struct Row {
        const char* what;
        certguard::Result<CertificatePtr> read;
    };
    const Row rows[] = {
        {"nothing", Certificate::from_der("")},
        {"text", Certificate::from_der("certificate")},
        {"a byte behind it", Certificate::from_der(der + '\0')},
        {"its last byte missing", Certificate::from_der(der.substr(0, der.size() - 1))},
        {"over the budget", Certificate::from_der(std::string(limits::kCertificateBytes + 1, '0'))},
        {"no PEM block", Certificate::from_pem("hello\n")},
        {"a key only", Certificate::from_pem(test_data("vectors/synthetic/client.key"))},
        {"a block without end", Certificate::from_pem(pem.substr(0, 400))},
        {"a marker inside a line", Certificate::from_pem(" " + pem.substr(pem.find("-----BEGIN")))},
        {"a marker with text behind it, before another kind of block",
         Certificate::from_pem("-----BEGIN CERTIFICATE----- x\n" +
                               test_data("vectors/synthetic/client.key"))},
        {"null", Certificate::from_openssl(nullptr)},
    };
    for (const Row& row : rows) {
        INFO(row.what);
        REQUIRE(!row.read.ok());
        CHECK(row.read.error().reason == Reason::bad_certificate);
        CHECK(row.read.error().message.rfind("unreadable certificate: ", 0) == 0);
        CHECK(is_printable_ascii(row.read.error().message));
    }
    CHECK(ERR_peek_error() == 0);
}

TEST_CASE("of a PEM file only the first CERTIFICATE block counts") {
    const std::string wanted = test_data(kEntitlement);
    const std::string file =
        "Subscription of ACME\n" + test_data("vectors/synthetic/client.key") +
        "-----BEGIN ENTITLEMENT DATA-----\neJw!!\n-----END ENTITLEMENT DATA-----\n" + wanted +
        test_data("vectors/synthetic/ca.pem") + "\nend";
    CHECK(read_pem(file)->fingerprint() == read_pem(wanted)->fingerprint());

    std::string crlf;
    for (const char c : wanted) {
        crlf += c == '\n' ? "\r\n" : std::string(1, c);
    }
    CHECK(read_pem(crlf)->fingerprint() == read_pem(wanted)->fingerprint());
}

TEST_CASE("a name that two readers could read differently is no name") {
    CHECK(with_subject([](X509*) {})->common_name().empty());
    CHECK(with_subject([](X509* x509) {
              add_name(x509, "CN", "one");
              add_name(x509, "CN", "two");
              add_name(x509, "O", "ACME");
              add_name(x509, "O", "ACME");
          })
              ->common_name()
              .empty());
    CHECK(with_subject([](X509* x509) {
              add_name(x509, "O", "ACME");
              add_name(x509, "O", "ACME");
          })
              ->organization()
              .empty());
    CHECK(with_common_name(std::string("host\0evil", 9))->common_name().empty());
    CHECK(with_common_name("line\nfeed")->common_name().empty());
    CHECK(with_common_name("\x7f")->common_name().empty());
    CHECK(with_common_name(std::string(limits::kNameBytes, 'x'))->common_name().size() ==
          limits::kNameBytes);
    CHECK(with_common_name(std::string(limits::kNameBytes + 1, 'x'))->common_name().empty());
    CHECK(with_common_name("Soci\xC3\xA9t\xC3\xA9")->common_name() == "Soci\xC3\xA9t\xC3\xA9");
    CHECK(with_subject([](X509* x509) {
              add_name(x509, "CN", std::string("\0h\0i", 4), V_ASN1_BMPSTRING);
          })->common_name() == "hi");
}

TEST_CASE("a host is named by 36 hex digits and dashes, in lower case") {
    const std::string uuid = "0d1c2b3a-0000-4aaa-8bbb-0123456789ab";
    CHECK(with_common_name(uuid)->host_uuid() == uuid);
    CHECK(with_common_name("0D1C2B3A-0000-4AAA-8BBB-0123456789AB")->host_uuid() == uuid);
    CHECK(!with_common_name(uuid.substr(1))->host_uuid());
    CHECK(!with_common_name(uuid + "0")->host_uuid());
    CHECK(!with_common_name("0d1c2b3a-0000-4aaa-8bbb-0123456789ag")->host_uuid());
    CHECK(!with_common_name("0d1c2b3a 0000 4aaa 8bbb 0123456789ab")->host_uuid());
    CHECK(!with_common_name(uuid + std::string(1, '\0'))->host_uuid());
    CHECK(!with_common_name("capsule.example.com")->host_uuid());
    CHECK(!with_subject([](X509*) {})->host_uuid());
    CHECK(read_pem(test_data("vectors/real/identity-8eac2898.pem"))->host_uuid() ==
          "0f5d4617-d913-4a0f-be61-d8a9c88e1476");
}

TEST_CASE("names in messages are printable and bounded, whatever is in the certificate") {
    const std::string all = [] {
        std::string bytes;
        for (int c = 0; c < 128; ++c) {
            bytes += static_cast<char>(c);
        }
        return bytes + "\xE2\x80\xAE";  // right-to-left override
    }();
    const std::string escaped = with_common_name(all)->subject();
    CAPTURE(escaped);
    CHECK(is_printable_ascii(escaped));
    CHECK(escaped.find("\\0A") != escaped.npos);

    const std::string cut = with_common_name(std::string(100000, 'x'))->subject();
    CHECK(cut.size() == limits::kNameBytes + 3);
    CHECK(cut.substr(cut.size() - 4) == "x...");
    CHECK(with_subject([](X509*) {})->subject().empty());
}

TEST_CASE("a serial number is shown as it is encoded, and bounded") {
    const auto serial = [](const std::string& hex_digits) {
        return with_subject([&](X509* x509) {
                   BIGNUM* number = nullptr;
                   BN_hex2bn(&number, hex_digits.c_str());
                   BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509));
                   BN_free(number);
               })
            ->serial();
    };
    CHECK(serial("0") == "00");
    CHECK(serial("A") == "0A");
    CHECK(serial("80") == "80");
    CHECK(serial("-1234") == "-1234");
    CHECK(serial(std::string(4000, 'F')).size() == limits::kNameBytes);
}

TEST_CASE("a certificate whose dates are no times is refused") {
    const X509Ptr x509 = parse(test_data(kEntitlement));
    ASN1_STRING_set(X509_getm_notAfter(x509.get()), "no time", -1);
    CHECK(!Certificate::from_openssl(x509.get()).ok());
}
