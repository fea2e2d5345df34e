// What a lookup did and said, in words and in JSON.
#pragma once

#include <string>
#include <vector>

#include "cli/live_lookup.hpp"
#include "json_writer.hpp"

namespace certguard::cli {

/// Can such a source be asked with the host's certificate only?
bool needs_certificate(LookupSourceType source) noexcept;
/// What such a source can't tell at all; of a host that has none the answer is an empty list.
bool tells_environments(LookupSourceType source) noexcept;
bool tells_repositories(LookupSourceType source) noexcept;

/// "GET /v2/_catalog -> 200, 12 ms", of the server that SETTINGS name.
std::string in_words(const LookupSettings& settings, const Exchange& exchange);
/// Whom SETTINGS ask and what was answered: one line for each request, and one for the answer.
std::vector<std::string> steps_of(const LookupSettings& settings, const LookupAnswer& answer);
/// The labels of the environments that ACCESS is made of.
std::vector<std::string> labels_of(const HostAccess& access);
/// The member "requests" of an object.
void write_requests(const std::vector<Exchange>& exchanges, JsonWriter& json);

}  // namespace certguard::cli
