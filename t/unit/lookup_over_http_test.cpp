// The whole lookup on poll(2): waiting, cache, source and HTTP client against a server that does
// what Katello does on its good days and on its bad ones (DESIGN.md 5, the table of failures).
#include <algorithm>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "certguard/access_cache.hpp"
#include "certguard/host_lookup.hpp"
#include "certguard/limits.hpp"
#include "http_fixture.hpp"
#include "lookup_test_helpers.hpp"

using namespace certguard;
using namespace certguard::test;
using namespace std::chrono_literals;
using Connection = ScriptedServer::Connection;

namespace {

/// Answers one request; false to close the connection.
using Respond = std::function<bool(Connection&)>;

Respond answer(const std::string& status, const std::string& body,
               const std::string& headers = "") {
    return [=](Connection& connection) { return connection.answer(status, body, headers); };
}

Respond ok(const std::string& body) {
    return answer("200 OK", body);
}

Respond raw(const std::string& bytes) {
    return [=](Connection& connection) {
        connection.write(bytes);
        return false;
    };
}

/// Katello at whatever a test says, by parts of the request target.
class Katello {
  public:
    explicit Katello(std::optional<ScriptedServer::Tls> tls = std::nullopt)
        : server_([this](Connection& connection) { serve(connection); }, std::move(tls)) {
        on("/api/v2/hosts?", ok(katello_answer("hosts-5.0.json")));
        on("/katello/api/v2/organizations", ok(katello_answer("organizations.json")));
        on("/katello/api/v2/repositories", ok(R"({"subtotal":0,"results":[]})"));
        on("/katello/api/v2/repositories?content_view_id=7&environment_id=5",
           ok(katello_answer("repositories-5.0.json")));
        on("/v2/_catalog", ok(R"({"repositories":["acme/open"]})"));
    }

    /// The part that was added last wins.
    void on(const std::string& part, Respond respond) {
        const std::lock_guard<std::mutex> lock(mutex_);
        answers_.insert(answers_.begin(), {part, std::move(respond)});
    }
    void on_everything(Respond respond) { on("/", std::move(respond)); }

    ScriptedServer& server() { return server_; }
    /// Waits until there is one: the client may have given up before a thread has read it.
    std::size_t requests_read() const {
        const auto end = std::chrono::steady_clock::now() + kPatience;
        while (server_.requests() == 0 && std::chrono::steady_clock::now() < end) {
            std::this_thread::sleep_for(1ms);
        }
        return server_.requests();
    }
    std::size_t asked(const std::string& part) const {
        const auto heads = server_.heads();
        return static_cast<std::size_t>(
            std::count_if(heads.begin(), heads.end(), [&](const std::string& head) {
                return head.substr(0, head.find("\r\n")).find(part) != std::string::npos;
            }));
    }

  private:
    void serve(Connection& connection) {
        while (const auto head = connection.read_request()) {
            if (!responder(head->substr(0, head->find("\r\n")))(connection)) {
                return;
            }
        }
    }
    Respond responder(const std::string& line) {
        const std::lock_guard<std::mutex> lock(mutex_);
        for (const auto& [part, respond] : answers_) {
            if (line.find(part) != std::string::npos) {
                return respond;
            }
        }
        return answer("404 Not Found", "{}");
    }

    std::mutex mutex_;
    std::vector<std::pair<std::string, Respond>> answers_;
    ScriptedServer server_;
};

LookupSettings foreman_settings(Katello& katello) {
    LookupSettings settings = settings_for(katello.server());
    settings.name = "katello";
    settings.source = LookupSourceType::foreman;
    settings.user = "certguard";
    settings.password = "the-password";
    return settings;
}

/// One worker with all that a lookup needs.
class Worker {
  public:
    explicit Worker(const LookupSettings& settings, std::size_t zone_size = 1u << 20)
        : memory(zone_size) {
        connect(settings);
    }

    /// Begins anew on the same cache.
    void connect(const LookupSettings& settings) {
        lookup.reset();
        asked.reset();
        auto made = CurlClient::create(loop, settings, {"127.0.0.1"});
        REQUIRE(made.ok());
        http = std::move(made.value());
        asked = make_lookup_source(settings, *http);
        lookup = std::make_unique<HostLookup>(
            settings, *asked, *cache, loop,
            [this](LogLevel, const std::string& line) { log.push_back(line); });
    }

