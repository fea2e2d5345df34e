// What a host's lists cost when it may pull 100,000 repositories, from the decision to the body: of
// one environment, and spread over 250 of which each shares half of its names with the next.
//
//   build/bench/catalog_bench
//
// In instructions, which repeat; "Collected" is the sum of one benchmark's 20 decisions alone, of
// which the first verifies the certificate (8 million):
//
//   valgrind --tool=callgrind --toggle-collect='certguard::decide_registry_guard*'
//       --callgrind-out-file=/dev/null build/bench/catalog_bench --benchmark_filter=one_of_many/250
#include <benchmark/benchmark.h>

#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "certguard/limits.hpp"
#include "certguard/registry_guard.hpp"
#include "test_pki.hpp"

namespace {

using namespace certguard;

const std::int64_t kNow = std::time(nullptr);

struct Site {
    Site() {
        const auto ca = test_pki::make_ca({});
        test_pki::Spec host;
        host.common_name = "0d1c6f2e-7c1b-4f7e-9d58-3f1d2ab05000";
        client = std::make_shared<ClientCertificate>(
            Certificate::from_der(test_pki::make_leaf(host, &ca).der()).value());
        guard.settings.name = "registry";
        guard.settings.type = GuardType::host;
        guard.settings.serves = GuardServes::registry;
        guard.trust =
            std::make_shared<TrustFiles>(std::vector<std::string>{}, std::vector<std::string>{});
        guard.trust->adopt(TrustStore::build({{"ca.pem", ca.pem()}}, {}, kNow).store);
    }
    Guard guard;
    Result<std::shared_ptr<ClientCertificate>> client = std::shared_ptr<ClientCertificate>();
};

HostReply reply(std::size_t environments) {
    const std::size_t each = limits::kAnswerNames / environments;
    std::vector<HostAccess::Names> own;
    for (std::size_t environment = 0; environment < environments; ++environment) {
        NameList names;
        const std::size_t first = environment * each;
        for (std::size_t i = first; i < first + each + (environments == 1 ? 0 : each / 2); ++i) {
            const std::size_t number = i * 7919 % limits::kAnswerNames;
            names.push_back("acme/library/web/product" + std::to_string(number % 7) +
                            "/repository" + std::to_string(number));
        }
        own.push_back(std::make_shared<const NameSet>(std::move(names)));
    }
    LookupResult result;
    result.outcome = LookupOutcome::known;
    result.access =
        std::make_shared<const HostAccess>(std::make_shared<HostProfile>(), std::move(own),
                                           std::make_shared<const NameSet>(NameList{"acme/open"}));
    return HostReply(result);
}

void ask(benchmark::State& state, const char* target) {
    static Site site;
    const HostReply known = reply(static_cast<std::size_t>(state.range(0)));
    RegistryQuestion question;
    const std::string_view whole = target;
    question.request =
        parse_registry_request("GET", whole, whole.substr(0, whole.find('?'))).value();
    question.now = kNow;
    std::size_t bytes = 0;
    for (auto _ : state) {
        const auto ruling = decide_registry_guard(site.guard, site.client, question, &known);
        bytes = ruling.outcome.answer.body.size();
        benchmark::DoNotOptimize(bytes);
    }
    state.counters["body_bytes"] = static_cast<double>(bytes);
}

void both(benchmark::internal::Benchmark* benchmark) {
    benchmark->Arg(1)->Arg(250)->Iterations(20)->Unit(benchmark::kMicrosecond);
}

BENCHMARK_CAPTURE(ask, one_of_many, "/v2/_catalog?n=1&last=acme/library/web/product3/")
    ->Apply(both);
BENCHMARK_CAPTURE(ask, page_of_100, "/v2/_catalog?n=100&last=acme/library/web/product3/")
    ->Apply(both);
BENCHMARK_CAPTURE(ask, whole_catalog, "/v2/_catalog")->Apply(both);
BENCHMARK_CAPTURE(ask, search_that_finds, "/v1/search?q=repository")->Apply(both);
BENCHMARK_CAPTURE(ask, search_in_vain, "/v1/search?q=repository-x")->Apply(both);

}  // namespace

BENCHMARK_MAIN();
