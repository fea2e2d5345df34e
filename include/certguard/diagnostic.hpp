// One finding about a configuration file, addressed to the admin who has to mend it.
#pragma once

#include <string>
#include <vector>

namespace certguard {

struct Location {
    std::string file;
    int line = 0;     // from 1; 0: the file as a whole
    int column = 0;   // from 1
    std::string key;  // "guards.content.ca[1]"; empty: the file as a whole
};

struct Diagnostic {
    enum class Severity { error, warning };
    Severity severity = Severity::error;
    Location where;
    std::string message;  // what was found, what was expected
};

/// "policy.yaml:12:5: guards.content.ca: error: ..." — one line, control characters escaped.
std::string to_string(const Diagnostic& diagnostic);

/// Is there an error among them? Warnings alone prevent nothing.
bool has_errors(const std::vector<Diagnostic>& diagnostics) noexcept;

}  // namespace certguard
