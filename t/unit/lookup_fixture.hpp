// A worker with a lookup, for tests: fake loop, fake source, a cache of its own or a shared one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cache_fixture.hpp"
#include "certguard/host_lookup.hpp"
#include "lookup_fakes.hpp"

namespace certguard {

inline LookupSettings test_settings() {
    LookupSettings settings;
    settings.name = "katello";
    settings.url = "https://foreman.example.com";
    return settings;
}

/// A request that was made, and its answer when there is one.
struct TestRequest {
    HostLookup::Waiter waiter;
    std::shared_ptr<std::optional<LookupResult>> answer =
        std::make_shared<std::optional<LookupResult>>();

    bool is_answered() const { return answer->has_value(); }
    const LookupResult& result() const {
        REQUIRE(is_answered());
        return **answer;
    }
};

class TestWorker {
  public:
    TestWorker(TestZone& zone, FakeLoop& its_loop, FakeSource& its_source,
               std::uint32_t process = 1, const LookupSettings& its_settings = test_settings())
        : loop(its_loop),
          source(its_source),
          memory(zone, process),
          cache(AccessCache::attach(memory)),
          settings(its_settings) {
        restart();
    }

    /// A new lookup on the same cache.
    void restart() {
        lookup.reset();
        lookup = std::make_unique<HostLookup>(
            settings, source, *cache, loop,
            [this](LogLevel, const std::string& line) { log.push_back(line); });
    }

    TestRequest ask(const std::string& uuid = kHost) {
        TestRequest request;
        const std::string pem = "PEM of " + uuid;
        request.waiter = lookup->ask({uuid, pem, "DER of " + uuid},
                                     [answer = request.answer](const LookupResult& result) {
                                         REQUIRE_FALSE(answer->has_value());
                                         *answer = result;
                                     });
        return request;
    }
    /// For an answer that must come at once.
    LookupResult answer_for(const std::string& uuid = kHost) { return ask(uuid).result(); }

    FakeLoop& loop;
    FakeSource& source;
    SharedTestMemory memory;
    std::unique_ptr<AccessCache> cache;
    LookupSettings settings;
    std::vector<std::string> log;
    std::unique_ptr<HostLookup> lookup;
};

struct LookupScene {
    explicit LookupScene(std::size_t zone_size = 4u << 20) : zone(zone_size) {
        source.hosts[kHost] = {"ACME", {{"Dev/web", "7:5"}, {"Library", "1:1"}}, {}};
        source.environments["7:5"] = {"acme/dev/web/nginx", "acme/dev/web/redis"};
        source.environments["1:1"] = {"acme/library/base"};
        source.open_names = {"acme/open"};
    }

    TestZone zone;
    FakeLoop loop;
    FakeSource source;
};

/// One worker alone.
class LookupFixture : public LookupScene, public TestWorker {
  public:
    explicit LookupFixture(const LookupSettings& settings = test_settings())
        : TestWorker(LookupScene::zone, LookupScene::loop, LookupScene::source, 1, settings) {}
    using LookupScene::loop;
    using LookupScene::source;
};

}  // namespace certguard
