// How a source says what it found, or why it found nothing.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "certguard/lookup_source.hpp"

namespace certguard {

/// Why a question has no answer.
struct Failed {
    LookupStatus status = LookupStatus::unavailable;
    std::string message;
};

template <class T>
Answer<T> answer_of(Failed failed) {
    return {failed.status, {}, std::move(failed.message)};
}

template <class T>
Answer<T> answer_of(T value) {
    return {LookupStatus::found, std::move(value), {}};
}

/// Says that there are none.
std::unique_ptr<LookupSource::Pending> answer_no_names(const LookupSource::Done<NameList>& done);

/// QUESTION's UUID must be one before it gets into a URL or header, whoever asks.
std::optional<Failed> uuid_problem(const HostQuestion& question);

/// LIST sorted, each name once.
NameList sorted(NameList list);

}  // namespace certguard
