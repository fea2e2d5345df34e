#include "answer_record.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "certguard/limits.hpp"

namespace certguard {

namespace {

std::uint64_t milliseconds(std::chrono::milliseconds duration) noexcept {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
}

AccessRecord record_in(RecordState state, std::uint64_t asked_at, std::uint64_t fresh,
                       std::uint64_t stale) {
    AccessRecord record;
    record.state = state;
    record.fetched_at = asked_at;
    record.fresh_until = asked_at + fresh;
    record.usable_until = asked_at + fresh + stale;
    return record;
}

/// What is not an answer with content, but an answer.
AccessRecord short_record(RecordState state, const LookupSettings& settings, std::uint64_t asked_at,
                          std::string message) {
    AccessRecord record = record_in(state, asked_at, milliseconds(settings.unknown), 0);
    record.message = std::move(message);
    return record;
}

std::shared_ptr<const NameSet> set_of(NameList&& names) {
    return names.empty() ? nullptr : std::make_shared<const NameSet>(std::move(names));
}

}  // namespace

std::uint64_t fresh_for(const LookupSettings& settings, const RecordId& id) noexcept {
    std::uint64_t hash = 0;
    std::memcpy(&hash, id.key.data(), sizeof hash);
    hash = (hash + static_cast<std::uint64_t>(id.kind)) * 0x9e3779b97f4a7c15;
    const std::uint64_t fresh = milliseconds(settings.fresh);
    return fresh - fresh / 10 * (hash >> 56) / 255;
}

std::uint64_t given_up_at(const LookupSettings& settings, std::uint64_t now) noexcept {
    return now + milliseconds(settings.connect_timeout) + milliseconds(settings.timeout);
}

std::optional<AccessRecord> record_of(Answer<HostAnswer>&& answer, const RecordId& id,
                                      const LookupSettings& settings, std::uint64_t asked_at) {
    if (answer.value.environments.size() > limits::kHostEnvironments) {
        answer.status = LookupStatus::misconfigured;
        answer.message = "the host is in more than " + std::to_string(limits::kHostEnvironments) +
                         " content view environments";
    }
    switch (answer.status) {
        case LookupStatus::unknown_host:
            return short_record(RecordState::unknown_host, settings, asked_at, {});
        case LookupStatus::misconfigured:
            return short_record(RecordState::misconfigured, settings, asked_at,
                                std::move(answer.message));
        case LookupStatus::refused:
        case LookupStatus::unavailable:
        case LookupStatus::failed: return std::nullopt;
        case LookupStatus::found: break;
    }
    std::uint64_t fresh = fresh_for(settings, id);
    if (answer.value.environments.empty() && answer.value.repositories.empty()) {
        // Just registered, most likely, or a catalog's way to say that there is no such host.
        fresh = std::min(fresh, milliseconds(settings.unknown));
    }
    AccessRecord record =
        record_in(RecordState::known, asked_at, fresh, milliseconds(settings.stale));
    record.profile = std::make_shared<const HostProfile>(
        HostProfile{std::move(answer.value.organization), std::move(answer.value.environments)});
    record.names = set_of(std::move(answer.value.repositories));
    return record;
}

std::optional<AccessRecord> record_of(Answer<NameList>&& answer, const RecordId& id,
                                      const LookupSettings& settings, std::uint64_t asked_at) {
    if (answer.status == LookupStatus::misconfigured) {
        return short_record(RecordState::misconfigured, settings, asked_at,
                            std::move(answer.message));
    }
    if (answer.status != LookupStatus::found) {
        return std::nullopt;  // no names are never taken for an answer
    }
    AccessRecord record = record_in(RecordState::known, asked_at, fresh_for(settings, id),
                                    milliseconds(settings.stale));
    record.names = set_of(std::move(answer.value));
    return record;
}

}  // namespace certguard