    struct Request {
        HostLookup::Waiter waiter;
        std::shared_ptr<std::vector<LookupResult>> answers;
    };
    Request ask(const std::string& uuid = kUuid) {
        Request request;
        request.answers = std::make_shared<std::vector<LookupResult>>();
        request.waiter = lookup->ask(
            {uuid, "", ""},
            [answers = request.answers](const auto& result) { answers->push_back(result); });
        return request;
    }
    LookupResult answer_for(const std::string& uuid = kUuid) {
        const Request request = ask(uuid);
        REQUIRE(loop.run_until([&] { return !request.answers->empty(); }, kPatience));
        return request.answers->front();
    }
    /// Until no question is under way any more, background ones included.
    void settle() {
        REQUIRE(loop.run_until([this] { return lookup->questions() == 0; }, kPatience));
    }
    bool says(const std::string& text) const {
        return std::any_of(log.begin(), log.end(), [&](const std::string& line) {
            return line.find(text) != std::string::npos;
        });
    }

    PollEventLoop loop;
    PrivateMemory memory;
    std::unique_ptr<AccessCache> cache = AccessCache::attach(memory);
    std::vector<std::string> log;
    std::unique_ptr<CurlClient> http;
    std::unique_ptr<LookupSource> asked;
    std::unique_ptr<HostLookup> lookup;
};

/// A worker that has known the host, and whose answers are no longer fresh.
class WorkerWithOldAnswer : public Worker {
  public:
    explicit WorkerWithOldAnswer(const LookupSettings& settings)
        : Worker(patient(with_short_freshness(settings))) {
        REQUIRE(answer_for().outcome == LookupOutcome::known);
        settle();
        std::this_thread::sleep_for(60ms);
        connect(with_short_freshness(settings));
    }

  private:
    static LookupSettings with_short_freshness(LookupSettings settings) {
        settings.fresh = 50ms;
        settings.unknown = 50ms;
        return settings;
    }
    static LookupSettings patient(LookupSettings settings) {
        settings.timeout = kPatience;
        return settings;
    }
};

std::string uuid_number(unsigned number) {
    std::string digits = std::to_string(number);
    return kUuid.substr(0, 36 - digits.size()) + digits;
}

/// Nothing of the secrets is in what admins and clients may read.
void check_is_discreet(const Worker& worker, const LookupResult& result) {
    CHECK(result.message.find("the-password") == std::string::npos);
    CHECK(result.message.find('\n') == std::string::npos);
    CHECK_FALSE(worker.says("the-password"));
}

struct Failure {
    std::string what;
    Respond respond;
    std::string message;  // part of it
    std::chrono::milliseconds timeout = kPatience;
};

std::vector<Failure> failures() {
    const std::string page = "<html>maintenance</html>";
    const std::string host = katello_answer("hosts-5.0.json");
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    const auto hang = [](Connection& connection) {
        connection.wait_until_client_closes();
        return false;
    };
    const auto drip = [](Connection& connection) {
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n");
        while (connection.write(" ")) {
            std::this_thread::sleep_for(5ms);
        }
        return false;
    };
    const auto endless = [](Connection& connection) {
        connection.write("HTTP/1.1 200 OK\r\n\r\n{\"results\":[");
        const std::string nulls(1 << 20, ' ');
        while (connection.write(nulls)) {
        }
        return false;
    };
    return {
        {"500 with HTML", answer("500 Internal Server Error", page), "HTTP 500"},
        {"502", answer("502 Bad Gateway", ""), "HTTP 502"},
        {"503 with JSON", answer("503 Service Unavailable", R"({"error":"down"})"), "HTTP 503"},
        {"404", answer("404 Not Found", page), "HTTP 404"},
        {"429", answer("429 Too Many Requests", "", "Retry-After: 9\r\n"), "HTTP 429"},
        {"a redirect", answer("301 Moved Permanently", "", "Location: https://sso.test/\r\n"),
         "redirect"},
        {"HTML", ok(page), "not the JSON"},
        {"no body", ok(""), "not the JSON"},
        {"half a document", ok(host.substr(0, host.size() / 2)), "not the JSON"},
        {"half a body", raw(head + "Content-Length: 9999\r\n\r\n" + host.substr(0, 500)), ""},
        {"no HTTP", raw("SSH-2.0-OpenSSH_9.2\r\n"), ""},
        {"a closed connection", raw(""), ""},
        {"no answer", hang, "1500 ms", 1500ms},
        {"an answer that drips", drip, "1500 ms", 1500ms},
        {"too much, said before", raw(head + "Content-Length: 17000000\r\n\r\n"), "16777216"},
        {"too much, and more", endless, "16777216"},
    };
}

}  // namespace

