#include "certguard/diagnostic.hpp"

#include <algorithm>

#include "printable.hpp"

namespace certguard {

std::string to_string(const Diagnostic& diagnostic) {
    const Location& where = diagnostic.where;
    std::string line = printable(where.file);
    if (where.line > 0) {
        line += ':' + std::to_string(where.line) + ':' + std::to_string(where.column);
    }
    line += ": ";
    if (!where.key.empty()) {
        line += printable(where.key) + ": ";
    }
    line += diagnostic.severity == Diagnostic::Severity::error ? "error: " : "warning: ";
    return line + printable(diagnostic.message);
}

bool has_errors(const std::vector<Diagnostic>& diagnostics) noexcept {
    return std::any_of(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& diagnostic) {
        return diagnostic.severity == Diagnostic::Severity::error;
    });
}

}  // namespace certguard
