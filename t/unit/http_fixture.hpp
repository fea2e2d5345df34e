// A CurlClient on a PollEventLoop, and the servers, keys and counters that its tests need.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "certguard/curl_client.hpp"
#include "certguard/poll_event_loop.hpp"
#include "scripted_server.hpp"
#include "test_pki.hpp"

namespace certguard::test {

inline constexpr std::chrono::seconds kPatience{60};  // valgrind is slow

/// One CA, what it has signed, and one that nobody trusts; made once.
struct Keys {
    test_pki::Identity ca = test_pki::make_ca(named("certguard test CA"));
    test_pki::Identity other_ca = test_pki::make_ca(named("another CA"));
    test_pki::Identity server = leaf("katello.test", "server", ca);
    test_pki::Identity stranger = leaf("katello.test", "server", other_ca);
    test_pki::Identity proxy = leaf("proxy.test", "client", ca);

    static const Keys& get() {
        static const Keys keys;
        return keys;
    }
    static test_pki::Spec named(const std::string& name) {
        test_pki::Spec spec;
        spec.common_name = name;
        return spec;
    }
    static test_pki::Identity leaf(const std::string& name, const std::string& purposes,
                                   const test_pki::Identity& issuer) {
        test_pki::Spec spec = named(name);
        spec.purposes = purposes;
        spec.alternative_names = "DNS:" + name;
        return test_pki::make_leaf(spec, &issuer);
    }
};

/// A port of 127.0.0.1 on which nobody listens, nor will as long as this lives.
class ClosedPort {
  public:
    ClosedPort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        address_.sin_family = AF_INET;
        address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address_;
        auto* const plain = reinterpret_cast<sockaddr*>(&address_);
        REQUIRE(::bind(fd_, plain, size) == 0);
        REQUIRE(::getsockname(fd_, plain, &size) == 0);
    }
    ~ClosedPort() { ::close(fd_); }
    ClosedPort(const ClosedPort&) = delete;
    ClosedPort& operator=(const ClosedPort&) = delete;

    std::uint16_t number() const { return ntohs(address_.sin_port); }

  private:
    int fd_;
    sockaddr_in address_{};
};

/// Settings for SERVER: plain, or as katello.test with the test CA.
inline LookupSettings settings_for(const ScriptedServer& server) {
    LookupSettings settings;
    settings.url = server.url();
    if (settings.url.rfind("https", 0) == 0) {
        settings.url = server.url("katello.test");
        settings.ca_pem = Keys::get().ca.pem();
    }
    settings.connect_timeout = kPatience;
    settings.timeout = kPatience;
    return settings;
}

/// A client with its loop. Answers of send() are collected in `answers`.
struct Client {
    PollEventLoop loop;
    std::string url;
    std::unique_ptr<CurlClient> http;
    std::vector<HttpResponse> answers;
    std::vector<std::unique_ptr<HttpClient::Transfer>> transfers;

    explicit Client(const LookupSettings& settings, AddressList addresses = {"127.0.0.1"})
        : url(settings.url) {
        auto made = CurlClient::create(loop, settings, std::move(addresses));
        REQUIRE(made.ok());
        http = std::move(made.value());
    }

    HttpRequest request(const std::string& path = "/", std::size_t most_body_bytes = 1 << 20) {
        HttpRequest request;
        request.url = url + path;
        request.most_body_bytes = most_body_bytes;
        return request;
    }
    void send(HttpRequest request) {
        transfers.push_back(http->get(std::move(request), [this](HttpResponse response) {
            answers.push_back(std::move(response));
        }));
    }
    bool wait_for_answers(std::size_t count) {
        return loop.run_until([&] { return answers.size() >= count; }, kPatience);
    }
    HttpResponse fetch(HttpRequest request) {
        const std::size_t before = answers.size();
        send(std::move(request));
        REQUIRE(answers.size() == before);  // never from within get()
        REQUIRE(wait_for_answers(before + 1));
        return answers.back();
    }
    HttpResponse fetch(const std::string& path = "/") { return fetch(request(path)); }
    /// Until CONDITION holds, which may be about a server: its threads do not wake the loop.
    template <class Condition>
    void run_until(Condition condition) {
        const auto end = std::chrono::steady_clock::now() + kPatience;
        while (!condition()) {
            REQUIRE(std::chrono::steady_clock::now() < end);
            loop.run_once(std::chrono::milliseconds(1));
        }
    }
    bool idle() const { return loop.watches() == 0 && loop.timers() == 0; }
};

inline std::size_t open_descriptors() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace certguard::test
