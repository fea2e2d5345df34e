// Workers, hosts and environments that change at random: every answer, by either of the two ways to
// it, must be what the source could have said not too long ago.
#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <utility>

#include "lookup_fixture.hpp"

using namespace certguard;

namespace {

constexpr std::uint64_t kQuestion = 7'000;  // what an answer may take: connect_timeout + timeout

/// The values that something has had, each from its time on.
template <class Value>
class History {
  public:
    void set(std::uint64_t time, Value value) { values_.emplace_back(time, std::move(value)); }

    template <class Predicate>
    bool ever(std::uint64_t from, Predicate predicate) const {
        for (std::size_t i = 0; i < values_.size(); ++i) {
            const bool is_over = i + 1 < values_.size() && values_[i + 1].first < from;
            if (!is_over && predicate(values_[i].second)) {
                return true;
            }
        }
        return false;
    }
    template <class Predicate>
    bool always(std::uint64_t from, Predicate predicate) const {
        return !ever(from, [&](const Value& value) { return !predicate(value); });
    }

  private:
    std::vector<std::pair<std::uint64_t, Value>> values_;
};

/// A site that is changed and asked about at random.
class Site {
  public:
    Site(unsigned seed, bool at_once) : random_(seed) {
        scene_.source.at_once = at_once;
        scene_.source.hosts.clear();
        scene_.source.environments.clear();
        for (unsigned i = 0; i < kEnvironments; ++i) {
            change_environment(std::to_string(i));
        }
        change_public_names();
        for (unsigned i = 0; i < kHosts; ++i) {
            change_host(host_uuid(i));
        }
        for (std::uint32_t process = 1; process <= kWorkers; ++process) {
            workers_.push_back(
                std::make_unique<TestWorker>(scene_.zone, scene_.loop, scene_.source, process));
        }
    }

