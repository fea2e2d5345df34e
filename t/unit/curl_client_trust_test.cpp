// Whom the HTTP client talks to: addresses, server certificates, its own certificate, and what of
// that it refuses to be set up with.
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <unistd.h>

#include <string>

#include "http_fixture.hpp"

using namespace certguard;
using namespace certguard::test;
using namespace std::chrono_literals;
using Failure = HttpResponse::Failure;
using Connection = ScriptedServer::Connection;
using Tls = ScriptedServer::Tls;

namespace {

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

HttpResponse fetch_once(const LookupSettings& settings, AddressList addresses = {"127.0.0.1"}) {
    Client client(settings, std::move(addresses));
    HttpResponse response = client.fetch();
    CHECK(client.idle());
    CHECK(::ERR_peek_error() == 0);  // nothing for nginx to take for its own
    return response;
}

/// An EventLoop that can run out of watches.
class ScarceLoop final : public EventLoop {
  public:
    explicit ScarceLoop(EventLoop& loop) : loop_(loop) {}
    std::unique_ptr<Watch> watch(int fd, std::function<void(unsigned)> ready) override {
        return exhausted ? nullptr : loop_.watch(fd, std::move(ready));
    }
    std::unique_ptr<Timer> timer(std::function<void()> fired) override {
        return loop_.timer(std::move(fired));
    }
    std::uint64_t now_ms() const override { return loop_.now_ms(); }

    bool exhausted = false;

  private:
    EventLoop& loop_;
};

}  // namespace

TEST_CASE("a server with a certificate of the given CA, for the URL's name, is trusted") {
    ScriptedServer server(answering("{}"), Tls{Keys::get().server, std::nullopt, 0});
    Client client(settings_for(server));
    CHECK(client.fetch().status == 200);
    CHECK(client.fetch().status == 200);
    CHECK(server.connections() == 1);
    CHECK(contains(server.heads().front(), "\r\nHost: katello.test:"));
    CHECK(::ERR_peek_error() == 0);
}

TEST_CASE("a server at an IP address is trusted by that address") {
    test_pki::Spec spec = Keys::named("somewhere");
    spec.purposes = "server";
    spec.alternative_names = "IP:127.0.0.1";
    ScriptedServer server(answering("{}"),
                          Tls{test_pki::make_leaf(spec, &Keys::get().ca), std::nullopt, 0});
    LookupSettings settings = settings_for(server);
    settings.url = server.url("127.0.0.1");
    CHECK(fetch_once(settings, {}).status == 200);
}

TEST_CASE("any other server is refused before anything is sent to it") {
    struct Case {
        std::string description;
        Tls tls;
        std::string message;
    };
    test_pki::Spec expired = Keys::named("katello.test");
    expired.alternative_names = "DNS:katello.test";
    expired.not_after = std::time(nullptr) - 60;
    test_pki::Spec client_only = Keys::named("katello.test");
    client_only.alternative_names = "DNS:katello.test";
    client_only.purposes = "client";
    const Keys& keys = Keys::get();
    const auto c = GENERATE_COPY(
        Case{"another name",
             {Keys::leaf("pulp.test", "server", keys.ca), {}, 0},
             "certificate subject name"},
        Case{"another CA", {keys.stranger, {}, 0}, "unable to get local issuer certificate"},
        Case{"expired", {test_pki::make_leaf(expired, &keys.ca), {}, 0}, "expired"},
        Case{"no server", {test_pki::make_leaf(client_only, &keys.ca), {}, 0}, "purpose"},
        Case{"self-signed",
             {test_pki::make_leaf(Keys::named("katello.test"), nullptr), {}, 0},
             "self"},
        Case{"TLS 1.1", {keys.server, {}, TLS1_1_VERSION}, "protocol version"});
    CAPTURE(c.description);
    ScriptedServer server(answering("{}"), c.tls);
    const HttpResponse response = fetch_once(settings_for(server));
    CHECK(response.failure == Failure::tls);
    CAPTURE(response.message);
    CHECK(contains(response.message, c.message));
    CHECK(server.requests() == 0);
}

TEST_CASE("without CAs of its own a lookup trusts the system's; with its own it does not") {
    ScriptedServer server(answering("{}"), Tls{Keys::get().stranger, std::nullopt, 0});
    LookupSettings settings = settings_for(server);
    char path[] = "/tmp/certguard-test-XXXXXX";
    const int fd = ::mkstemp(path);
    const std::string ca = Keys::get().other_ca.pem();
    REQUIRE(::write(fd, ca.data(), ca.size()) == static_cast<ssize_t>(ca.size()));
    ::close(fd);
    ::setenv("SSL_CERT_FILE", path, 1);  // is the system's to OpenSSL
    CHECK(fetch_once(settings).failure == Failure::tls);
    settings.ca_pem.clear();
    CHECK(fetch_once(settings).status == 200);
    ::unsetenv("SSL_CERT_FILE");
    ::unlink(path);
    CHECK(fetch_once(settings).failure == Failure::tls);
}

