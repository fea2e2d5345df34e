#include "lookup_questions.hpp"

#include <algorithm>
#include <utility>

#include "answer_record.hpp"
#include "certguard/limits.hpp"
#include "lookup_messages.hpp"

namespace certguard {

namespace {

constexpr std::uint64_t kFirstPoll = 20;  // ms; doubled each time
constexpr std::uint64_t kLongestPoll = 250;
constexpr std::uint64_t kRetryAfter = 5'000;  // ms, when nothing better is known
constexpr std::uint64_t kStoreWarningEvery = 60'000;

}  // namespace

struct LookupQuestions::Question {
    RecordId id;
    std::string uuid;
    std::string certificate_pem;
    std::string certificate_der;
    std::string environment_key;

    std::uint64_t answered_at = 0;
    std::uint64_t asked_at = 0;
    std::uint64_t deadline = 0;
    std::uint64_t purges = 0;  // an answer is worth storing only if there was none since
    Begun begun;
    std::uint64_t polls = 0;
    bool is_asking = false;                // the source, under a claim
    bool is_cut_off = false;               // no longer asked, to be settled soon
    bool in_source = false;                // within the call that asks it
    std::optional<QuestionOutcome> early;  // what it answered within that call
    IntrusiveList<QuestionListener, QuestionTag> listeners;
    std::unique_ptr<EventLoop::Timer> poll_timer;
    std::unique_ptr<LookupSource::Pending> pending;

