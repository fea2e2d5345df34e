#include <cerrno>
#include <cstring>
#include <fstream>
#include <istream>
#include <ostream>

#include "certguard/limits.hpp"
#include "cli/command.hpp"
#include "cli/entitlement_files.hpp"
#include "cli/path_escapes.hpp"
#include "json_writer.hpp"
#include "printable.hpp"

namespace certguard::cli {
namespace {

/// Answers line after line.
class Batch {
  public:
    Batch(const PathsBatchOptions& options, Streams streams)
        : options_(options),
          streams_(streams),
          files_(limits::kRememberedCertificates, limits::kRememberedBytes) {}

    int run(std::istream& input) {
        for (std::string line; std::getline(input, line);) {
            ++number_;
            write(line, answer(line));
            // Someone who types lines, or a program that talks to us, waits for the answer.
            if (input.rdbuf()->in_avail() <= 0) {
                streams_.out.flush();
            }
        }
        if (input.bad()) {
            streams_.err << "certguard: " << printable(options_.file) << ": "
                         << std::strerror(errno) << '\n';
            return kTrouble;
        }
        return has_malformed_ ? kTrouble : kYes;
    }

  private:
    const char* answer(std::string_view line) {
        const std::size_t tab = line.find('\t');
        if (tab == std::string_view::npos) {
            return malformed("no TAB between a certificate file and a path");
        }
        const Result<std::string> path = unescape_path(line.substr(tab + 1));
        if (!path) {
            return malformed(path.error().message);
        }
        const Result<Entitlement>& entitlement = files_.read(line.substr(0, tab));
        if (!entitlement) {
            return "error";
        }
        const Result<bool> allowed = entitlement->authorizes(*path);
        return !allowed ? "error" : *allowed ? "allow" : "deny";
    }

    const char* malformed(const std::string& why) {
        has_malformed_ = true;
        streams_.err << "certguard: " << printable(options_.file) << ':' << number_ << ": " << why
                     << '\n';
        return "error";
    }

    void write(const std::string& line, const char* answer) {
        if (!options_.json) {
            streams_.out << line << '\t' << answer << '\n';
            return;
        }
        JsonWriter json;
        json.begin_object().member("line", line).member("answer", answer).end_object();
        streams_.out << json.text() << '\n';
    }

    const PathsBatchOptions& options_;
    Streams streams_;
    EntitlementFiles files_;
    std::size_t number_ = 0;
    bool has_malformed_ = false;
};

}  // namespace

int paths_batch(const PathsBatchOptions& options, Streams streams) {
    if (options.file == "-") {
        return Batch(options, streams).run(streams.in);
    }
    errno = 0;
    std::ifstream file(options.file, std::ios::binary);
    if (!file) {
        streams.err << "certguard: " << printable(options.file) << ": " << std::strerror(errno)
                    << '\n';
        return kTrouble;
    }
    return Batch(options, streams).run(file);
}

}  // namespace certguard::cli
