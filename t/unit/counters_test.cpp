// The counters that workers share.
#include "certguard/counters.hpp"

#include <cstring>
#include <memory>

#include "catch.hpp"
#include "certguard/decision.hpp"
#include "certguard/status_report.hpp"

using namespace certguard;

namespace {

struct Memory {
    std::unique_ptr<std::uint64_t[]> words{new std::uint64_t[Counters::bytes() / 8 + 1]()};
    void* get() { return words.get(); }
};

}  // namespace

TEST_CASE("counters go on where an earlier process has left them") {
    Memory memory;
    Counters(memory.get()).guard("content")->count(Counted::granted, Reason::ok);
    Counters later(memory.get());
    later.guard("content")->count(Counted::granted, Reason::ok);
    later.guard("registry")->count(Counted::audit_denied, Reason::expired);
    StatusReport report;
    add_counters(report, later);
    REQUIRE(report.decisions.size() == 2);
    CHECK(report.decisions[0].guard == "content");
    CHECK(report.decisions[0].count == 2);
    CHECK(report.decisions[1].counted == Counted::audit_denied);
    CHECK(report.decisions[1].reason == Reason::expired);
}

TEST_CASE("counters of another version, or memory that is none, are begun anew") {
    Memory memory;
    std::memset(memory.get(), 0xa5, Counters::bytes());
    Counters counters(memory.get());
    StatusReport report;
    add_counters(report, counters);
    CHECK(report.decisions.empty());
    CHECK(report.waiting == 0);
    CHECK(counters.guard("content") != nullptr);
}

TEST_CASE("a name keeps its counters, and what is too much is not counted") {
    Memory memory;
    Counters counters(memory.get());
    GuardCounters* const first = counters.guard("guard0");
    for (std::size_t i = 1; i < Counters::kGuards; ++i) {
        CHECK(counters.guard("guard" + std::to_string(i)) != nullptr);
    }
    CHECK(counters.guard("one more") == nullptr);
    CHECK(counters.guard("guard0") == first);
    for (std::size_t i = 0; i < Counters::kLookups; ++i) {
        CHECK(counters.lookup("lookup" + std::to_string(i)) != nullptr);
    }
    CHECK(counters.lookup("one more") == nullptr);
    CHECK(counters.lookup(std::string(65, 'x')) == nullptr);
}

TEST_CASE("answer times fall into the bucket whose end they do not exceed") {
    Memory memory;
    Counters counters(memory.get());
    LookupCounters* const lookup = counters.lookup("katello");
    for (const std::uint64_t took : {0u, 5u, 6u, 10'000u, 10'001u, 4'000'000u}) {
        lookup->count(LookupStatus::found, took);
    }
    CHECK(lookup->times[0] == 2);
    CHECK(lookup->times[1] == 1);
    CHECK(lookup->times[kAnswerTimes.size() - 1] == 1);
    CHECK(lookup->times[kAnswerTimes.size()] == 2);
    CHECK(lookup->milliseconds == 5 + 6 + 10'000 + 10'001 + 4'000'000);
    CHECK(lookup->answers[static_cast<std::size_t>(LookupStatus::found)] == 6);
}

TEST_CASE("workers' gauges are added up") {
    Memory memory;
    Counters counters(memory.get());
    counters.worker(0).waiting = 3;
    counters.worker(7).waiting = 4;
    counters.worker(Counters::kWorkers + 7).questions = 2;
    StatusReport report;
    add_counters(report, counters);
    CHECK(report.waiting == 7);
    CHECK(report.questions == 2);
}

TEST_CASE("each decision has the word that $certguard_decision shows") {
    CHECK(counted_word(Counted::granted) == verdict_word(Verdict::granted));
    CHECK(counted_word(Counted::passed) == verdict_word(Verdict::passed));
    CHECK(counted_word(Counted::denied) == verdict_word(Verdict::denied));
    CHECK(counted_word(Counted::unavailable) == verdict_word(Verdict::unavailable));
    CHECK(counted_word(Counted::audit_denied) == "audit_denied");
}
