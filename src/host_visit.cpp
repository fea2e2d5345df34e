#include "host_visit.hpp"

#include <algorithm>
#include <utility>

namespace certguard {

namespace {

constexpr std::uint64_t kRetryAfter = 5'000;  // ms, of what has not been heard of at all

unsigned in_seconds(std::uint64_t milliseconds) noexcept {
    return static_cast<unsigned>(std::max<std::uint64_t>(1, (milliseconds + 999) / 1000));
}

LookupOutcome outcome_of(RecordState state) noexcept {
    switch (state) {
        case RecordState::known: return LookupOutcome::known;
        case RecordState::unknown_host: return LookupOutcome::unknown_host;
        case RecordState::misconfigured: return LookupOutcome::misconfigured;
        case RecordState::absent: break;
    }
    return LookupOutcome::unavailable;
}

}  // namespace

HostVisit::HostVisit(const Surroundings& surroundings, const RecordId& host,
                     std::function<void()> finished)
    : with_(surroundings),
      finished_(std::move(finished)),
      purges_(with_.cache.purges()),
      host_(*this, host, {}) {}

bool HostVisit::begin(const HostQuestion& question) {
    ask(host_, question);
    return advance();
}

void HostVisit::ask(Part& part, const HostQuestion& question) {
    const std::uint64_t now = with_.loop.now_ms();
    AccessRecord record = with_.cache.read(with_.user, part.id, now);
    const QuestionText text{part.id, question, part.environment_key, record.fetched_at};
    if (record.is_fresh(now)) {
        if (now >= record.due_at()) {
            with_.questions.refresh(text);
        }
        part.record = std::move(record);
        part.state = Part::State::good;
        return;
    }
    if (record.state == RecordState::known) {
        part.record = std::move(record);
    }
    part.was_asked = true;
    part.state = Part::State::waiting;
    LookupQuestions::Asked asked = with_.questions.ask(text, part);
    part.was_joined = asked.joined;
    if (asked.outcome) {
        take(part, *asked.outcome);
    }
}

void HostVisit::take(Part& part, const QuestionOutcome& outcome) {
    if (outcome.answered) {
        part.record = outcome.record;
        part.state = Part::State::good;
    } else {
        part.state = is_usable(part) ? Part::State::stale : Part::State::failed;
        part.message = outcome.message;
        part.retry_after = outcome.retry_after;
    }
}

void HostVisit::Part::settled(const QuestionOutcome& outcome) {
    visit.take(*this, outcome);
    if (visit.advance()) {
        const std::function<void()> finished = visit.finished_;
        finished();  // the visit may be gone now
    }
}

/// Asks what can be asked now. True when all is known, or enough to say no.
bool HostVisit::advance() {
    if (!is_over(host_)) {
        return false;
    }
    const bool is_known =
        host_.state != Part::State::failed && host_.record.state == RecordState::known;
    if (!is_known) {
        return true;
    }
    if (parts_.empty()) {
        add_parts();
    }
    for (const auto& part : parts_) {
        if (part->state == Part::State::unasked) {
            ask(*part, {});
        }
        if (part->state == Part::State::failed ||
            part->record.state == RecordState::misconfigured) {
            return true;
        }
    }
    return std::all_of(parts_.begin(), parts_.end(),
                       [this](const auto& part) { return is_over(*part); });
}

void HostVisit::add_parts() {
    for (const EnvironmentRef& environment : host_.record.profile->environments) {
        if (!environment.key.empty()) {
            parts_.push_back(std::make_unique<Part>(
                *this, with_.cache.environment_id(environment.key), environment.key));
        }
    }
    parts_.push_back(std::make_unique<Part>(*this, with_.cache.open_id(), std::string()));
}

bool HostVisit::is_over(const Part& part) const noexcept {
    return part.state != Part::State::unasked && part.state != Part::State::waiting;
}

/// Is there an answer, or an older one that may stand in for it?
bool HostVisit::is_usable(const Part& part) const noexcept {
    return part.state == Part::State::good || part.record.is_usable(with_.loop.now_ms());
}

LookupResult HostVisit::result(const std::string& missing) const {
    if (!is_usable(host_)) {
        return unavailable(host_, missing);
    }
    if (host_.record.state != RecordState::known) {
        LookupResult result;
        result.outcome = outcome_of(host_.record.state);
        result.message = host_.record.message;
        result.how = how_told(host_);
        return result;
    }
    for (const auto& part : parts_) {
        if (!is_usable(*part)) {
            return unavailable(*part, missing);
        }
        if (part->record.state == RecordState::misconfigured) {
            LookupResult result;
            result.outcome = LookupOutcome::misconfigured;
            result.message = part->record.message;
            result.how = how_told(*part);
            return result;
        }
    }
    // Without its parts a host can't be told, whatever is known of it.
    return parts_.empty() ? unavailable(host_, missing) : known();
}

/// Where the answer of one part alone came from.
CacheUse HostVisit::how_told(const Part& part) noexcept {
    if (!part.was_asked) {
        return CacheUse::hit;
    }
    return part.was_joined ? CacheUse::joined : CacheUse::miss;
}

std::uint64_t HostVisit::due_at() const noexcept {
    std::uint64_t due = host_.record.due_at();
    for (const auto& part : parts_) {
        due = std::min(due, part->record.due_at());
    }
    return due;
}

std::uint64_t HostVisit::usable_until() const noexcept {
    std::uint64_t until = host_.record.usable_until;
    for (const auto& part : parts_) {
        until = std::min(until, part->record.usable_until);
    }
    return until;
}

LookupResult HostVisit::unavailable(const Part& part, const std::string& missing) const {
    LookupResult result;
    result.outcome = LookupOutcome::unavailable;
    result.message = part.message.empty() ? missing : part.message;
    result.retry_after = in_seconds(part.retry_after != 0 ? part.retry_after : kRetryAfter);
    return result;
}

LookupResult HostVisit::known() const {
    bool stale = host_.state != Part::State::good;
    bool asked = host_.was_asked;
    bool joined = !host_.was_asked || host_.was_joined;
    std::vector<HostAccess::Names> own{host_.record.names};
    for (const auto& part : parts_) {
        stale = stale || part->state != Part::State::good;
        asked = asked || part->was_asked;
        joined = joined && (!part->was_asked || part->was_joined);
        own.push_back(part->record.names);
    }
    HostAccess::Names open = std::move(own.back());
    own.pop_back();
    LookupResult result;
    result.outcome = LookupOutcome::known;
    result.access =
        std::make_shared<const HostAccess>(host_.record.profile, std::move(own), std::move(open));
    result.how = stale    ? CacheUse::stale
                 : !asked ? CacheUse::hit
                 : joined ? CacheUse::joined
                          : CacheUse::miss;
    return result;
}

}  // namespace certguard
