// A policy that a subcommand works with.
#pragma once

#include <iosfwd>
#include <memory>
#include <string>

#include "certguard/policy.hpp"

namespace certguard::cli {

/// Reads FILE with all that it names. What is wrong with it goes to ERR; null when it can't be
/// used.
std::shared_ptr<const Policy> read_policy(const std::string& file, std::ostream& err);

/// "one, two": to tell which names there are.
std::string names_of(const std::vector<Guard>& guards);
std::string names_of(const std::vector<LookupSettings>& lookups);

}  // namespace certguard::cli
