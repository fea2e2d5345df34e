#include <ostream>

#include "cli/command.hpp"
#include "cli/entitlement_files.hpp"
#include "cli/path_escapes.hpp"
#include "json_writer.hpp"
#include "printable.hpp"

namespace certguard::cli {
namespace {

Result<bool> ask(const PathsOptions& options, const std::string& path) {
    const Result<Entitlement> entitlement = read_entitlement(options.certificate);
    return entitlement ? entitlement->authorizes(path) : entitlement.error();
}

}  // namespace

int paths(const PathsOptions& options, Streams streams) {
    const Result<std::string> path = unescape_path(options.path);
    if (!path) {
        streams.err << "certguard: --path: " << path.error().message << '\n';
        return kTrouble;
    }
    const Result<bool> allowed = ask(options, *path);
    const char* const answer = !allowed ? "error" : *allowed ? "allow" : "deny";
    if (options.json) {
        JsonWriter json;
        json.begin_object().member("answer", answer);
        json.member_or_null("problem", allowed ? "" : allowed.error().message).end_object();
        streams.out << json.text() << '\n';
    } else {
        streams.out << answer << '\n';
        if (!allowed) {
            streams.err << "certguard: " << printable(allowed.error().message) << '\n';
        }
    }
    return !allowed ? kTrouble : *allowed ? kYes : kNo;
}

}  // namespace certguard::cli
