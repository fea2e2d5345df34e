// How long an entitlement takes to decode (once per certificate) and a path to check (per
// request), by the number of authorized paths.
//
//   build/bench/entitlement_bench --benchmark_repetitions=5 --benchmark_report_aggregates_only=true
#include <benchmark/benchmark.h>

#include <map>
#include <string>
#include <utility>

#include "bare_extensions.hpp"
#include "certguard/entitlement.hpp"
#include "rhsm_encoder.hpp"
#include "sample_paths.hpp"

namespace {

using certguard::Entitlement;
using certguard::test::BareExtensions;
using Paths = std::vector<std::string>;
using MakePaths = Paths (*)(std::size_t);

struct Sample {
    Paths paths;
    BareExtensions extensions;
    Entitlement entitlement;
};

Sample make_sample(Paths paths, std::vector<certguard::test_pki::Extension> encoded) {
    BareExtensions extensions(encoded);
    auto decoded = Entitlement::decode(extensions.list());
    return {std::move(paths), std::move(extensions), std::move(decoded).value()};
}

const Sample& v3_sample(MakePaths make, std::size_t count) {
    static std::map<std::pair<MakePaths, std::size_t>, Sample> samples;
    const auto key = std::make_pair(make, count);
    auto found = samples.find(key);
    if (found == samples.end()) {
        Paths paths = make(count);
        auto encoded = certguard::rhsm_encoder::v3_extensions(paths);
        found = samples.emplace(key, make_sample(std::move(paths), std::move(encoded))).first;
    }
    return found->second;
}

void report(benchmark::State& state, const Sample& sample) {
    state.counters["payload_bytes"] = static_cast<double>(sample.extensions.list()[1].value.size());
    state.counters["tree_bytes"] = static_cast<double>(sample.entitlement.memory());
}

void decode_v3(benchmark::State& state, MakePaths make) {
    const Sample& sample = v3_sample(make, static_cast<std::size_t>(state.range(0)));
    for (auto _ : state) {
        auto decoded = Entitlement::decode(sample.extensions.list());
        benchmark::DoNotOptimize(decoded);
    }
    report(state, sample);
}

std::string request_for(std::string path) {
    for (const std::string variable : {"$releasever", "$basearch"}) {
        const auto at = path.find(variable);
        if (at != path.npos) {
            path.replace(at, variable.size(), "7Server");
        }
    }
    return path + "/repodata/0d1c2b3a-primary.xml.gz";
}

void check(benchmark::State& state, const Entitlement& entitlement, const Paths& requests,
           bool expected) {
    std::size_t next = 0;
    for (auto _ : state) {
        const auto answer = entitlement.authorizes(requests[next]);
        if (*answer != expected) {
            state.SkipWithError("wrong answer");
            break;
        }
        next = next + 1 == requests.size() ? 0 : next + 1;
    }
}

/// Every path of the certificate in turn.
void check_hit(benchmark::State& state, MakePaths make) {
    const Sample& sample = v3_sample(make, static_cast<std::size_t>(state.range(0)));
    Paths requests;
    for (const std::string& path : sample.paths) {
        requests.push_back(request_for(path));
    }
    check(state, sample.entitlement, requests, true);
}

/// Paths that leave the tree at their last segment, where most of the work has been done.
void check_miss(benchmark::State& state, MakePaths make) {
    const Sample& sample = v3_sample(make, static_cast<std::size_t>(state.range(0)));
    Paths requests;
    for (const std::string& path : sample.paths) {
        requests.push_back(request_for(path.substr(0, path.rfind('/')) + "/nothing"));
    }
    check(state, sample.entitlement, requests, false);
}

void decode_v1(benchmark::State& state) {
    const Paths paths = certguard::test::mixed_paths(static_cast<std::size_t>(state.range(0)));
    const BareExtensions extensions(certguard::rhsm_encoder::v1_extensions(paths));
    for (auto _ : state) {
        auto decoded = Entitlement::decode(extensions.list());
        benchmark::DoNotOptimize(decoded);
    }
}

#define CERTGUARD_BENCH(function)                                                               \
    BENCHMARK_CAPTURE(function, cdn, certguard::test::cdn_paths)->Arg(12)->Arg(420)->Arg(3000); \
    BENCHMARK_CAPTURE(function, mixed, certguard::test::mixed_paths)                            \
        ->Arg(12)                                                                               \
        ->Arg(420)                                                                              \
        ->Arg(3000);                                                                            \
    BENCHMARK_CAPTURE(function, custom, certguard::test::custom_paths)->Arg(12)->Arg(420)->Arg(3000)

CERTGUARD_BENCH(decode_v3);
CERTGUARD_BENCH(check_hit);
CERTGUARD_BENCH(check_miss);
BENCHMARK(decode_v1)->Arg(12)->Arg(185);

}  // namespace

BENCHMARK_MAIN();
