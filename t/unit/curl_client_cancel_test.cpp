// The HTTP client when nobody waits for the answer any more: requests cancelled and clients
// destroyed at every stage, and nothing left behind.
#include <algorithm>
#include <map>
#include <string>

#include "http_fixture.hpp"

using namespace certguard;
using namespace certguard::test;
using namespace std::chrono_literals;
using Failure = HttpResponse::Failure;
using Connection = ScriptedServer::Connection;

namespace {

/// How far a request is when it is cut off.
enum class Stage { queued, connecting, asking, receiving };

/// A server on which requests come as far as STAGE and no further.
ScriptedServer::Script stopping_at(Stage stage) {
    return [stage](Connection& connection) {
        if (stage == Stage::receiving) {
            connection.read_request();
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");
        } else if (stage == Stage::asking) {
            connection.read_request();
        }
        connection.wait_until_client_closes();
    };
}

/// Runs CLIENT until its one request is at STAGE.
void bring_to(Stage stage, Client& client, const ScriptedServer& server) {
    switch (stage) {
        case Stage::queued: break;
        case Stage::connecting: client.run_until([&] { return server.connections() == 1; }); break;
        case Stage::asking: client.run_until([&] { return server.requests() == 1; }); break;
        case Stage::receiving:
            client.run_until([&] { return server.requests() == 1; });
            client.loop.run_until([] { return false; },
                                  20ms);  // the bytes arrive, or are on their way
            break;
    }
}

/// Speaks no TLS to a client that wants it, so its handshake never ends.
LookupSettings with_endless_handshake(LookupSettings settings) {
    settings.url.replace(0, 4, "https");
    return settings;
}

Stage any_stage() {
    return GENERATE(Stage::queued, Stage::connecting, Stage::asking, Stage::receiving);
}

}  // namespace

TEST_CASE("a request can be cancelled at every stage, and is not answered then") {
    const Stage stage = any_stage();
    CAPTURE(static_cast<int>(stage));
    ScriptedServer server(stopping_at(stage));
    LookupSettings settings = settings_for(server);
    if (stage == Stage::connecting) {
        settings = with_endless_handshake(settings);
    }
    Client client(settings);
    client.send(client.request());
    bring_to(stage, client, server);

    client.transfers.clear();
    CHECK(client.loop.watches() == 0);  // at once: its descriptor is closed already
    client.run_until([&] { return server.open() == 0; });
    client.loop.run_until([] { return false; }, 10ms);
    CHECK(client.answers.empty());
    CHECK(client.idle());
}

TEST_CASE("a client can be destroyed at every stage, and calls nobody back") {
    const Stage stage = any_stage();
    CAPTURE(static_cast<int>(stage));
    ScriptedServer server(stopping_at(stage));
    LookupSettings settings = settings_for(server);
    if (stage == Stage::connecting) {
        settings = with_endless_handshake(settings);
    }
    Client client(settings);
    client.send(client.request());
    bring_to(stage, client, server);

    client.http.reset();
    CHECK(client.idle());
    client.run_until([&] { return server.open() == 0; });
    client.loop.run_until([] { return false; }, 10ms);
    CHECK(client.answers.empty());
    client.transfers.clear();  // transfers may outlive the client
}

TEST_CASE("a client with idle connections closes them when it is destroyed") {
    ScriptedServer server(answering("{}"));
    Client client(settings_for(server));
    REQUIRE(client.fetch().status == 200);
    CHECK(server.open() == 1);
    client.http.reset();
    client.run_until([&] { return server.open() == 0; });
    CHECK(client.idle());
}

TEST_CASE("cancelling a request lets the next one have its connection") {
    ScriptedServer server([](Connection& connection) {
        const auto head = connection.read_request();
        if (head->rfind("GET /hangs ", 0) == 0) {
            connection.wait_until_client_closes();
        } else {
            connection.answer("200 OK", "{}");
        }
    });
    LookupSettings settings = settings_for(server);
    settings.connections = 1;
    Client client(settings);
    client.send(client.request("/hangs"));
    client.send(client.request("/waits"));
    client.send(client.request("/is-cancelled-while-it-waits"));
    client.run_until([&] { return server.requests() == 1; });
    client.transfers.back().reset();
    client.transfers.front().reset();
    REQUIRE(client.wait_for_answers(1));
    CHECK(client.answers.front().status == 200);
    CHECK(server.requests() == 2);
    CHECK(client.idle());
}