TEST_CASE("a host is looked up over HTTP, each question once") {
    Katello katello;
    Worker worker(foreman_settings(katello));
    const LookupResult result = worker.answer_for();
    REQUIRE(result.outcome == LookupOutcome::known);
    CHECK(result.how == CacheUse::miss);
    CHECK(result.access->organization() == "ACME");
    REQUIRE(result.access->environments().size() == 2);
    CHECK(result.access->environments()[0].label == "Dev/web");
    CHECK(result.access->lists("acme/dev/web/prod/nginx"));
    CHECK(result.access->is_public("acme/open"));
    CHECK_FALSE(result.access->may_pull("acme/dev/web/prod"));
    CHECK(katello.server().requests() == 5);  // host, organizations, two environments, public
    CHECK(worker.answer_for().how == CacheUse::hit);
    CHECK(katello.server().requests() == 5);
    CHECK(worker.loop.watches() == 0);
    CHECK(worker.log.empty());
}

TEST_CASE("whatever goes wrong, a host that nothing is known of gets no answer, and soon") {
    for (const Failure& failure : failures()) {
        INFO(failure.what);
        Katello katello;
        katello.on("/api/v2/hosts?", failure.respond);
        LookupSettings settings = foreman_settings(katello);
        settings.timeout = failure.timeout;
        Worker worker(settings);
        const LookupResult result = worker.answer_for();
        CHECK(result.outcome == LookupOutcome::unavailable);
        CHECK(result.access == nullptr);
        CHECK(result.retry_after >= 1);
        CHECK(result.message.find(failure.message) != std::string::npos);
        CHECK(katello.requests_read() == 1);
        check_is_discreet(worker, result);
    }
}

TEST_CASE("whatever goes wrong, a host that was known keeps its older answer") {
    for (const Failure& failure : failures()) {
        INFO(failure.what);
        Katello katello;
        LookupSettings settings = foreman_settings(katello);
        settings.timeout = failure.timeout;
        WorkerWithOldAnswer worker(settings);
        katello.on_everything(failure.respond);
        const LookupResult result = worker.answer_for();
        REQUIRE(result.outcome == LookupOutcome::known);
        CHECK(result.how == CacheUse::stale);
        CHECK(result.access->lists("acme/dev/web/prod/nginx"));
        CHECK_FALSE(result.access->may_pull("acme/other"));
    }
}

TEST_CASE("an environment that can't be asked for is no shorter list") {
    for (const Failure& failure : failures()) {
        INFO(failure.what);
        Katello katello;
        katello.on("/katello/api/v2/repositories", failure.respond);
        LookupSettings settings = foreman_settings(katello);
        settings.timeout = failure.timeout;
        Worker worker(settings);
        const LookupResult result = worker.answer_for();
        CHECK(result.outcome == LookupOutcome::unavailable);
        CHECK(result.access == nullptr);
        check_is_discreet(worker, result);
    }
}

TEST_CASE("a server that is not there, or not the right one, is no answer") {
    LookupSettings settings;
    std::string message;
    std::optional<Katello> katello;
    const ClosedPort port;
    SECTION("nobody listens") {
        settings = foreman_settings(katello.emplace());
        settings.url = "http://127.0.0.1:" + std::to_string(port.number());
        message = "check the lookup's url";
    }
    SECTION("its certificate is another CA's") {
        settings = foreman_settings(
            katello.emplace(ScriptedServer::Tls{Keys::get().stranger, std::nullopt, 0, false}));
        message = "check the lookup's url, ca";
    }
    Worker worker(settings);
    const LookupResult result = worker.answer_for();
    CHECK(result.outcome == LookupOutcome::unavailable);
    CHECK(result.message.find(message) != std::string::npos);
    check_is_discreet(worker, result);
}

