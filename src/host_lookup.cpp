#include "certguard/host_lookup.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "answer_record.hpp"
#include "cached_host.hpp"
#include "certguard/limits.hpp"
#include "host_visit.hpp"
#include "local_access.hpp"
#include "lookup_messages.hpp"
#include "lookup_questions.hpp"

namespace certguard {

namespace {

struct VisitTag;
struct DeadlineTag;

// While something is wrong or being asked, what a worker keeps for itself is checked again soon.
constexpr std::uint64_t kCheckAgainAfter = 250;  // ms
// Otherwise for so long at most: the cache must see that the host is in use, or drops it when full.
constexpr std::uint64_t kKeptFor = 10'000;  // ms

LookupResult at_once(std::shared_ptr<const HostAccess> access, bool stale) {
    LookupResult result;
    result.outcome = LookupOutcome::known;
    result.access = std::move(access);
    result.how = stale ? CacheUse::stale : CacheUse::hit;
    return result;
}

LookupResult overloaded() {
    LookupResult result;
    result.message = too_many_waiters();
    result.retry_after = 1;
    return result;
}

}  // namespace

struct HostLookup::State : std::enable_shared_from_this<HostLookup::State> {
    struct Visit {
        Visit(State& state, const RecordId& id)
            : epoch(state.cache.epoch()),
              host({state.cache, state.user, state.loop, state.questions}, id,
                   [this, &state] { state.finished(*this); }) {}

        const std::uint64_t epoch;  // when it began
        HostVisit host;
        IntrusiveList<Waiter::Node, VisitTag> waiters;
        std::size_t count = 0;
    };
    using Visits = std::unordered_multimap<Digest, std::unique_ptr<Visit>, DigestHash>;

    State(const LookupSettings& its_settings, LookupSource& source, AccessCache& its_cache,
          EventLoop& its_loop, LookupLog its_log, std::string_view source_version,
          LookupMeter* meter);

    Waiter ask(const HostQuestion& question, const Done& done);
    std::optional<RepositoryAccess> peek(std::string_view uuid, std::string_view repository);
    void stop();

    RecordId host_id(const HostQuestion& question) const;
    LookupResult take_cached(const RecordId& id, const HostQuestion& question, CachedHost&& cached,
                             std::uint64_t now, std::uint64_t epoch);
    Visit* joinable(const RecordId& id);
    Waiter wait(Visit& visit, const Done& done, bool joined);
    void finished(Visit& visit);
    void keep(const Visit& visit, const LookupResult& result);
    std::unique_ptr<Visit> take(Visit& visit);
    void detach(Waiter::Node& node);
    void answer(Waiter::Node& node, const LookupResult& result);
    void set_deadline();
    void deadline_passed();

    const LookupSettings settings;
    AccessCache& cache;
    EventLoop& loop;
    const LookupLog log;
    CacheUser user;
    LookupQuestions questions;
    LocalAccess local{limits::kLocalHosts, limits::kLocalBytes};
    Visits visits;
    IntrusiveList<Waiter::Node, DeadlineTag> waiters;  // in the order of their deadlines
    std::size_t waiter_count = 0;
    std::unique_ptr<EventLoop::Timer> deadline;
};

struct HostLookup::Waiter::Node : ListHook<VisitTag>, ListHook<DeadlineTag> {
    ~Node() {
        if (state != nullptr) {
            state->detach(*this);
        }
    }

