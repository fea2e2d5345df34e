// https://prometheus.io/docs/instrumenting/exposition_formats/: text format 0.0.4.
#include <initializer_list>
#include <utility>

#include "certguard/status_report.hpp"
#include "status_words.hpp"

namespace certguard {
namespace {

using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

class Exposition {
  public:
    /// Begins a metric; its samples must follow at once.
    void metric(std::string_view name, std::string_view type, std::string_view help) {
        name_ = name;
        text_.append("# HELP ").append(name).append(" ").append(help).append("\n");
        text_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
    }
    void sample(Labels labels, const std::string& value, std::string_view suffix = {}) {
        text_.append(name_).append(suffix);
        char before = '{';
        for (const auto& [label, content] : labels) {
            text_ += std::exchange(before, ',');
            text_.append(label).append("=\"");
            append_escaped(content);
            text_ += '"';
        }
        text_.append(labels.size() == 0 ? " " : "} ").append(value).append("\n");
    }
    template <class Number>
    void sample(Labels labels, Number value, std::string_view suffix = {}) {
        sample(labels, std::to_string(value), suffix);
    }
    std::string take() { return std::move(text_); }

  private:
    void append_escaped(std::string_view content) {
        for (const char c : content) {
            if (c == '\n') {
                text_ += "\\n";
                continue;
            }
            if (c == '\\' || c == '"') {
                text_ += '\\';
            }
            text_ += c;
        }
    }

    std::string name_;
    std::string text_;
};

std::string seconds(std::uint64_t milliseconds) {
    std::string fraction = std::to_string(milliseconds % 1000);
    fraction.insert(0, 3 - fraction.size(), '0');
    return std::to_string(milliseconds / 1000) + "." + fraction;
}

void write_decisions(Exposition& out, const StatusReport& report) {
    out.metric("certguard_decisions_total", "counter",
               "Requests by guard, decision and reason, in all workers.");
    for (const StatusReport::Decisions& each : report.decisions) {
        out.sample({{"guard", each.guard},
                    {"decision", counted_word(each.counted)},
                    {"reason", reason_word(each.reason)}},
                   each.count);
    }
}

void write_trust(Exposition& out, const StatusReport& report) {
    out.metric("certguard_trust_generation", "gauge",
               "How often CA and CRL files were read since the worker began.");
    for (const auto& trust : report.trust) {
        out.sample({{"guard", trust.guard}}, trust.generation);
    }
    out.metric("certguard_trust_age_seconds", "gauge",
               "How long ago the CA and CRL files in force were read.");
    for (const auto& trust : report.trust) {
        out.sample({{"guard", trust.guard}}, trust.age);
    }
    out.metric("certguard_trust_failing", "gauge",
               "1 when changed CA or CRL files can't be used and the old ones stay in force.");
    for (const auto& trust : report.trust) {
        out.sample({{"guard", trust.guard}}, trust.is_failing ? 1 : 0);
    }
    out.metric("certguard_ca_expires_in_seconds", "gauge",
               "Time until the first CA of the guard expires.");
    for (const auto& trust : report.trust) {
        if (trust.ca_expires_in) {
            out.sample({{"guard", trust.guard}}, *trust.ca_expires_in);
        }
    }
    out.metric("certguard_crl_expires_in_seconds", "gauge",
               "Time until the first CRL of the guard is past its next update.");
    for (const auto& trust : report.trust) {
        if (trust.crl_expires_in) {
            out.sample({{"guard", trust.guard}}, *trust.crl_expires_in);
        }
    }
    out.metric("certguard_client_certificate_expires_in_seconds", "gauge",
               "Time until the first client certificate expires that this worker has seen lately.");
    if (report.certificate_expires_in) {
        out.sample({}, *report.certificate_expires_in);
    }
}

void write_times(Exposition& out, const StatusReport::Lookup& lookup) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < lookup.times.size(); ++i) {
        sum += lookup.times[i];
        const std::string end = i < kAnswerTimes.size() ? seconds(kAnswerTimes[i]) : "+Inf";
        out.sample({{"lookup", lookup.name}, {"le", end}}, sum, "_bucket");
    }
    out.sample({{"lookup", lookup.name}}, seconds(lookup.milliseconds), "_sum");
    out.sample({{"lookup", lookup.name}}, sum, "_count");
}

void write_lookups(Exposition& out, const StatusReport& report) {
    out.metric(
        "certguard_lookup_requests_total", "counter",
        "Requests that needed a lookup, by where their answer came from; none: there was none.");
    for (const auto& lookup : report.lookups) {
        for (std::size_t i = 0; i < kCacheUses; ++i) {
            out.sample({{"lookup", lookup.name}, {"cache", cache_word(static_cast<CacheUse>(i))}},
                       lookup.requests[i]);
        }
    }
    out.metric("certguard_lookup_answers_total", "counter",
               "Questions to the lookup's source, by what became of them.");
    for (const auto& lookup : report.lookups) {
        for (std::size_t i = 0; i < kLookupStatuses; ++i) {
            out.sample({{"lookup", lookup.name},
                        {"source", lookup.source},
                        {"result", status_word(static_cast<LookupStatus>(i))}},
                       lookup.answers[i]);
        }
    }
    out.metric("certguard_lookup_answer_seconds", "histogram",
               "How long the lookup's source took.");
    for (const auto& lookup : report.lookups) {
        write_times(out, lookup);
    }
    out.metric("certguard_lookup_circuit_open", "gauge",
               "1 while the lookup's source does not answer and nobody waits for it.");
    for (const auto& lookup : report.lookups) {
        out.sample({{"lookup", lookup.name}}, lookup.is_open ? 1 : 0);
    }
    out.metric("certguard_waiting_requests", "gauge", "Requests that wait for a lookup.");
    out.sample({}, report.waiting);
    out.metric("certguard_lookup_questions", "gauge", "Questions under way to lookups' sources.");
    out.sample({}, report.questions);
}

void write_cache(Exposition& out, const CacheStatistics& cache) {
    const auto one = [&out](std::string_view name, std::string_view type, std::string_view help,
                            std::uint64_t value) {
        out.metric(name, type, help);
        out.sample({}, value);
    };
    out.metric("certguard_cache_entries", "gauge", "What the zone remembers.");
    out.sample({{"kind", "host"}}, cache.hosts);
    out.sample({{"kind", "environment"}}, cache.environments);
    out.metric("certguard_zone_bytes", "gauge", "Memory of the zone for what it remembers.");
    out.sample({{"state", "used"}}, cache.used_bytes);
    out.sample({{"state", "free"}}, cache.free_bytes);
    one("certguard_zone_size_bytes", "gauge", "Memory of the zone's cache altogether.",
        cache.bytes);
    one("certguard_cache_stores_total", "counter", "Answers that were stored.", cache.stores);
    one("certguard_cache_store_failures_total", "counter",
        "Answers that did not fit into the zone.", cache.store_failures);
    one("certguard_cache_evictions_total", "counter",
        "Answers that were dropped to make room for others.", cache.evictions);
    one("certguard_cache_purges_total", "counter", "How often something was purged.", cache.purges);
    one("certguard_cache_resets_total", "counter",
        "How often the cache began anew, because a worker had died within a change of it.",
        cache.resets);
}

}  // namespace

std::string status_prometheus(const StatusReport& report) {
    Exposition out;
    out.metric("certguard_info", "gauge", "The module.");
    out.sample({{"version", report.version}}, 1);
    write_decisions(out, report);
    write_trust(out, report);
    write_lookups(out, report);
    if (report.cache) {
        write_cache(out, *report.cache);
    }
    return out.take();
}

}  // namespace certguard