TEST_CASE("401 and 403 are one loud line, and the end of asking") {
    for (const char* status : {"401 Unauthorized", "403 Forbidden"}) {
        INFO(status);
        Katello katello;
        WorkerWithOldAnswer worker(foreman_settings(katello));
        const std::size_t before = katello.server().requests();
        katello.on_everything(
            answer(status, R"({"error":{"message":"Unable to authenticate user certguard"}})"));
        std::vector<Worker::Request> requests;
        for (unsigned i = 0; i < 100; ++i) {
            requests.push_back(worker.ask(uuid_number(1000 + i)));
        }
        CHECK(worker.answer_for().how == CacheUse::stale);
        REQUIRE(worker.loop.run_until([&] { return worker.lookup->waiters() == 0; }, kPatience));
        for (const Worker::Request& request : requests) {
            REQUIRE(request.answers->size() == 1);
            REQUIRE(request.answers->front().outcome == LookupOutcome::unavailable);
        }
        // Foreman locks an address out after 30 refused logins.
        CHECK(katello.server().requests() - before <= 2 * 8);
        REQUIRE(worker.log.size() == 1);
        CHECK(worker.says("refuses this proxy"));
        CHECK(worker.says("Unable to authenticate user certguard"));
        CHECK_FALSE(worker.says("the-password"));
        CHECK(worker.answer_for(uuid_number(7)).retry_after > 5);
    }
}

TEST_CASE("a host that is gone is denied at once, whatever was known of it") {
    Katello katello;
    WorkerWithOldAnswer worker(foreman_settings(katello));
    katello.on("/api/v2/hosts?", ok(R"({"total":9,"subtotal":0,"results":[]})"));
    CHECK(worker.answer_for().outcome == LookupOutcome::unknown_host);
    CHECK(worker.answer_for().outcome == LookupOutcome::unknown_host);
    std::this_thread::sleep_for(60ms);
    katello.on_everything(answer("500 Internal Server Error", ""));
    CHECK(worker.answer_for().outcome == LookupOutcome::unavailable);  // no older answer is left
}

TEST_CASE("two hosts with one UUID are denied, and the admin is told") {
    Katello katello;
    WorkerWithOldAnswer worker(foreman_settings(katello));
    const std::string row = R"({"subscription_facet_attributes":{"uuid":")" + kUuid + R"("}})";
    katello.on("/api/v2/hosts?", ok(R"({"subtotal":"2","results":[)" + row + "," + row + "]}"));
    const LookupResult result = worker.answer_for();
    CHECK(result.outcome == LookupOutcome::misconfigured);
    CHECK(result.message.find("more than one host") != std::string::npos);
    REQUIRE(worker.log.size() == 1);
    CHECK(worker.says("more than one host"));
}

TEST_CASE("five failures in a row, and Katello has peace") {
    Katello katello;
    katello.on_everything(answer("503 Service Unavailable", ""));
    Worker worker(foreman_settings(katello));
    for (unsigned i = 0; i < 100; ++i) {
        const LookupResult result = worker.answer_for(uuid_number(i));
        REQUIRE(result.outcome == LookupOutcome::unavailable);
        REQUIRE(result.retry_after >= 1);
        REQUIRE(result.retry_after <= 5);
    }
    CHECK(katello.server().requests() == limits::kFailuresInARow);
    REQUIRE(worker.log.size() == 1);
    CHECK(worker.says("does not answer"));
}

