// The questions that a worker has under way: each asked once, whoever waits for its answer.
//
// A question is claimed in the cache first. When another worker has it already, this one looks into
// the cache now and then until the answer is there. Every question ends within the lookup's
// timeouts, whatever its source does; the answer is stored even when nobody waits for it any more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "certguard/access_cache.hpp"
#include "certguard/event_loop.hpp"
#include "certguard/host_lookup.hpp"
#include "intrusive_list.hpp"

namespace certguard {

/// How a question ended.
struct QuestionOutcome {
    bool answered = false;
    AccessRecord record;            // when answered
    std::string message;            // when not: why, for the admin
    std::uint64_t retry_after = 0;  // ms, when not
};

struct QuestionTag;

/// Somebody who waits for the outcome; leaves by being destroyed.
class QuestionListener : public ListHook<QuestionTag> {
  public:
    virtual void settled(const QuestionOutcome& outcome) = 0;

  protected:
    ~QuestionListener() = default;
};

/// What is asked. Views: valid for the call.
struct QuestionText {
    RecordId id;
    HostQuestion host;                 // RecordKind::host
    std::string_view environment_key;  // RecordKind::environment
    std::uint64_t answered_at = 0;     // AccessRecord::fetched_at of what is remembered; 0: nothing
};

class LookupQuestions {
  public:
    struct Surroundings {
        const LookupSettings& settings;
        LookupSource& source;
        AccessCache& cache;
        CacheUser& user;
        EventLoop& loop;
        const LookupLog& log;
        LookupMeter* meter = nullptr;
    };
    explicit LookupQuestions(const Surroundings& surroundings);
    ~LookupQuestions();

    /// Handlers run only as long as OWNER lives, and keep it alive meanwhile.
    void set_owner(std::weak_ptr<void> owner) { owner_ = std::move(owner); }

    struct Asked {
        std::optional<QuestionOutcome> outcome;  // at once; LISTENER is not called then
        bool joined = false;                     // somebody had asked it already
    };
    Asked ask(const QuestionText& text, QuestionListener& listener);
    /// Asks for a new answer, though there is a good one, unless somebody does already or too many
    /// other hosts are being refreshed.
    void refresh(const QuestionText& text);

    /// Ends the questions whose time is over; their timer does that, too.
    void deadline_passed();

    /// Gives up the questions that nobody waits for, and lets no new ones of that kind begin.
    void drain();
    /// Gives up all; no listener is called.
    void stop();

    std::size_t size() const noexcept { return questions_.size(); }

  private:
    struct Question;
    using Questions = std::list<std::unique_ptr<Question>>;  // in the order of their deadlines

    Question* current(const RecordId& id) noexcept;
    bool may_refresh(const RecordId& id) noexcept;
    Question& add(const QuestionText& text);
    std::optional<QuestionOutcome> begin(Question& question);
    std::optional<QuestionOutcome> ask_source(Question& question);
    std::optional<QuestionOutcome> claimed_elsewhere(Question& question);
    template <class Value>
    std::function<void(Answer<Value>)> answer_handler(Question& question);
    template <class Value>
    QuestionOutcome answered(Question& question, Answer<Value>&& answer);
    QuestionOutcome finish(Question& question, LookupStatus status, AccessRecord record,
                           const std::string& message);
    void report(CircuitChange change, LookupStatus status, const std::string& message);
    void store(Question& question, AccessRecord& record);
    QuestionOutcome failure(std::string message, std::uint64_t retry_after) const;
    std::function<void()> guarded(std::function<void()> work) const;
    void settle(Question& question, const QuestionOutcome& outcome);
    std::unique_ptr<Question> take(Question& question);
    void give_up(Question& question);
    void cut_off();
    void settle_cut_off();
    void poll(Question& question);
    void set_deadline();

    Surroundings with_;
    std::weak_ptr<void> owner_;
    Questions questions_;
    std::unique_ptr<EventLoop::Timer> deadline_;
    std::uint64_t store_warning_at_ = 0;  // no other one before
    bool has_cut_off_ = false;            // questions that are to be settled soon
    bool draining_ = false;
};

}  // namespace certguard
