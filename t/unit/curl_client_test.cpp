// What the HTTP client sends, what it makes of the answers, and how it shares its connections.
// Cancelling and destroying: curl_client_cancel_test.cpp. TLS and names:
// curl_client_trust_test.cpp.
#include "certguard/curl_client.hpp"

#include <openssl/err.h>
#include <stdlib.h>
#include <zlib.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "certguard/limits.hpp"
#include "curl_library.hpp"
#include "http_fixture.hpp"

using namespace certguard;
using namespace certguard::test;
using namespace std::chrono_literals;
using Failure = HttpResponse::Failure;
using Connection = ScriptedServer::Connection;

namespace {

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// Writes BYTES for each request and closes.
ScriptedServer::Script writing(std::string bytes) {
    return [bytes = std::move(bytes)](Connection& connection) {
        connection.read_request();
        connection.write(bytes);
    };
}

/// A whole answer with these headers and this body, its end marked by the closing.
std::string raw_answer(const std::string& headers, const std::string& body) {
    return "HTTP/1.1 200 OK\r\n" + headers + "\r\n" + body;
}

std::string gzip(const std::string& text) {
    z_stream stream{};
    REQUIRE(::deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(::deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    REQUIRE(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    ::deflateEnd(&stream);
    return out;
}

}  // namespace

TEST_CASE("an answer comes back as plain data, from the loop") {
    ScriptedServer server([](Connection& connection) {
        connection.read_request();
        connection.answer("200 OK", "{\"total\":1}",
                          "Link: </v2/_catalog?last=a>; rel=\"next\"\r\nlInK:  <x> \r\n");
        connection.wait_until_client_closes();
    });
    Client client(settings_for(server));
    const HttpResponse response = client.fetch("/api/v2/hosts?search=a%22b");
    CHECK(response.failure == Failure::none);
    CHECK(response.message.empty());
    CHECK(response.status == 200);
    CHECK(response.content_type == "application/json");
    CHECK(response.link == "</v2/_catalog?last=a>; rel=\"next\", <x>");
    CHECK(response.body == "{\"total\":1}");
    CHECK(response.location.empty());
    CHECK(client.idle());
}

TEST_CASE("a request says what it must and nothing else") {
    ScriptedServer server(answering("{}"));
    LookupSettings settings = settings_for(server);

    SECTION("without a user") {
        Client client(settings);
        HttpRequest request = client.request("/v2/_catalog?n=1%20x&y=/../z");
        request.headers = {
            {"HostUUID", "5f1a0c7e"}, {"X-Empty", ""}, {"Accept", "application/json"}};
        REQUIRE(client.fetch(request).status == 200);
        const std::string port = std::to_string(server.port());
        CHECK(server.heads().front() ==
              "GET /v2/_catalog?n=1%20x&y=/../z HTTP/1.1\r\nHost: 127.0.0.1:" + port +
                  "\r\nUser-Agent: certguard\r\nHostUUID: 5f1a0c7e\r\nX-Empty:\r\n"
                  "Accept: application/json\r\n\r\n");
    }
    SECTION("with a user") {
        settings.user = "certguard";
        settings.password = "pa:ss";
        Client client(settings);
        REQUIRE(client.fetch("/").status == 200);
        CHECK(
            contains(server.heads().front(), "\r\nAuthorization: Basic Y2VydGd1YXJkOnBhOnNz\r\n"));
    }
}

TEST_CASE("the environment and earlier answers change nothing") {
    ScriptedServer server([](Connection& connection) {
        while (connection.read_request()) {
            connection.answer("200 OK", "{}", "Set-Cookie: _session_id=abc; path=/\r\n");
        }
    });
    for (const char* const name : {"http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"}) {
        ::setenv(name, "http://127.0.0.1:1", 1);
    }
    Client client(settings_for(server));
    CHECK(client.fetch().status == 200);
    CHECK(client.fetch().status == 200);
    for (const char* const name : {"http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"}) {
        ::unsetenv(name);
    }
    CHECK_FALSE(contains(server.heads().back(), "Cookie"));
}

TEST_CASE("any status is an answer, and a redirect is not followed") {
    struct Case {
        std::string status;
        int number;
    };
    const auto c =
        GENERATE(Case{"301 Moved Permanently", 301}, Case{"302 Found", 302},
                 Case{"401 Unauthorized", 401}, Case{"404 Not Found", 404},
                 Case{"500 Internal Server Error", 500}, Case{"503 Service Unavailable", 503});
    ScriptedServer server([&](Connection& connection) {
        while (connection.read_request()) {
            connection.answer(c.status, "<html>", "Location: /users/login\r\n");
        }
    });
    Client client(settings_for(server));
    const HttpResponse response = client.fetch("/api");
    CHECK(response.failure == Failure::none);
    CHECK(response.status == c.number);
    CHECK(response.body == "<html>");
    CHECK(response.location == (c.number / 100 == 3 ? server.url() + "/users/login" : ""));
    CHECK(server.requests() == 1);
}

TEST_CASE("an interim answer is passed over with its headers") {
    ScriptedServer server(writing("HTTP/1.1 103 Early Hints\r\nLink: <hint>\r\n\r\n" +
                                  raw_answer("Link: <next>\r\nContent-Length: 2\r\n", "{}")));
    Client client(settings_for(server));
    const HttpResponse response = client.fetch();
    CHECK(response.status == 200);
    CHECK(response.link == "<next>");
}

TEST_CASE("trailers behind the body mean nothing") {
    ScriptedServer server(writing(
        raw_answer("Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\nLink: <evil>\r\n\r\n")));
    Client client(settings_for(server));
    const HttpResponse response = client.fetch();
    CHECK(response.status == 200);
    CHECK(response.body == "{}");
    CHECK(response.link.empty());
}

TEST_CASE("a body fits its budget to the byte, however it is sent") {
    const std::string body(1000, 'x');
    const auto bytes = GENERATE_COPY(
        raw_answer("Content-Length: 1000\r\n", body), raw_answer("Connection: close\r\n", body),
        raw_answer("Transfer-Encoding: chunked\r\n", "3e8\r\n" + body + "\r\n0\r\n\r\n"));
    CAPTURE(bytes.substr(0, 80));
    ScriptedServer server(writing(bytes));
    Client client(settings_for(server));

    const HttpResponse fits = client.fetch(client.request("/", 1000));
    CHECK(fits.failure == Failure::none);
    CHECK(fits.body == body);

    const HttpResponse exceeds = client.fetch(client.request("/", 999));
    CHECK(exceeds.failure == Failure::too_large);
    CHECK(exceeds.message == "the answer is longer than 999 bytes");
    CHECK(exceeds.status == 0);
    CHECK(exceeds.body.empty());
    CHECK(client.idle());
}

TEST_CASE("a body that inflates, which nobody asked for, is refused or ends at its budget") {
    const std::string body(16u << 20, ' ');
    const std::string packed = gzip(body);
    REQUIRE(packed.size() < (1u << 20));
    ScriptedServer server(
        writing(raw_answer("Transfer-Encoding: gzip\r\nConnection: close\r\n", packed)));
    Client client(settings_for(server));
    const HttpResponse fits = client.fetch(client.request("/", body.size()));
    const HttpResponse exceeds = client.fetch(client.request("/", body.size() - 1));
    CHECK(exceeds.body.empty());
    if (fits.failure == Failure::none) {  // libcurl of Debian 12
        CHECK(fits.body == body);
        CHECK(exceeds.failure == Failure::too_large);
    } else {  // of Debian 13
        CHECK(contains(fits.message, "Unsolicited Transfer-Encoding"));
        CHECK(fits.body.empty());
        CHECK(exceeds.failure == fits.failure);
    }
}

TEST_CASE("a budget of no bytes lets an empty body through") {
    ScriptedServer server([](Connection& connection) {
        const auto head = connection.read_request();
        connection.answer("200 OK", contains(*head, "empty") ? "" : "x");
    });
    Client client(settings_for(server));
    CHECK(client.fetch(client.request("/empty", 0)).status == 200);
    CHECK(client.fetch(client.request("/", 0)).failure == Failure::too_large);
}

TEST_CASE("a head fits its budget to the byte") {
    const std::string start = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Padding: ";
    const std::string end = "\r\n\r\n{}";
    const std::size_t padding = limits::kResponseHeadBytes - start.size() - end.size() + 2;
    ScriptedServer server([&](Connection& connection) {
        const auto head = connection.read_request();
        const std::size_t more = contains(*head, "/fits") ? 0 : 1;
        connection.write(start + std::string(padding + more, 'x') + end);
    });
    Client client(settings_for(server));
    CHECK(client.fetch("/fits").status == 200);
    const HttpResponse response = client.fetch("/exceeds");
    CHECK(response.failure == Failure::too_large);
    CHECK(contains(response.message, "head of the answer is longer than 65536 bytes"));
}

TEST_CASE("a head without end is refused") {
    ScriptedServer server([](Connection& connection) {
        connection.read_request();
        connection.write("HTTP/1.1 200 OK\r\n");
        while (connection.write("X-Padding: " + std::string(1000, 'x') + "\r\n")) {
        }
    });
    Client client(settings_for(server));
    CHECK(client.fetch().failure == Failure::too_large);
}

TEST_CASE("a long answer arrives whole") {
    std::string body;
    for (int i = 0; body.size() < 5'000'000; ++i) {
        body += std::to_string(i);
    }
    const bool tls = GENERATE(false, true);
    ScriptedServer server(answering(body), tls ? std::optional(ScriptedServer::Tls{
                                                     Keys::get().server, std::nullopt, 0})
                                               : std::nullopt);
    Client client(settings_for(server));
    CHECK(client.fetch(client.request("/", 6'000'000)).body == body);
}

TEST_CASE("half an answer is a failure") {
    const auto bytes =
        GENERATE(std::string(), std::string("HTTP/1.1 200 OK\r\n"),
                 std::string("HTTP/1.1 200 OK\r\nContent-Le"),
                 raw_answer("Content-Length: 100\r\n", "{\"results\":[]}"),
                 raw_answer("Transfer-Encoding: chunked\r\n", "e\r\n{\"results\":[]}\r\n"),
                 raw_answer("Transfer-Encoding: chunked\r\n", "10\r\n{\"res"));
    CAPTURE(bytes);
    ScriptedServer server(writing(bytes));
    Client client(settings_for(server));
    const HttpResponse response = client.fetch();
    CHECK(response.failure == Failure::connection);
    CHECK_FALSE(contains(response.message, server.url()));  // whoever asked knows
    CHECK(response.status == 0);
    CHECK(response.content_type.empty());
    CHECK(response.body.empty());
}

TEST_CASE("what is no HTTP is a failure that can be logged") {
    ScriptedServer server(writing("SSH-2.0-\x1b[31mOpenSSH\r\n\r\n"));
    Client client(settings_for(server));
    const HttpResponse response = client.fetch();
    CHECK(response.failure == Failure::other);
    CHECK_FALSE(response.message.empty());
    CHECK(response.message.find('\x1b') == std::string::npos);
    CHECK(response.message.find('\n') == std::string::npos);
}

TEST_CASE("a connection that is reset is a failure") {
    ScriptedServer server([](Connection& connection) {
        connection.read_request();
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{");
        connection.close(false);
    });
    Client client(settings_for(server));
    CHECK(client.fetch().failure == Failure::connection);
}

TEST_CASE("a refused connection is a failure that says so") {
    const ClosedPort port;
    LookupSettings settings;
    settings.url = "http://127.0.0.1:" + std::to_string(port.number());
    settings.user = "certguard";
    settings.password = "changeme";
    Client client(settings);
    const HttpResponse response = client.fetch();
    CHECK(response.failure == Failure::connection);
    CHECK(contains(response.message, "Connection refused"));
    CHECK_FALSE(contains(response.message, "changeme"));
    CHECK(client.idle());
}

TEST_CASE("a server that takes too long costs the timeout, and says how far it came") {
    struct Case {
        std::string bytes;
        std::string message;
    };
    const auto c = GENERATE(
        Case{"", "no answer within # ms"},
        Case{"HTTP/1.1 200 OK\r\n", "not complete within # ms (0 bytes"},
        Case{raw_answer("Content-Length: 9\r\n", "abc"), "not complete within # ms (3 bytes"});
    ScriptedServer server([&](Connection& connection) {
        connection.read_request();
        connection.write(c.bytes);
        connection.wait_until_client_closes();
    });
    LookupSettings settings = settings_for(server);
    std::string expected;
    HttpResponse response;
    // With more time when the server's thread did not get that far.
    for (const auto timeout : {100ms, 1'000ms, 10'000ms}) {
        settings.timeout = timeout;
        Client client(settings);
        const auto start = std::chrono::steady_clock::now();
        response = client.fetch();
        CHECK(std::chrono::steady_clock::now() - start >= timeout);
        CHECK(response.failure == Failure::timeout);
        CHECK(client.idle());
        expected = c.message;
        expected.replace(expected.find('#'), 1, std::to_string(timeout.count()));
        if (contains(response.message, expected)) {
            break;
        }
    }
    CAPTURE(response.message);
    CHECK(contains(response.message, expected));
}

TEST_CASE("a server that drips its answer costs the timeout, too") {
    ScriptedServer server([](Connection& connection) {
        connection.read_request();
        connection.write(raw_answer("Content-Length: 100000\r\n", ""));
        while (connection.write("x")) {
            std::this_thread::sleep_for(5ms);
        }
    });
    LookupSettings settings = settings_for(server);
    settings.timeout = 100ms;
    Client client(settings);
    CHECK(client.fetch().failure == Failure::timeout);
}

TEST_CASE("one connection serves one request after the other") {
    ScriptedServer server(answering("{}"));
    Client client(settings_for(server));
    for (int i = 0; i < 20; ++i) {
        REQUIRE(client.fetch().status == 200);
    }
    CHECK(server.requests() == 20);
    CHECK(server.connections() == 1);
}

TEST_CASE("a connection that the server has closed meanwhile is replaced") {
    ScriptedServer server([](Connection& connection) {
        connection.read_request();
        connection.answer("200 OK", "{}");
    });
    Client client(settings_for(server));
    for (std::size_t i = 1; i <= 5; ++i) {
        REQUIRE(client.fetch().status == 200);
        client.run_until([&] { return server.open() == 0; });
        CHECK(server.connections() == i);
    }
}

TEST_CASE("a kept connection that dies under a request costs a retry, not an error") {
    ScriptedServer server([](Connection& connection) {
        connection.read_request();
        connection.answer("200 OK", "{}");
        connection.read_request();  // and closes
    });
    Client client(settings_for(server));
    REQUIRE(client.fetch().status == 200);
    CHECK(client.fetch().status == 200);
    CHECK(server.connections() == 2);
}

TEST_CASE("requests beyond the connections wait for their turn") {
    std::mutex mutex;
    std::condition_variable changed;
    int at_once = 0;
    int most_at_once = 0;
    ScriptedServer server([&](Connection& connection) {
        while (const auto head = connection.read_request()) {
            std::unique_lock lock(mutex);
            most_at_once = std::max(most_at_once, ++at_once);
            changed.notify_all();
            // The first ones are answered when there are as many as there are connections.
            changed.wait_for(lock, kPatience, [&] { return most_at_once >= 4; });
            --at_once;
            lock.unlock();
            connection.answer("200 OK", head->substr(4, head->find(" HTTP") - 4));
        }
    });
    LookupSettings settings = settings_for(server);
    settings.connections = 4;
    Client client(settings);
    for (int i = 0; i < 100; ++i) {
        client.send(client.request("/" + std::to_string(i)));
    }
    REQUIRE(client.wait_for_answers(100));
    std::vector<int> seen;
    for (const HttpResponse& answer : client.answers) {
        REQUIRE(answer.status == 200);
        seen.push_back(std::stoi(answer.body.substr(1)));
    }
    std::sort(seen.begin(), seen.end());
    CHECK(seen.front() == 0);
    CHECK(seen.back() == 99);
    CHECK(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
    CHECK(server.requests() == 100);
    CHECK(server.connections() == 4);
    CHECK(most_at_once == 4);
    CHECK(client.idle());
}

TEST_CASE("an urgent request goes before those that wait") {
    std::mutex mutex;
    std::vector<std::string> seen;
    ScriptedServer server([&](Connection& connection) {
        while (const auto head = connection.read_request()) {
            const std::lock_guard lock(mutex);
            seen.push_back(head->substr(4, head->find(" HTTP") - 4));
            connection.answer("200 OK", "");
        }
    });
    LookupSettings settings = settings_for(server);
    settings.connections = 1;
    Client client(settings);
    for (const char* path : {"/1", "/2", "/urgent", "/too", "/3"}) {
        HttpRequest request = client.request(path);
        request.urgent = path[1] > '9';
        client.send(std::move(request));
    }
    REQUIRE(client.wait_for_answers(5));
    const std::lock_guard lock(mutex);
    CHECK(seen == std::vector<std::string>{"/urgent", "/too", "/1", "/2", "/3"});
    CHECK(client.idle());
}

TEST_CASE("requests that wait in vain for a connection do not accuse the server") {
    ScriptedServer server([](Connection& connection) { connection.wait_until_client_closes(); });
    LookupSettings settings = settings_for(server);
    settings.connections = 1;
    settings.timeout = 100ms;
    Client client(settings);
    std::uint64_t now = 0;
    do {  // one deadline for both: else the second one may have the connection for a moment
        client.transfers.clear();
        now = client.loop.now_ms();
        client.send(client.request());
        client.send(client.request());
    } while (client.loop.now_ms() != now);
    REQUIRE(client.wait_for_answers(2));
    CHECK(client.answers[0].failure == Failure::timeout);
    CHECK(client.answers[1].failure == Failure::overloaded);
    CHECK(contains(client.answers[1].message, "no connection was free within 100 ms"));
    CHECK(client.idle());
}

TEST_CASE("more requests than may wait are refused at once") {
    ScriptedServer server([](Connection& connection) { connection.wait_until_client_closes(); });
    LookupSettings settings = settings_for(server);
    settings.connections = 2;
    Client client(settings);
    const std::size_t room = 2 + limits::kQueuedRequests;
    for (std::size_t i = 0; i < room + 1; ++i) {
        client.send(client.request());
    }
    REQUIRE(client.wait_for_answers(1));
    CHECK(client.answers.size() == 1);
    CHECK(client.answers[0].failure == Failure::overloaded);
    CHECK(contains(client.answers[0].message, "too many requests wait"));

    client.transfers.front().reset();  // one leaves, so there is room for one
    client.send(client.request());
    client.send(client.request());
    REQUIRE(client.wait_for_answers(2));
    CHECK(client.answers.size() == 2);
}

TEST_CASE("a request for another place than the lookup's is not sent") {
    ScriptedServer server(answering("{}"));
    Client client(settings_for(server));
    const std::string origin = server.url();
    const auto url =
        GENERATE_COPY(std::string(), std::string("/"), origin, origin + "0/", origin + "?x",
                      origin + "@127.0.0.1/", std::string("https://evil.example/"),
                      "HTTP" + origin.substr(4) + "/", origin + "/a b", origin + "/a\r\nX: y",
                      origin + "/#x", origin + "/\xc3\xa9");
    CAPTURE(url);
    HttpRequest request = client.request();
    request.url = url;
    const HttpResponse response = client.fetch(request);
    CHECK(response.failure == Failure::other);
    CHECK_FALSE(response.message.empty());
    CHECK(server.connections() == 0);
}

TEST_CASE("a header can't smuggle another one in") {
    ScriptedServer server(answering("{}"));
    Client client(settings_for(server));
    using Header = std::pair<std::string, std::string>;
    const auto header = GENERATE(Header{"X", "a\r\nAuthorization: Basic eDp4"}, Header{"X", "a\nb"},
                                 Header{"X", std::string("a\0b", 3)}, Header{"X: a\r\nY", "b"},
                                 Header{"X:", "a"}, Header{"X;", ""}, Header{"", "a"});
    HttpRequest request = client.request();
    request.headers = {header};
    const HttpResponse response = client.fetch(request);
    CHECK(response.failure == Failure::other);
    CHECK(contains(response.message, "malformed header"));
    CHECK(server.connections() == 0);
}

TEST_CASE("libcurl must be the one that shares OpenSSL with nginx") {
    CHECK(tls_library_problem("OpenSSL/3.0.15").empty());
    CHECK(contains(tls_library_problem("GnuTLS/3.7.9"), "\"GnuTLS/3.7.9\" and not with OpenSSL"));
    CHECK(contains(tls_library_problem("(OpenSSL/3.0.15) GnuTLS/3.7.9"), "not with OpenSSL"));
    CHECK(contains(tls_library_problem(""), "no TLS library"));
    CHECK(curl_library_problem().empty());
}