    State* state = nullptr;  // null: no longer waiting
    State::Visit* visit = nullptr;
    Done done;
    std::uint64_t since = 0;
    std::uint64_t until = 0;
    bool joined = false;
};

HostLookup::State::State(const LookupSettings& its_settings, LookupSource& source,
                         AccessCache& its_cache, EventLoop& its_loop, LookupLog its_log,
                         std::string_view source_version, LookupMeter* meter)
    : settings(its_settings),
      cache(its_cache),
      loop(its_loop),
      log(std::move(its_log)),
      user{lookup_fingerprint(settings, source_version), 0},
      questions({settings, source, cache, user, loop, log, meter}) {}

RecordId HostLookup::State::host_id(const HostQuestion& question) const {
    if (settings.source != LookupSourceType::certificate) {
        return cache.host_id(question.uuid);
    }
    // Here the answer is the certificate's, and a host may have several.
    std::string text(question.uuid);
    text += question.certificate_der;
    return cache.host_id(text);
}

HostLookup::Waiter HostLookup::State::ask(const HostQuestion& question, const Done& done) {
    const std::uint64_t now = loop.now_ms();
    const std::uint64_t epoch = cache.epoch();
    const RecordId id = host_id(question);
    if (const LocalAccess::Entry* entry = local.find(id.key, now, epoch)) {
        cache.count_local_hit();
        done(at_once(entry->access, entry->stale));
        return {};
    }
    const auto alive = shared_from_this();  // whatever DONE does
    if (Visit* visit = joinable(id)) {
        return wait(*visit, done, true);
    }
    CachedHost cached = read_cached_host(cache, user, id, now);
    if (cached.is_fresh) {
        done(take_cached(id, question, std::move(cached), now, epoch));
        return {};
    }
    auto visit = std::make_unique<Visit>(*this, id);
    if (!visit->host.begin(question)) {
        Visit& waited = *visit;
        visits.emplace(id.key, std::move(visit));
        return wait(waited, done, false);
    }
    const LookupResult result = visit->host.result({});
    keep(*visit, result);
    done(result);
    return {};
}

LookupResult HostLookup::State::take_cached(const RecordId& id, const HostQuestion& question,
                                            CachedHost&& cached, std::uint64_t now,
                                            std::uint64_t epoch) {
    for (const CachedHost::Due& due : cached.due) {
        questions.refresh({due.id, question, due.environment_key});
    }
    LookupResult result;
    if (cached.state == RecordState::known) {
        const std::uint64_t check_at = std::min(
            {std::max(cached.due_at, now + kCheckAgainAfter), cached.fresh_until, now + kKeptFor});
        local.put(id.key, LocalAccess::Entry(cached.access, false, check_at, epoch));
        return at_once(std::move(cached.access), false);
    }
    result.outcome = cached.state == RecordState::unknown_host ? LookupOutcome::unknown_host
                                                               : LookupOutcome::misconfigured;
    result.how = CacheUse::hit;
    result.message = std::move(cached.message);
    return result;
}

std::optional<RepositoryAccess> HostLookup::State::peek(std::string_view uuid,
                                                        std::string_view repository) {
    if (settings.source == LookupSourceType::certificate) {
        return std::nullopt;
    }
    const std::uint64_t now = loop.now_ms();
    const std::uint64_t epoch = cache.epoch();
    const RecordId id = cache.host_id(uuid);
    if (LocalAccess::Entry* entry = local.find(id.key, now, epoch)) {
        if (entry->stale) {
            return std::nullopt;
        }
        cache.count_local_hit();
        return entry->ask(repository);
    }
    auto access = cache.peek(user, id, repository, now);
    if (access && local.asked_before(id.key)) {
        CachedHost cached = read_cached_host(cache, user, id, now);
        if (cached.access && cached.due.empty()) {
            const std::uint64_t check_at = std::min(cached.due_at, now + kKeptFor);
            local.put(id.key, LocalAccess::Entry(std::move(cached.access), false, check_at, epoch));
        }
    }
    return access;
}

HostLookup::State::Visit* HostLookup::State::joinable(const RecordId& id) {
    const auto range = visits.equal_range(id.key);
    const auto found = std::find_if(range.first, range.second, [](const auto& each) {
        return each.second->host.may_be_joined();
    });
    return found == range.second ? nullptr : found->second.get();
}

HostLookup::Waiter HostLookup::State::wait(Visit& visit, const Done& done, bool joined) {
    if (waiter_count >= limits::kLookupWaiters || visit.count >= limits::kHostWaiters) {
        if (visit.count == 0) {
            take(visit);
        }
        done(overloaded());
        return {};
    }
    auto node = std::make_unique<Waiter::Node>();
    node->state = this;
    node->visit = &visit;
    node->done = done;
    node->since = loop.now_ms();
    node->until = given_up_at(settings, node->since);
    node->joined = joined;
    visit.waiters.push_back(*node);
    ++visit.count;
    const bool is_first = waiters.empty();
    waiters.push_back(*node);
    ++waiter_count;
    if (is_first) {
        set_deadline();
    }
    return Waiter(std::move(node));
}

void HostLookup::State::finished(Visit& visit) {
    const std::unique_ptr<Visit> ended = take(visit);
    const LookupResult result = ended->host.result({});
    keep(*ended, result);
    while (!ended->waiters.empty()) {
        answer(ended->waiters.front(), result);
    }
}

/// What this worker has just learned it need not look for in the cache, where there may have been
/// no room for it. And a source that fails is asked again soon, not for every request.
void HostLookup::State::keep(const Visit& visit, const LookupResult& result) {
    if (result.outcome != LookupOutcome::known) {
        return;
    }
    const bool stale = result.how == CacheUse::stale;
    const std::uint64_t now = loop.now_ms();
    const std::uint64_t check_at = stale
                                       ? std::min(visit.host.usable_until(), now + kCheckAgainAfter)
                                       : std::min(visit.host.due_at(), now + kKeptFor);
    local.put(visit.host.host().key,
              LocalAccess::Entry(result.access, stale, check_at, visit.epoch));
}

std::unique_ptr<HostLookup::State::Visit> HostLookup::State::take(Visit& visit) {
    const auto range = visits.equal_range(visit.host.host().key);
    const auto found = std::find_if(range.first, range.second,
                                    [&](const auto& each) { return each.second.get() == &visit; });
    if (found == range.second) {
        return nullptr;  // it has been taken already
    }
    std::unique_ptr<Visit> taken = std::move(found->second);
    visits.erase(found);
    return taken;
}

/// The request no longer waits. Its visit ends with the last one that does.
void HostLookup::State::detach(Waiter::Node& node) {
    static_cast<ListHook<VisitTag>&>(node).unlink();
    static_cast<ListHook<DeadlineTag>&>(node).unlink();
    node.state = nullptr;
    --waiter_count;
    if (--node.visit->count == 0) {
        take(*node.visit);
    }
    if (waiters.empty() && deadline) {
        deadline->cancel();
    }
}

void HostLookup::State::answer(Waiter::Node& node, const LookupResult& result) {
    LookupResult own = result;
    own.lookup_time = loop.now_ms() - node.since;
    if (node.joined && own.how == CacheUse::miss) {
        own.how = CacheUse::joined;
    }
    const Done done = std::move(node.done);
    detach(node);
    done(own);  // NODE may be gone now
}

void HostLookup::State::set_deadline() {
    if (waiters.empty()) {
        return;
    }
    if (!deadline) {
        deadline = loop.timer([weak = weak_from_this()] {
            if (const auto state = weak.lock()) {
                state->deadline_passed();
            }
        });
    }
    const std::uint64_t now = loop.now_ms();
    const std::uint64_t first = waiters.front().until;
    deadline->set(first > now ? first - now : 0, true);
}

void HostLookup::State::deadline_passed() {
    questions.deadline_passed();  // which may bring answers, older ones at least
    while (!waiters.empty() && waiters.front().until <= loop.now_ms()) {
        Waiter::Node& node = waiters.front();
        answer(node, node.visit->host.result(no_answer_in_time(settings)));
    }
    set_deadline();
}

void HostLookup::State::stop() {
    while (!waiters.empty()) {
        detach(waiters.front());
    }
    visits.clear();
    questions.stop();
    deadline.reset();
}

HostLookup::HostLookup(const LookupSettings& settings, LookupSource& source, AccessCache& cache,
                       EventLoop& loop, LookupLog log, std::string_view source_version,
                       LookupMeter* meter)
    : state_(std::make_shared<State>(settings, source, cache, loop, std::move(log), source_version,
                                     meter)) {
    state_->questions.set_owner(state_);
}

HostLookup::~HostLookup() {
    state_->stop();
}

HostLookup::Waiter HostLookup::ask(const HostQuestion& question, Done done) {
    return state_->ask(question, done);
}

std::optional<RepositoryAccess> HostLookup::peek(std::string_view uuid,
                                                 std::string_view repository) {
    return state_->peek(uuid, repository);
}

void HostLookup::drain() {
    state_->questions.drain();
}

std::size_t HostLookup::waiters() const noexcept {
    return state_->waiter_count;
}

std::size_t HostLookup::questions() const noexcept {
    return state_->questions.size();
}

CircuitState HostLookup::circuit() const {
    return state_->cache.circuit(state_->user, state_->loop.now_ms());
}

HostLookup::Waiter::Waiter() noexcept = default;
HostLookup::Waiter::Waiter(std::unique_ptr<Node> node) noexcept : node_(std::move(node)) {}
HostLookup::Waiter::Waiter(Waiter&&) noexcept = default;
HostLookup::Waiter& HostLookup::Waiter::operator=(Waiter&&) noexcept = default;
HostLookup::Waiter::~Waiter() = default;

HostLookup::Waiter::operator bool() const noexcept {
    return node_ != nullptr && node_->state != nullptr;
}

std::string_view cache_word(CacheUse use) noexcept {
    switch (use) {
        case CacheUse::none: break;
        case CacheUse::hit: return "hit";
        case CacheUse::stale: return "stale";
        case CacheUse::miss: return "miss";
        case CacheUse::joined: return "joined";
    }
    return "none";
}

}  // namespace certguard