    void step() {
        const std::string host = host_uuid(one_of(one_of(3) == 0 ? kHosts : kOftenAsked));
        switch (one_of(24)) {
            case 0: change_host(host); break;
            case 1: change_environment(std::to_string(one_of(kEnvironments))); break;
            case 2: one_of(4) == 0 ? change_public_names() : remove_host(host); break;
            case 3: fail_or_heal(); break;
            case 4: one_of(4) == 0 ? purge(host) : pass(one_of(20'000)); break;
            case 5: pass(one_of(4'000)); break;
            default: ask(*workers_[one_of(kWorkers)], host); break;
        }
        while (scene_.source.under_way() != 0 && one_of(16) != 0) {
            scene_.source.answer();
        }
    }

    void check_what_was_seen() const {
        CHECK(peeked_ > 1'000);
        CHECK(known_ > 1'000);
        CHECK(unknown_ > 20);
        CHECK(workers_[0]->cache->statistics().evictions > 20);
        CHECK(workers_[0]->cache->statistics().resets == 0);
    }

  private:
    static constexpr unsigned kHosts = 400, kOftenAsked = 12, kEnvironments = 6, kNames = 12;
    static constexpr unsigned kWorkers = 3;
    using Names = std::set<std::string>;

    unsigned one_of(unsigned count) { return static_cast<unsigned>(random_() % count); }
    std::uint64_t now() const { return scene_.loop.now_ms(); }
    void pass(std::uint64_t ms) { scene_.loop.pass(ms); }
    std::string name() { return "acme/name" + std::to_string(one_of(kNames)); }

    Names some_names() {
        Names names;
        for (unsigned i = one_of(kNames); i > 0; --i) {
            names.insert(name());
        }
        return names;
    }
    static NameList list_of(const Names& names) { return {names.begin(), names.end()}; }

    void change_host(const std::string& host) {
        HostAnswer answer{"of-" + host, {}, {}};  // so that each takes some room
        Names keys;
        for (unsigned i = 1 + one_of(3); i > 0; --i) {
            keys.insert(std::to_string(one_of(kEnvironments)));
        }
        for (const std::string& key : keys) {
            answer.environments.push_back({"Dev/" + key, key});
        }
        scene_.source.hosts[host] = answer;
        hosts_[host].set(now(), std::move(keys));
    }
    void remove_host(const std::string& host) {
        scene_.source.hosts.erase(host);
        hosts_[host].set(now(), {});
    }
    void change_environment(const std::string& key) {
        Names names = some_names();
        scene_.source.environments[key] = list_of(names);
        environments_[key].set(now(), std::move(names));
    }
    void change_public_names() {
        Names names = some_names();
        scene_.source.open_names = list_of(names);
        public_.set(now(), std::move(names));
    }
    void fail_or_heal() {
        LookupStatus& status = scene_.source.status;
        status = one_of(8) != 0 ? LookupStatus::found : LookupStatus::unavailable;
    }
    void purge(const std::string& host) {
        AccessCache& cache = *workers_[one_of(kWorkers)]->cache;
        if (one_of(16) != 0) {
            cache.purge_host(host);
            not_before_[host] = now();
        } else {
            cache.purge_all();
            purged_all_ = now();
        }
    }

    void ask(TestWorker& worker, const std::string& host) {
        const std::string repository = name();
        const auto peeked = worker.lookup->peek(host, repository);
        if (peeked) {
            ++peeked_;
            check(host, repository, peeked->listed, peeked->is_public, 300'000);
        }
        auto answer = std::make_shared<std::optional<LookupResult>>();
        waiters_.push_back(worker.lookup->ask(
            {host, "PEM", "DER"}, [this, answer, host, repository](const LookupResult& result) {
                *answer = result;
                take(host, repository, result);
            }));
        if (waiters_.size() > 40) {
            waiters_.erase(waiters_.begin());  // goes away, if it still waits
        }
        if (peeked && *answer) {  // else it waits with those who came before the answer was there
            const LookupResult& result = **answer;
            REQUIRE(result.how == CacheUse::hit);
            REQUIRE(result.outcome == LookupOutcome::known);
            REQUIRE(result.access->lists(repository) == peeked->listed);
            REQUIRE(result.access->is_public(repository) == peeked->is_public);
            REQUIRE(result.access->profile() == peeked->profile);
        }
    }

    void take(const std::string& host, const std::string& repository, const LookupResult& result) {
        if (result.outcome == LookupOutcome::unknown_host) {
            ++unknown_;
            REQUIRE(hosts_[host].ever(from(host, 30'000 + kQuestion),
                                      [](const Names& keys) { return keys.empty(); }));
            if (result.how == CacheUse::miss && scene_.source.at_once) {
                not_before_[host] = now();  // whatever was known of it before is forgotten
            }
        } else if (result.outcome == LookupOutcome::known) {
            ++known_;
            const std::uint64_t age = result.how == CacheUse::stale ? 3'900'000 : 300'000;
            check(host, repository, result.access->lists(repository),
                  result.access->is_public(repository), age);
        }
    }

    /// The earliest time of which an answer of that AGE may tell.
    std::uint64_t from(const std::string& host, std::uint64_t age) const {
        const auto found = not_before_.find(host);
        const std::uint64_t floor = found == not_before_.end() ? 0 : found->second;
        return std::max({now() - std::min(now(), age + kQuestion), floor, purged_all_});
    }

    void check(const std::string& host, const std::string& repository, bool listed, bool is_public,
               std::uint64_t age) {
        CAPTURE(host, repository, now());
        const std::uint64_t host_from = from(host, age);
        const std::uint64_t names_from =
            std::max(now() - std::min(now(), age + kQuestion), purged_all_);
        const auto has_name = [&](const Names& names) { return names.count(repository) != 0; };
        REQUIRE(hosts_[host].ever(host_from, [](const Names& keys) { return !keys.empty(); }));
        const bool may_be_listed =
            std::any_of(environments_.begin(), environments_.end(), [&](const auto& environment) {
                return environment.second.ever(names_from, has_name) &&
                       hosts_[host].ever(host_from, [&](const Names& keys) {
                           return keys.count(environment.first) != 0;
                       });
            });
        const bool must_be_listed =
            std::any_of(environments_.begin(), environments_.end(), [&](const auto& environment) {
                return environment.second.always(names_from, has_name) &&
                       hosts_[host].always(host_from, [&](const Names& keys) {
                           return keys.count(environment.first) != 0;
                       });
            });
        REQUIRE((listed ? may_be_listed : !must_be_listed));
        REQUIRE((is_public ? public_.ever(names_from, has_name)
                           : !public_.always(names_from, has_name)));
    }

    std::mt19937 random_;
    LookupScene scene_{64u << 10};                 // too small for all hosts
    std::map<std::string, History<Names>> hosts_;  // keys of environments; none: unknown
    std::map<std::string, History<Names>> environments_;
    History<Names> public_;
    std::map<std::string, std::uint64_t> not_before_;
    std::uint64_t purged_all_ = 0;
    std::vector<std::unique_ptr<TestWorker>> workers_;
    std::vector<HostLookup::Waiter> waiters_;  // end before their lookups
    unsigned peeked_ = 0, known_ = 0, unknown_ = 0;
};

}  // namespace

TEST_CASE(
    "every answer is what the source could have said within its time, whichever way it comes") {
    const unsigned seed = GENERATE(1u, 2u, 3u, 4u);
    const bool at_once = GENERATE(true, false);
    CAPTURE(seed, at_once);
    Site site(seed, at_once);
    for (int i = 0; i < 20'000; ++i) {
        site.step();
    }
    site.check_what_was_seen();
}