TEST_CASE("several CAs in one text are all trusted") {
    ScriptedServer server(answering("{}"), Tls{Keys::get().server, std::nullopt, 0});
    LookupSettings settings = settings_for(server);
    settings.ca_pem = "Another one\n" + Keys::get().other_ca.pem() + "\n" + Keys::get().ca.pem();
    CHECK(fetch_once(settings).status == 200);
}

TEST_CASE("a server that wants our certificate gets it") {
    const int version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    CAPTURE(version);
    ScriptedServer server(answering("{}"), Tls{Keys::get().server, Keys::get().ca, version});
    LookupSettings settings = settings_for(server);

    SECTION("when there is one") {
        settings.certificate_pem = Keys::get().proxy.pem();
        settings.key_pem = Keys::get().proxy.key_pem();
        CHECK(fetch_once(settings).status == 200);
    }
    SECTION("and says no when there is none") {
        const HttpResponse response = fetch_once(settings);
        CHECK(response.failure == Failure::tls);
        CAPTURE(response.message);
        CHECK(contains(response.message, "alert"));
        CHECK(server.requests() == 0);
    }
    SECTION("and says no when it is of another CA") {
        const auto stranger = Keys::leaf("proxy.test", "client", Keys::get().other_ca);
        settings.certificate_pem = stranger.pem();
        settings.key_pem = stranger.key_pem();
        CHECK(fetch_once(settings).failure == Failure::tls);
        CHECK(server.requests() == 0);
    }
}

TEST_CASE("an anonymous request shows neither the user nor the certificate") {
    const int version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    CAPTURE(version);
    ScriptedServer server(
        [](Connection& connection) {
            while (connection.read_request()) {
                connection.answer("200 OK", connection.client_name());
            }
        },
        Tls{Keys::get().server, Keys::get().ca, version, true});
    LookupSettings settings = settings_for(server);
    settings.certificate_pem = Keys::get().proxy.pem();
    settings.key_pem = Keys::get().proxy.key_pem();
    settings.user = "certguard";
    settings.password = "changeme";
    settings.connections = 1;
    Client client(settings);
    HttpRequest anonymous = client.request();
    anonymous.anonymous = true;

    // In turns: neither a kept connection nor a resumed session carries the identity over.
    for (int i = 0; i < 3; ++i) {
        CHECK(client.fetch().body == "proxy.test");
        CHECK(contains(server.heads().back(), "Authorization: Basic"));
        CHECK(client.fetch(anonymous).body.empty());
        CHECK_FALSE(contains(server.heads().back(), "Authorization"));
    }
}

TEST_CASE("anonymous requests share connections when there is no certificate to hide") {
    ScriptedServer server(answering("{}"), Tls{Keys::get().server, std::nullopt, 0});
    LookupSettings settings = settings_for(server);
    settings.user = "certguard";
    Client client(settings);
    HttpRequest anonymous = client.request();
    anonymous.anonymous = true;
    for (int i = 0; i < 3; ++i) {
        CHECK(client.fetch().status == 200);
        CHECK(client.fetch(anonymous).status == 200);
        CHECK_FALSE(contains(server.heads().back(), "Authorization"));
    }
    CHECK(server.connections() == 1);
}

TEST_CASE("a server that never finishes its handshake costs the connect timeout") {
    ScriptedServer server([](Connection& connection) { connection.wait_until_client_closes(); });
    LookupSettings settings = settings_for(server);
    settings.url.replace(0, 4, "https");
    settings.connect_timeout = 100ms;
    const HttpResponse response = fetch_once(settings);
    CHECK(response.failure == Failure::timeout);
    CHECK_FALSE(response.message.empty());
}

