#include "lookup_messages.hpp"

#include "certguard/limits.hpp"
#include "printable.hpp"

namespace certguard {

namespace {

std::string name_of(const LookupSettings& settings) {
    return "lookup " + quoted(settings.name);
}

/// "katello.example.com", or what else is asked.
std::string source_of(const LookupSettings& settings) {
    return settings.url.empty() ? "its source" : printable(settings.url);
}

std::string seconds(std::chrono::milliseconds duration) {
    const auto count = duration.count();
    const std::string fraction = count % 1000 == 0 ? "" : '.' + std::to_string(count % 1000 / 100);
    return std::to_string(count / 1000) + fraction + " s";
}

}  // namespace

std::string source_is_gone(const LookupSettings& settings, std::string_view why) {
    return name_of(settings) + ": " + source_of(settings) + " does not answer: " + printable(why) +
           "; what is remembered is used for " + seconds(settings.stale) +
           " more, other hosts get 503; it is asked again every " +
           seconds(limits::kCircuitOpenFor);
}

std::string source_refuses(const LookupSettings& settings, std::string_view why) {
    return name_of(settings) + ": " + source_of(settings) +
           " refuses this proxy: " + printable(why) + "; what is remembered is used for " +
           seconds(settings.stale) + " more, other hosts get 503; it is asked again every " +
           seconds(limits::kRefusedOpenFor);
}

std::string source_is_back(const LookupSettings& settings) {
    return name_of(settings) + ": " + source_of(settings) + " answers again";
}

std::string wrong_answer(const LookupSettings& settings, std::string_view uuid,
                         std::string_view why) {
    const std::string host = uuid.empty() ? std::string() : " about host " + printable(uuid);
    return name_of(settings) + ": " + source_of(settings) + " gives an answer" + host +
           " that can't be right: " + printable(why) + "; it is denied";
}

std::string not_stored(const LookupSettings& settings) {
    return name_of(settings) +
           ": an answer does not fit into the zone and has to be asked for again and again; give "
           "certguard_zone more memory";
}

std::string circuit_is_open(const LookupSettings& settings) {
    return name_of(settings) + ": " + source_of(settings) + " has not answered lately";
}

std::string failed_elsewhere(const LookupSettings& settings, LookupStatus status) {
    const bool refused = status == LookupStatus::refused;
    return name_of(settings) + ": " + source_of(settings) +
           (refused ? " has refused to answer another worker" : " has not answered another worker");
}

std::string no_answer_in_time(const LookupSettings& settings) {
    return name_of(settings) + ": no answer from " + source_of(settings) + " within " +
           seconds(settings.connect_timeout + settings.timeout);
}

std::string too_many_questions() {
    return "more than " + std::to_string(limits::kLookupQuestions) +
           " questions are under way in this worker";
}

std::string too_many_waiters() {
    return "too many requests wait for a lookup in this worker";
}

}  // namespace certguard
