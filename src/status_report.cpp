#include "certguard/status_report.hpp"

#include "json_writer.hpp"
#include "status_words.hpp"

namespace certguard {
namespace {

void add_decisions(StatusReport& report, const GuardCounters& counters) {
    for (std::size_t counted = 0; counted < kCounted; ++counted) {
        for (std::size_t reason = 0; reason < kReasons; ++reason) {
            const std::uint64_t count =
                counters.decisions[counted][reason].load(std::memory_order_relaxed);
            if (count != 0) {
                report.decisions.push_back({std::string(counters.name.view()),
                                            static_cast<Counted>(counted),
                                            static_cast<Reason>(reason), count});
            }
        }
    }
}

template <std::size_t N>
void copy_all(const Counter (&from)[N], std::array<std::uint64_t, N>& to) {
    for (std::size_t i = 0; i < N; ++i) {
        to[i] = from[i].load(std::memory_order_relaxed);
    }
}

/// Counters of lookups that the policy does not have any more are left out: nobody asks them.
void add_lookup(StatusReport& report, const LookupCounters& counters) {
    for (StatusReport::Lookup& lookup : report.lookups) {
        if (lookup.name == counters.name.view()) {
            copy_all(counters.requests, lookup.requests);
            copy_all(counters.answers, lookup.answers);
            copy_all(counters.times, lookup.times);
            lookup.milliseconds = counters.milliseconds.load(std::memory_order_relaxed);
        }
    }
}

/// The writer's numbers are signed.
std::int64_t number(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}

void write_or_null(JsonWriter& json, const char* name, const std::optional<std::int64_t>& value) {
    json.key(name);
    if (value) {
        json.value(*value);
    } else {
        json.null();
    }
}

void write_trust(JsonWriter& json, const StatusReport::Trust& trust) {
    json.begin_object()
        .member("guard", trust.guard)
        .member("generation", number(trust.generation))
        .member("age_seconds", trust.age)
        .member("failing", trust.is_failing);
    write_or_null(json, "ca_expires_in_seconds", trust.ca_expires_in);
    write_or_null(json, "crl_expires_in_seconds", trust.crl_expires_in);
    json.end_object();
}

void write_lookup(JsonWriter& json, const StatusReport::Lookup& lookup) {
    json.begin_object()
        .member("lookup", lookup.name)
        .member("source", lookup.source)
        .member("circuit", lookup.is_open ? "open" : "closed")
        .member("retry_after_ms", number(lookup.retry_after))
        .member("failures_in_a_row", std::int64_t{lookup.failures});
    json.key("requests").begin_object();
    for (std::size_t i = 0; i < kCacheUses; ++i) {
        json.member(cache_word(static_cast<CacheUse>(i)), number(lookup.requests[i]));
    }
    json.end_object().key("answers").begin_object();
    for (std::size_t i = 0; i < kLookupStatuses; ++i) {
        json.member(status_word(static_cast<LookupStatus>(i)), number(lookup.answers[i]));
    }
    json.end_object().key("answer_times_ms").begin_array();
    for (std::size_t i = 0; i < lookup.times.size(); ++i) {
        json.begin_object();
        json.key("up_to");
        if (i < kAnswerTimes.size()) {
            json.value(std::int64_t{kAnswerTimes[i]});
        } else {
            json.null();
        }
        json.member("count", number(lookup.times[i])).end_object();
    }
    json.end_array().member("answer_time_sum_ms", number(lookup.milliseconds)).end_object();
}

void write_cache(JsonWriter& json, const CacheStatistics& cache) {
    json.begin_object()
        .member("hosts", number(cache.hosts))
        .member("environments", number(cache.environments))
        .member("lookups", number(cache.lookups))
        .member("zone_bytes", number(cache.bytes))
        .member("used_bytes", number(cache.used_bytes))
        .member("free_bytes", number(cache.free_bytes))
        .member("hits", number(cache.hits))
        .member("misses", number(cache.misses))
        .member("stores", number(cache.stores))
        .member("store_failures", number(cache.store_failures))
        .member("evictions", number(cache.evictions))
        .member("purges", number(cache.purges))
        .member("resets", number(cache.resets))
        .end_object();
}

}  // namespace

void add_counters(StatusReport& report, const Counters& counters) {
    const Counters::Layout& layout = counters.layout();
    for (const GuardCounters& guard : layout.guards) {
        add_decisions(report, guard);
    }
    for (const LookupCounters& lookup : layout.lookups) {
        add_lookup(report, lookup);
    }
    for (const WorkerGauges& worker : layout.workers) {
        report.waiting += worker.waiting.load(std::memory_order_relaxed);
        report.questions += worker.questions.load(std::memory_order_relaxed);
    }
}

std::string status_json(const StatusReport& report) {
    JsonWriter json;
    json.begin_object().member("version", report.version);
    json.key("decisions").begin_array();
    for (const StatusReport::Decisions& each : report.decisions) {
        json.begin_object()
            .member("guard", each.guard)
            .member("decision", counted_word(each.counted))
            .member("reason", reason_word(each.reason))
            .member("count", number(each.count))
            .end_object();
    }
    json.end_array().key("trust").begin_array();
    for (const StatusReport::Trust& trust : report.trust) {
        write_trust(json, trust);
    }
    json.end_array();
    write_or_null(json, "client_certificate_expires_in_seconds", report.certificate_expires_in);
    json.key("lookups").begin_array();
    for (const StatusReport::Lookup& lookup : report.lookups) {
        write_lookup(json, lookup);
    }
    json.end_array()
        .member("waiting_requests", number(report.waiting))
        .member("questions", number(report.questions));
    json.key("cache");
    if (report.cache) {
        write_cache(json, *report.cache);
    } else {
        json.null();
    }
    json.end_object();
    return json.text() + "\n";
}

}  // namespace certguard