TEST_CASE("a hundred clients of one host share its questions; those who go away change nothing") {
    Katello katello;
    Worker worker(foreman_settings(katello));
    std::vector<Worker::Request> requests;
    for (unsigned i = 0; i < 100; ++i) {
        requests.push_back(worker.ask());
    }
    for (unsigned i = 0; i < 100; i += 2) {
        requests[i].waiter = {};
    }
    worker.loop.run_until([&] { return worker.lookup->waiters() == 0; }, kPatience);
    for (unsigned i = 0; i < 100; ++i) {
        REQUIRE(requests[i].answers->size() == i % 2);
    }
    CHECK(requests[1].answers->front().access->lists("acme/dev/web/prod/nginx"));
    CHECK(katello.server().requests() == 5);
}

TEST_CASE("clients that go away while Katello hangs leave nothing behind") {
    Katello katello;
    katello.on_everything([](Connection& connection) {
        connection.wait_until_client_closes();
        return false;
    });
    LookupSettings settings = foreman_settings(katello);
    settings.timeout = 300ms;
    settings.connect_timeout = 100ms;
    Worker worker(settings);
    {
        std::vector<Worker::Request> requests;
        for (unsigned i = 0; i < 20; ++i) {
            requests.push_back(worker.ask(uuid_number(i)));
        }
        CHECK(worker.lookup->waiters() == 20);
        worker.loop.run_once(10ms);
    }
    CHECK(worker.lookup->waiters() == 0);
    worker.settle();
    CHECK(worker.loop.watches() == 0);
    CHECK(worker.loop.timers() == 0);
    CHECK(worker.cache->statistics().hosts == 0);
}

TEST_CASE("an environment in pages is read to its end") {
    Katello katello;
    const auto page = [](const std::string& names) {
        return ok(R"({"subtotal":"5","results":[)" + names + "]}");
    };
    const std::string target = "/katello/api/v2/repositories?content_view_id=7";
    const auto row = [](const std::string& name) {
        return R"({"container_repository_name":")" + name + "\"}";
    };
    katello.on(target, page(row("acme/a") + ',' + row("acme/b")));
    katello.on("per_page=2&page=2", page(row("acme/c") + ',' + row("acme/b")));
    katello.on("per_page=2&page=3", page(row("acme/e")));
    Worker worker(foreman_settings(katello));
    const LookupResult result = worker.answer_for();
    REQUIRE(result.outcome == LookupOutcome::known);
    CHECK(result.access->own_names() == NameList{"acme/a", "acme/b", "acme/c", "acme/e"});
    CHECK(katello.asked(target) == 3);
}

TEST_CASE("a catalog of 5 MB, with nulls, repeated and in no order, is read and shared") {
    std::string body = "{\"repositories\":[null";
    std::size_t count = 0;
    const std::string filler(60, 'x');
    for (std::uint32_t i = 0; body.size() < 5'000'000; ++i) {
        const std::string name = "acme/" + filler + '/' + std::to_string(i * 2654435761u);
        body += ",\"" + name + '"';
        if (i % 100 == 0) {
            body += ",null,17,\"" + name + '"';
        }
        ++count;
    }
    body += "]}";
    Katello katello;
    katello.on("/v2/_catalog", ok(body));
    LookupSettings settings = settings_for(katello.server());
    settings.source = LookupSourceType::catalog;
    Worker worker(settings, 64u << 20);
    const LookupResult result = worker.answer_for();
    REQUIRE(result.outcome == LookupOutcome::known);
    CHECK(result.access->own_names().size() == count);
    CHECK(result.access->lists("acme/" + filler + "/0"));
    CHECK_FALSE(result.access->lists("acme/" + filler));
    CHECK(worker.answer_for().how == CacheUse::hit);
    CHECK(katello.server().requests() == 2);  // the host's, and everybody's
    CHECK(worker.cache->statistics().store_failures == 0);
}

TEST_CASE("an answer may take its time, up to the timeout") {
    Katello katello;
    const std::string body = katello_answer("hosts-5.0.json");
    katello.on("/api/v2/hosts?", [body](Connection& connection) {
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) +
                         "\r\n\r\n");
        for (std::size_t at = 0; at < body.size(); at += 200) {
            std::this_thread::sleep_for(2ms);
            if (!connection.write(std::string_view(body).substr(at, 200))) {
                return false;
            }
        }
        return true;
    });
    Worker worker(foreman_settings(katello));
    CHECK(worker.answer_for().outcome == LookupOutcome::known);
}