TEST_CASE("a name goes to the addresses that were found for it, and to no resolver") {
    ScriptedServer server(answering("{}"), Tls{Keys::get().server, std::nullopt, 0});
    const LookupSettings settings = settings_for(server);

    SECTION("an address that refuses is passed over") {
        CHECK(fetch_once(settings, {"127.0.0.2", "::1", "127.0.0.1"}).status == 200);
    }
    SECTION("without an address requests fail at once, until there is one") {
        Client client(settings, {});
        const HttpResponse response = client.fetch();
        CHECK(response.failure == Failure::connection);
        CHECK(contains(response.message, "the address of katello.test is not known"));
        client.http->set_addresses({"127.0.0.1"});
        CHECK(client.fetch().status == 200);
        client.http->set_addresses({});
        CHECK(client.fetch().failure == Failure::connection);
    }
    SECTION("a name is no address of a name") {
        CHECK(fetch_once(settings, {"localhost"}).failure == Failure::connection);
    }
    SECTION("new addresses take the place of the old ones") {
        Client client(settings, {"127.0.0.2"});
        CHECK(contains(client.fetch().message, "refused"));
        client.http->set_addresses({"127.0.0.1"});
        CHECK(client.fetch().status == 200);
        client.http->set_addresses({"127.0.0.2"});
        CHECK(client.fetch().status == 200);  // the connection was kept
        CHECK(server.connections() == 1);
    }
}

TEST_CASE("a loop that can watch no more sockets fails requests, not the client") {
    ScriptedServer server([](Connection& connection) {
        const auto head = connection.read_request();
        if (head) {
            connection.answer("200 OK", "{}");
        }
    });
    PollEventLoop poll;
    ScarceLoop loop(poll);
    auto made = CurlClient::create(loop, settings_for(server), {});
    REQUIRE(made.ok());
    CurlClient& client = **made;
    HttpRequest request;
    request.url = server.url() + "/";
    request.most_body_bytes = 10;

    for (const bool exhausted : {true, true, false, true, false}) {
        loop.exhausted = exhausted;
        std::optional<HttpResponse> answer;
        const auto transfer =
            client.get(request, [&](HttpResponse response) { answer = std::move(response); });
        REQUIRE(poll.run_until([&] { return answer.has_value(); }, kPatience));
        CHECK(answer->failure == (exhausted ? Failure::overloaded : Failure::none));
        CHECK(poll.watches() == 0);
    }
}

TEST_CASE("settings that can't work are refused with the reason") {
    const Keys& keys = Keys::get();
    LookupSettings settings;
    settings.url = "https://katello.test";
    REQUIRE_FALSE(CurlClient::problem(settings).has_value());
    std::string message;

    SECTION("a bad URL") {
        settings.url = "http://katello.test";
        message = "url: http:// is for loopback addresses";
    }
    SECTION("CAs that are none") {
        settings.ca_pem = GENERATE(std::string("rubbish"), Keys::get().ca.key_pem());
        message = "no CA certificate in PEM";
    }
    SECTION("CAs that are broken") {
        settings.ca_pem = keys.ca.pem() + keys.other_ca.pem().replace(100, 1, "!");
        message = "the CA certificate is broken";
    }
    SECTION("a certificate without its key") {
        settings.certificate_pem = keys.proxy.pem();
        message = "a client certificate needs its key";
    }
    SECTION("a key without its certificate") {
        settings.key_pem = keys.proxy.key_pem();
        message = "a client certificate needs its key";
    }
    SECTION("a certificate that is none") {
        settings.certificate_pem = "rubbish";
        settings.key_pem = keys.proxy.key_pem();
        message = "no client certificate in PEM";
    }
    SECTION("a key that is none") {
        settings.certificate_pem = keys.proxy.pem();
        settings.key_pem = keys.proxy.pem();
        message = "no private key in PEM";
    }
    SECTION("somebody else's key") {
        settings.certificate_pem = keys.proxy.pem();
        settings.key_pem = keys.server.key_pem();
        message = "the key does not belong to the client certificate";
    }
    SECTION("an encrypted key, without asking for its pass phrase") {
        BIO* const bio = ::BIO_new(::BIO_s_mem());
        REQUIRE(::PEM_write_bio_PKCS8PrivateKey(bio, keys.proxy.key.get(), ::EVP_aes_128_cbc(),
                                                "secret", 6, nullptr, nullptr) == 1);
        char* bytes = nullptr;
        const long size = ::BIO_get_mem_data(bio, &bytes);
        settings.key_pem.assign(bytes, static_cast<std::size_t>(size));
        ::BIO_free(bio);
        settings.certificate_pem = keys.proxy.pem();
        message = "key is encrypted";
    }
    SECTION("a user that Basic authentication can't name") {
        settings.user = "a:b";
        message = "can't have a colon";
    }
    const auto problem = CurlClient::problem(settings);
    REQUIRE(problem.has_value());
    CHECK(contains(problem->message, message));
    CHECK(::ERR_peek_error() == 0);

    PollEventLoop loop;
    const auto made = CurlClient::create(loop, settings, {});
    REQUIRE_FALSE(made.ok());
    CHECK(made.error().message == problem->message);
}
