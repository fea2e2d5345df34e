#include "certguard/client_certificate.hpp"

#include <ctime>
#include <string>

#include "catch.hpp"
#include "certguard/certificate_cache.hpp"
#include "certguard/limits.hpp"
#include "test_pki.hpp"

using namespace certguard;

namespace {

const std::int64_t kNow = std::time(nullptr);

/// With as many bytes of FILLER that mean nothing.
std::shared_ptr<const Certificate> certificate(const std::string& common_name,
                                               std::size_t filler = 0) {
    static const test_pki::Identity ca = test_pki::make_ca({});
    static const test_pki::Key key = test_pki::make_key();
    test_pki::Spec spec;
    spec.common_name = common_name;
    spec.key = key;
    if (filler != 0) {
        spec.extensions = {{"1.2.3.4", std::string(filler, 'x')}};
    }
    return Certificate::from_der(test_pki::make_leaf(spec, &ca).der()).value();
}

}  // namespace

TEST_CASE("the urlencoded PEM has nginx's form") {
    ClientCertificate client(certificate("host"));
    const std::string& text = client.urlencoded_pem();
    CHECK(text.rfind("-----BEGIN%20CERTIFICATE-----%0A", 0) == 0);
    CHECK(text.size() > 30);
    CHECK(text.substr(text.size() - 30) == "-----END%20CERTIFICATE-----%0A");
}

TEST_CASE("the one-line PEM has spaces for its newlines and none at its end") {
    ClientCertificate client(certificate("host"));
    const std::string& text = client.one_line_pem();
    CHECK(text.find('\n') == std::string::npos);
    CHECK(text.rfind("-----BEGIN CERTIFICATE----- ", 0) == 0);
    CHECK(text.substr(text.size() - 26) == " -----END CERTIFICATE-----");
}

TEST_CASE("what is built lazily is announced once, so that a cache can count it") {
    ClientCertificate client(certificate("host"));
    CHECK_FALSE(client.take_growth());
    const std::size_t before = client.memory();
    (void)client.urlencoded_pem();
    CHECK(client.memory() > before);
    CHECK(client.take_growth());
    CHECK_FALSE(client.take_growth());
    (void)client.urlencoded_pem();
    CHECK_FALSE(client.take_growth());
}

TEST_CASE("connections that show the same certificate share one object") {
    CertificateCache cache(10, 1 << 20);
    const auto first = certificate("host");
    const auto remembered = cache.remember(first);
    CHECK(cache.remember(Certificate::from_der(first->der()).value()) == remembered);
    CHECK(cache.remember(certificate("another")) != remembered);
    CHECK(cache.size() == 2);
}

TEST_CASE("the certificate used least recently is forgotten first") {
    CertificateCache cache(2, 1 << 20);
    const auto a = certificate("a");
    const auto b = certificate("b");
    const auto remembered_a = cache.remember(a);
    const auto remembered_b = cache.remember(b);
    (void)cache.remember(a);
    (void)cache.remember(certificate("c"));
    CHECK(cache.size() == 2);
    CHECK(cache.remember(a) == remembered_a);
    CHECK(cache.remember(b) != remembered_b);
}

TEST_CASE("the certificates that a worker remembers, and their memory, have limits") {
    CertificateCache cache(limits::kRememberedCertificates, limits::kRememberedBytes);
    const auto first = certificate("first");
    const auto remembered = cache.remember(first);
    SECTION("certificates") {
        for (std::size_t i = 1; i < limits::kRememberedCertificates; ++i) {
            (void)cache.remember(certificate(std::to_string(i)));
        }
        CHECK(cache.size() == limits::kRememberedCertificates);
        (void)cache.remember(certificate("last"));
        CHECK(cache.size() == limits::kRememberedCertificates);
    }
    SECTION("bytes") {
        std::size_t bytes = remembered->memory();
        std::size_t count = 1;
        while (bytes <= limits::kRememberedBytes) {
            CHECK(cache.size() == count);
            bytes += cache.remember(certificate(std::to_string(count), 1u << 20))->memory();
            ++count;
        }
        CHECK(count > 10);
        CHECK(cache.size() < count);
    }
    CHECK(cache.remember(first) != remembered);
}

TEST_CASE("memory counts as well as number, also what is built later") {
    const auto first = certificate("a");
    const std::size_t room = ClientCertificate(first).memory() + 600;
    CertificateCache cache(10, room);
    const auto client = cache.remember(first);
    CHECK(cache.size() == 1);
    (void)client->urlencoded_pem();
    (void)client->one_line_pem();
    cache.settle(*client);
    CHECK(cache.size() == 0);
    CHECK(client->certificate().common_name() == "a");  // lives on with whoever holds it
    cache.settle(*client);                              // and is no longer the cache's business
    CHECK(cache.size() == 0);
}
