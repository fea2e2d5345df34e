// What a source's answer means as a record: how long it holds. Pure functions of answer, settings
// and time.
#pragma once

#include <cstdint>
#include <optional>

#include "certguard/access_record.hpp"
#include "certguard/lookup_settings.hpp"
#include "certguard/lookup_source.hpp"

namespace certguard {

/// What is remembered of ANSWER, which was asked for at ASKED_AT; its freshness counts from then
/// on, because the source may have looked as early as that. Nothing when it is a failure.
std::optional<AccessRecord> record_of(Answer<HostAnswer>&& answer, const RecordId& id,
                                      const LookupSettings& settings, std::uint64_t asked_at);
std::optional<AccessRecord> record_of(Answer<NameList>&& answer, const RecordId& id,
                                      const LookupSettings& settings, std::uint64_t asked_at);

/// `fresh` less up to a tenth, the same for one ID in all workers, so that what was asked for at
/// one time is not asked for again at one time.
std::uint64_t fresh_for(const LookupSettings& settings, const RecordId& id) noexcept;

/// When a question that is asked NOW has failed at the latest: connect_timeout and timeout later.
std::uint64_t given_up_at(const LookupSettings& settings, std::uint64_t now) noexcept;

}  // namespace certguard