    AccessCache::Question claim() const noexcept { return {id, asked_at, deadline}; }
};

LookupQuestions::LookupQuestions(const Surroundings& surroundings) : with_(surroundings) {}
LookupQuestions::~LookupQuestions() = default;

std::function<void()> LookupQuestions::guarded(std::function<void()> work) const {
    return [owner = owner_, work = std::move(work)] {
        if (const auto alive = owner.lock()) {
            work();
        }
    };
}

/// The question that may be joined: an answer from before a purge is not for those who come later.
LookupQuestions::Question* LookupQuestions::current(const RecordId& id) noexcept {
    const std::uint64_t purges = with_.cache.purges();
    const auto found = std::find_if(questions_.begin(), questions_.end(), [&](const auto& each) {
        return each->id == id && each->purges == purges;
    });
    return found == questions_.end() ? nullptr : found->get();
}

LookupQuestions::Question& LookupQuestions::add(const QuestionText& text) {
    questions_.push_back(std::make_unique<Question>());
    Question& question = *questions_.back();
    question.id = text.id;
    question.uuid = text.host.uuid;
    question.certificate_pem = text.host.certificate_pem;
    question.certificate_der = text.host.certificate_der;
    question.environment_key = text.environment_key;
    question.answered_at = text.answered_at;
    question.asked_at = with_.loop.now_ms();
    question.deadline = given_up_at(with_.settings, question.asked_at);
    question.purges = with_.cache.purges();
    return question;
}

LookupQuestions::Asked LookupQuestions::ask(const QuestionText& text, QuestionListener& listener) {
    if (Question* question = current(text.id)) {
        question->listeners.push_back(listener);
        return {std::nullopt, true};
    }
    if (questions_.size() >= limits::kLookupQuestions) {
        return {failure(too_many_questions(), 1'000), false};
    }
    Question& question = add(text);
    std::optional<QuestionOutcome> outcome = begin(question);
    const bool elsewhere = !question.is_asking && !outcome;
    if (outcome) {
        take(question);
    } else {
        question.listeners.push_back(listener);
    }
    set_deadline();
    return {std::move(outcome), elsewhere};
}

/// Hosts that nobody waits for are asked about as fast as the source answers, and no faster: the
/// rest of the budget, and of the queue for a connection, belongs to those that somebody waits for.
bool LookupQuestions::may_refresh(const RecordId& id) noexcept {
    if (draining_ || current(id) != nullptr || questions_.size() >= limits::kLookupQuestions) {
        return false;
    }
    const auto refreshes =
        std::count_if(questions_.begin(), questions_.end(), [](const auto& each) {
            return each->id.kind == RecordKind::host && each->listeners.empty();
        });
    return id.kind != RecordKind::host ||
           static_cast<std::size_t>(refreshes) < with_.settings.connections;
}

void LookupQuestions::refresh(const QuestionText& text) {
    if (!may_refresh(text.id)) {
        return;
    }
    Question& question = add(text);
    if (begin(question) || !question.is_asking) {
        take(question);
    }
    set_deadline();
}

/// Begins the question, or begins it again. An outcome when it has ended already.
std::optional<QuestionOutcome> LookupQuestions::begin(Question& question) {
    question.begun = with_.cache.begin(with_.user, question.claim(), with_.loop.now_ms());
    switch (question.begun.outcome) {
        case Begun::Outcome::ask: return ask_source(question);
        case Begun::Outcome::wait: return claimed_elsewhere(question);
        case Begun::Outcome::failed:
            return failure(failed_elsewhere(with_.settings, question.begun.failure), kRetryAfter);
        case Begun::Outcome::closed: break;
    }
    return failure(circuit_is_open(with_.settings), question.begun.retry_after);
}

std::optional<QuestionOutcome> LookupQuestions::ask_source(Question& question) {
    question.is_asking = true;
    question.in_source = true;
    switch (question.id.kind) {
        case RecordKind::host:
            question.pending = with_.source.ask_host(
                {question.uuid, question.certificate_pem, question.certificate_der},
                answer_handler<HostAnswer>(question));
            break;
        case RecordKind::environment:
            question.pending = with_.source.ask_environment(question.environment_key,
                                                            answer_handler<NameList>(question));
            break;
        case RecordKind::open:
            question.pending = with_.source.ask_public(answer_handler<NameList>(question));
            break;
    }
    question.in_source = false;
    return std::move(question.early);
}

std::optional<QuestionOutcome> LookupQuestions::claimed_elsewhere(Question& question) {
    if (!question.poll_timer) {
        question.poll_timer = with_.loop.timer(guarded([this, &question] { poll(question); }));
    }
    const std::uint64_t delay = kFirstPoll << std::min<std::uint64_t>(question.polls++, 8);
    question.poll_timer->set(std::min(delay, kLongestPoll), false);
    return std::nullopt;
}

void LookupQuestions::poll(Question& question) {
    if (question.listeners.empty()) {
        take(question);
        return;
    }
    const std::uint64_t now = with_.loop.now_ms();
    AccessRecord record = with_.cache.read(with_.user, question.id, now);
    // What the source has said since somebody waits for it is an answer, also when it took longer
    // to come than it stays fresh; else those who wait would have to ask one after the other.
    const bool is_new =
        record.state != RecordState::absent && record.fetched_at > question.answered_at;
    if (record.is_fresh(now) || is_new) {
        settle(question, {true, std::move(record), {}, 0});
    } else if (const auto outcome = begin(question)) {
        settle(question, *outcome);
    }
}

template <class Value>
std::function<void(Answer<Value>)> LookupQuestions::answer_handler(Question& question) {
    return [this, owner = owner_, &question](Answer<Value> answer) {
        const auto alive = owner.lock();
        if (!alive) {
            return;
        }
        QuestionOutcome outcome = answered(question, std::move(answer));
        if (question.in_source) {
            question.early = std::move(outcome);
        } else {
            settle(question, outcome);
        }
    };
}

template <class Value>
QuestionOutcome LookupQuestions::answered(Question& question, Answer<Value>&& answer) {
    const LookupStatus status = answer.status;
    const std::string message = answer.message;
    auto record = record_of(std::move(answer), question.id, with_.settings, question.asked_at);
    if (!record) {
        // An environment or the public names can't be an unknown host: that, too, is a failure.
        const bool is_unknown = status == LookupStatus::unknown_host;
        return finish(question, is_unknown ? LookupStatus::failed : status, {}, message);
    }
    store(question, *record);
    return finish(question, LookupStatus::found, std::move(*record), message);
}

QuestionOutcome LookupQuestions::finish(Question& question, LookupStatus status,
                                        AccessRecord record, const std::string& message) {
    const CircuitChange change = with_.cache.finish(with_.user, question.claim(), question.begun,
                                                    status, with_.loop.now_ms());
    question.is_asking = false;
    if (status == LookupStatus::refused) {
        cut_off();
    }
    if (with_.meter != nullptr) {
        with_.meter->answered(status, with_.loop.now_ms() - question.asked_at);
    }
    report(change, status, message);
    if (record.state == RecordState::misconfigured) {
        with_.log(LogLevel::error, wrong_answer(with_.settings, question.uuid, message));
    }
    if (record.state == RecordState::absent) {
        return failure(message, kRetryAfter);
    }
    return {true, std::move(record), {}, 0};
}

void LookupQuestions::report(CircuitChange change, LookupStatus status,
                             const std::string& message) {
    if (change == CircuitChange::closed) {
        with_.log(LogLevel::notice, source_is_back(with_.settings));
    } else if (change == CircuitChange::opened && status == LookupStatus::refused) {
        with_.log(LogLevel::error, source_refuses(with_.settings, message));
    } else if (change == CircuitChange::opened) {
        with_.log(LogLevel::error, source_is_gone(with_.settings, message));
    }
}

void LookupQuestions::store(Question& question, AccessRecord& record) {
    const std::uint64_t now = with_.loop.now_ms();
    if (with_.cache.store(with_.user, question.id, record, question.purges, now) ||
        question.purges != with_.cache.purges() || now < store_warning_at_) {
        return;
    }
    store_warning_at_ = now + kStoreWarningEvery;
    with_.log(LogLevel::warning, not_stored(with_.settings));
}

QuestionOutcome LookupQuestions::failure(std::string message, std::uint64_t retry_after) const {
    return {false, {}, std::move(message), retry_after};
}

void LookupQuestions::settle(Question& question, const QuestionOutcome& outcome) {
    const std::unique_ptr<Question> ended = take(question);
    while (!ended->listeners.empty()) {
        QuestionListener& listener = ended->listeners.front();
        listener.unlink();
        listener.settled(outcome);
    }
}

/// Takes the question from those under way. Its source and its timer live as long as the result.
std::unique_ptr<LookupQuestions::Question> LookupQuestions::take(Question& question) {
    const auto found = std::find_if(questions_.begin(), questions_.end(),
                                    [&](const auto& each) { return each.get() == &question; });
    std::unique_ptr<Question> taken = std::move(*found);
    questions_.erase(found);
    if (taken->is_asking) {
        give_up(*taken);
    }
    set_deadline();
    return taken;
}

/// Releases the claim of a question whose answer will not come.
void LookupQuestions::give_up(Question& question) {
    question.pending.reset();
    question.is_asking = false;
    with_.cache.give_up(with_.user, question.claim(), question.begun, with_.loop.now_ms());
}

/// Gives up all other questions at once: each of them would be refused, too, and be counted by who
/// refuses. Who waits for them is told when whoever called this is done.
void LookupQuestions::cut_off() {
    for (const auto& question : questions_) {
        if (question->is_asking && !question->in_source) {
            give_up(*question);
            question->is_cut_off = has_cut_off_ = true;
        }
    }
    set_deadline();
}

void LookupQuestions::settle_cut_off() {
    const auto is_cut_off = [](const auto& question) { return question->is_cut_off; };
    for (has_cut_off_ = false;;) {
        const auto found = std::find_if(questions_.begin(), questions_.end(), is_cut_off);
        if (found == questions_.end()) {
            return;
        }
        const auto retry_after = static_cast<std::uint64_t>(limits::kRefusedOpenFor.count());
        settle(**found, failure(circuit_is_open(with_.settings), retry_after));
    }
}

void LookupQuestions::set_deadline() {
    if (questions_.empty()) {
        if (deadline_) {
            deadline_->cancel();
        }
        return;
    }
    if (!deadline_) {
        deadline_ = with_.loop.timer(guarded([this] { deadline_passed(); }));
    }
    const std::uint64_t now = with_.loop.now_ms();
    const std::uint64_t first = has_cut_off_ ? now : questions_.front()->deadline;
    // Who waits for an answer keeps the process alive, not who asks.
    deadline_->set(first > now ? first - now : 0, false);
}

void LookupQuestions::deadline_passed() {
    settle_cut_off();
    while (!questions_.empty() && questions_.front()->deadline <= with_.loop.now_ms()) {
        Question& question = *questions_.front();
        const std::string message = no_answer_in_time(with_.settings);
        if (!question.is_asking) {  // somebody else does, and has not been heard of
            settle(question, failure(message, kRetryAfter));
            continue;
        }
        question.pending.reset();
        settle(question, finish(question, LookupStatus::unavailable, {}, message));
    }
    set_deadline();
}

void LookupQuestions::drain() {
    draining_ = true;
    for (auto each = questions_.begin(); each != questions_.end();) {
        Question& question = **each++;
        if (question.listeners.empty()) {
            take(question);
        }
    }
}

void LookupQuestions::stop() {
    draining_ = true;
    while (!questions_.empty()) {
        take(*questions_.front());
    }
    deadline_.reset();
}

}  // namespace certguard
