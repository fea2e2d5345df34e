#include <ctime>
#include <ostream>

#include "certguard/policy.hpp"
#include "cli/command.hpp"
#include "json_writer.hpp"
#include "printable.hpp"

namespace certguard::cli {
namespace {

std::size_t count(const std::vector<Diagnostic>& diagnostics, Diagnostic::Severity severity) {
    std::size_t found = 0;
    for (const Diagnostic& diagnostic : diagnostics) {
        found += diagnostic.severity == severity ? 1 : 0;
    }
    return found;
}

std::string counted(std::size_t number, const std::string& what) {
    return std::to_string(number) + ' ' + what + (number == 1 ? "" : "s");
}

void write_json(const CheckOptions& options, const LoadedPolicy& loaded, std::ostream& out) {
    JsonWriter json;
    json.begin_object().member("ok", loaded.policy != nullptr).member("file", options.policy);
    json.key("guards").begin_array();
    if (loaded.policy) {
        for (const Guard& guard : loaded.policy->guards) {
            json.value(guard.settings.name);
        }
    }
    json.end_array().key("diagnostics").begin_array();
    for (const Diagnostic& diagnostic : loaded.diagnostics) {
        const bool is_error = diagnostic.severity == Diagnostic::Severity::error;
        json.begin_object()
            .member("severity", is_error ? "error" : "warning")
            .member("file", diagnostic.where.file)
            .member("line", std::int64_t{diagnostic.where.line})
            .member("column", std::int64_t{diagnostic.where.column})
            .member("key", diagnostic.where.key)
            .member("message", diagnostic.message)
            .end_object();
    }
    out << json.end_array().end_object().text() << '\n';
}

void write_text(const CheckOptions& options, const LoadedPolicy& loaded, Streams streams) {
    for (const Diagnostic& diagnostic : loaded.diagnostics) {
        streams.err << to_string(diagnostic) << '\n';
    }
    const std::size_t errors = count(loaded.diagnostics, Diagnostic::Severity::error);
    const std::size_t warnings = count(loaded.diagnostics, Diagnostic::Severity::warning);
    streams.out << printable(options.policy) << ": ";
    if (loaded.policy) {
        streams.out << "ok, " << counted(loaded.policy->guards.size(), "guard");
    } else {
        streams.out << counted(errors, "error");
    }
    if (warnings > 0) {
        streams.out << ", " << counted(warnings, "warning");
    }
    streams.out << '\n';
}

}  // namespace

int check(const CheckOptions& options, Streams streams) {
    const LoadedPolicy loaded = load_policy(options.policy, std::time(nullptr));
    if (options.json) {
        write_json(options, loaded, streams.out);
    } else {
        write_text(options, loaded, streams);
    }
    return loaded.policy ? kYes : loaded.was_read ? kNo : kTrouble;
}

}  // namespace certguard::cli