TEST_CASE("an answer that has come is still cancelled when nobody has seen it") {
    ScriptedServer server(answering("{}"));
    Client client(settings_for(server));
    // Both are refused before they start, so their answers are delivered in one pass.
    HttpRequest bad = client.request();
    bad.url = "https://elsewhere.example/";
    std::unique_ptr<HttpClient::Transfer> first;
    std::unique_ptr<HttpClient::Transfer> second;
    int answers = 0;
    first = client.http->get(bad, [&](HttpResponse) {
        ++answers;
        second.reset();
    });
    second = client.http->get(bad, [&](HttpResponse) { ++answers; });
    client.run_until([&] { return answers > 0; });
    client.loop.run_until([] { return false; }, 10ms);
    CHECK(answers == 1);
    CHECK(client.idle());
}

TEST_CASE("an answer may end its own transfer and ask for more") {
    ScriptedServer server(answering("{}"));
    Client client(settings_for(server));
    std::unique_ptr<HttpClient::Transfer> transfer;
    int left = 5;
    std::function<void(HttpResponse)> again = [&](HttpResponse response) {
        REQUIRE(response.status == 200);
        transfer.reset();
        if (--left > 0) {
            transfer = client.http->get(client.request(), again);
        }
    };
    transfer = client.http->get(client.request(), again);
    client.run_until([&] { return left == 0; });
    CHECK(server.requests() == 5);
    CHECK(server.connections() == 1);
    CHECK(client.idle());
}

TEST_CASE("requests that fail at once, again and again, do not starve the loop") {
    ScriptedServer server(answering("{}"));
    Client client(settings_for(server));
    HttpRequest bad = client.request();
    bad.url = "https://elsewhere.example/";
    std::unique_ptr<HttpClient::Transfer> transfer;
    int failures = 0;
    std::function<void(HttpResponse)> again = [&](HttpResponse) {
        ++failures;
        transfer = client.http->get(bad, again);
    };
    transfer = client.http->get(bad, again);
    client.loop.run_once(1s);
    CHECK(failures == 1);
    CHECK(client.fetch().status == 200);
}

TEST_CASE("an answer may destroy the client, with others under way and waiting") {
    const bool fails = GENERATE(false, true);
    ScriptedServer server([&](Connection& connection) {
        const auto head = connection.read_request();
        if (head->rfind("GET /first ", 0) == 0 && !fails) {
            connection.answer("200 OK", "{}");
        }
        if (head->rfind("GET /first ", 0) != 0) {
            connection.wait_until_client_closes();
        }
    });
    LookupSettings settings = settings_for(server);
    settings.connections = 3;
    Client client(settings);
    int answers = 0;
    for (int i = 0; i < 5; ++i) {
        client.send(client.request("/other"));
    }
    client.run_until([&] { return server.requests() == 3; });
    client.transfers.front().reset();
    client.transfers[4].reset();
    client.transfers[3].reset();
    auto transfer = client.http->get(client.request("/first"), [&](HttpResponse response) {
        CHECK(response.failure == (fails ? Failure::connection : Failure::none));
        ++answers;
        client.http.reset();
    });
    client.run_until([&] { return answers == 1; });
    CHECK(client.idle());
    client.loop.run_until([] { return false; }, 10ms);
    CHECK(client.answers.empty());
    client.run_until([&] { return server.open() == 0; });
}

TEST_CASE("what a request's callback holds is released with the transfer") {
    ScriptedServer server(stopping_at(Stage::asking));
    Client client(settings_for(server));
    const auto held = std::make_shared<int>(0);
    auto transfer = client.http->get(client.request(), [held](HttpResponse) {});
    CHECK(held.use_count() == 2);
    SECTION("when it is cancelled before it starts") {}
    SECTION("when it is cancelled under way") {
        client.run_until([&] { return server.requests() == 1; });
    }
    transfer.reset();
    CHECK(held.use_count() == 1);
}

TEST_CASE("ten thousand aborted requests leave no descriptor behind") {
    constexpr std::size_t kAtOnce = 25;
    const std::size_t before = open_descriptors();
    for (const Stage stage : {Stage::queued, Stage::connecting, Stage::asking, Stage::receiving}) {
        ScriptedServer server(stopping_at(stage));
        LookupSettings settings = settings_for(server);
        settings.connections = kAtOnce;
        Client client(stage == Stage::connecting ? with_endless_handshake(settings) : settings);
        for (std::size_t aborted = 0; aborted < 2500; aborted += kAtOnce) {
            for (std::size_t i = 0; i < kAtOnce; ++i) {
                client.send(client.request());
            }
            const auto there = [&] {
                return stage == Stage::queued       ? aborted + kAtOnce
                       : stage == Stage::connecting ? server.connections()
                                                    : server.requests();
            };
            client.run_until([&] { return there() == aborted + kAtOnce; });
            client.transfers.clear();
        }
        client.loop.run_once(0ms);
        CHECK(client.answers.empty());
        CHECK(client.idle());
    }
    CHECK(open_descriptors() == before);
}
