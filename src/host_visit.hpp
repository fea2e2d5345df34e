// One host being looked up: its record first, then its environments and the public names, each from
// the cache or by a question. All requests for the host wait for the same visit.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "certguard/access_cache.hpp"
#include "certguard/host_lookup.hpp"
#include "lookup_questions.hpp"

namespace certguard {

class HostVisit {
  public:
    struct Surroundings {
        AccessCache& cache;
        CacheUser& user;
        EventLoop& loop;
        LookupQuestions& questions;
    };
    /// FINISHED is called once, from the loop, when begin() has said that it is not finished; it
    /// may destroy the visit.
    HostVisit(const Surroundings& surroundings, const RecordId& host,
              std::function<void()> finished);
    HostVisit(const HostVisit&) = delete;
    HostVisit& operator=(const HostVisit&) = delete;

    /// Returns whether all is known already. QUESTION must live for the call only.
    bool begin(const HostQuestion& question);

    const RecordId& host() const noexcept { return host_.id; }
    /// May a request of now wait for this visit? Not when something was purged since it began.
    bool may_be_joined() const noexcept { return purges_ == with_.cache.purges(); }

    /// What can be said now. Parts that are not known yet count as failed, with MISSING as the
    /// reason: a stale answer takes their place, or the lookup is unavailable.
    LookupResult result(const std::string& missing) const;
    /// When the first of the records that the result is made of should be refreshed.
    std::uint64_t due_at() const noexcept;
    /// How long a result that is stale may be used.
    std::uint64_t usable_until() const noexcept;

  private:
    struct Part final : QuestionListener {
        enum class State { unasked, waiting, good, stale, failed };
        Part(HostVisit& its_visit, const RecordId& its_id, std::string key)
            : visit(its_visit), id(its_id), environment_key(std::move(key)) {}
        void settled(const QuestionOutcome& outcome) override;

        HostVisit& visit;
        RecordId id;
        std::string environment_key;
        State state = State::unasked;
        AccessRecord record;  // good, or what may stand in for it
        bool was_asked = false;
        bool was_joined = false;  // somebody else had asked
        std::string message;      // failed
        std::uint64_t retry_after = 0;
    };

    void ask(Part& part, const HostQuestion& question);
    void take(Part& part, const QuestionOutcome& outcome);
    bool advance();
    void add_parts();
    bool is_over(const Part& part) const noexcept;
    bool is_usable(const Part& part) const noexcept;
    static CacheUse how_told(const Part& part) noexcept;
    LookupResult unavailable(const Part& part, const std::string& missing) const;
    LookupResult known() const;

    Surroundings with_;
    std::function<void()> finished_;
    std::uint64_t purges_;
    Part host_;
    std::vector<std::unique_ptr<Part>> parts_;  // environments, and the public names at the end
};

}  // namespace certguard
