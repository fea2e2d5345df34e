// What the lookups tell the admin: each line names the lookup and its url, says what happened, what
// follows from it, and what can be done.
#pragma once

#include <string>
#include <string_view>

#include "certguard/lookup_settings.hpp"
#include "certguard/lookup_source.hpp"

namespace certguard {

// Log lines.
std::string source_is_gone(const LookupSettings& settings, std::string_view why);
std::string source_refuses(const LookupSettings& settings, std::string_view why);
std::string source_is_back(const LookupSettings& settings);
std::string wrong_answer(const LookupSettings& settings, std::string_view uuid,
                         std::string_view why);
std::string not_stored(const LookupSettings& settings);

// Why a request gets no answer.
std::string circuit_is_open(const LookupSettings& settings);
std::string failed_elsewhere(const LookupSettings& settings, LookupStatus status);
std::string no_answer_in_time(const LookupSettings& settings);
std::string too_many_questions();
std::string too_many_waiters();

}  // namespace certguard
