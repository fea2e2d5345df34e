#include "lookup_files.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "certguard/curl_client.hpp"
#include "certguard/hosts_file.hpp"
#include "read_file.hpp"

namespace certguard {
namespace {

class LookupLoader {
  public:
    LookupLoader(const LookupEntry& entry, std::vector<Diagnostic>& diagnostics)
        : entry_(entry), settings_(entry.settings), diagnostics_(diagnostics) {}

    LookupSettings load(std::vector<Diagnostic>& in_hosts_files) {
        const std::size_t before = diagnostics_.size();
        settings_.ca_pem = text_of(entry_.ca, limits::kTrustFileBytes);
        settings_.certificate_pem = text_of(entry_.certificate, limits::kCertificateBytes);
        settings_.key_pem = text_of(entry_.key, limits::kSecretBytes);
        if (entry_.password_file) {
            settings_.password = password_in(text_of(entry_.password_file, limits::kSecretBytes));
        }
        warn_if_public(entry_.key);
        warn_if_public(entry_.password_file);
        if (entry_.hosts) {
            load_hosts(*entry_.hosts, in_hosts_files);
        }
        if (!settings_.url.empty() &&
            !has_errors({diagnostics_.begin() + before, diagnostics_.end()})) {
            check_transport();
        }
        return std::move(settings_);
    }

  private:
    void report(Diagnostic::Severity severity, const FileName& file, const std::string& message) {
        diagnostics_.push_back({severity, file.where, file.path + ": " + message});
    }

    /// Empty, and an error, when the file can't be read or is empty; empty without a FILE.
    std::string text_of(const std::optional<FileName>& file, std::size_t most) {
        if (!file) {
            return {};
        }
        Result<FileContent> content = read_file(file->path, most);
        if (!content) {
            report(Diagnostic::Severity::error, *file, content.error().message);
            return {};
        }
        if (content->text.empty()) {
            report(Diagnostic::Severity::error, *file, "the file is empty");
        }
        return std::move(content->text);
    }

    /// TEXT without the line end that editors and echo leave behind it.
    std::string password_in(std::string text) {
        if (text.empty()) {
            return text;  // reported before
        }
        if (text.back() == '\n') {
            text.pop_back();
        }
        if (!text.empty() && text.back() == '\r') {
            text.pop_back();
        }
        const bool has_control = std::any_of(text.begin(), text.end(), [](char c) {
            return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
        });
        if (text.empty() || has_control) {
            report(Diagnostic::Severity::error, *entry_.password_file,
                   "expected one line with the password and nothing else");
        }
        return text;
    }

    void warn_if_public(const std::optional<FileName>& file) {
        struct stat status {};
        if (file && ::stat(file->path.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0) {
            report(Diagnostic::Severity::warning, *file,
                   "every user of this machine can read it; take that away with chmod o-r");
        }
    }

    /// Do the files hold what they should: CAs, a certificate and its key?
    void check_transport() {
        if (const auto problem = CurlClient::problem(settings_)) {
            diagnostics_.push_back({Diagnostic::Severity::error, entry_.where, problem->message});
        }
    }

    void load_hosts(const FileName& file, std::vector<Diagnostic>& in_hosts_files) {
        // One byte more than parse_hosts() takes, so that it says what is too large.
        const Result<FileContent> content = read_file(file.path, limits::kHostsFileBytes + 1);
        if (!content) {
            report(Diagnostic::Severity::error, file, content.error().message);
            return;
        }
        ParsedHosts parsed = parse_hosts(content->text, file.path);
        settings_.hosts = std::move(parsed.hosts);
        in_hosts_files.insert(in_hosts_files.end(), parsed.diagnostics.begin(),
                              parsed.diagnostics.end());
    }

    const LookupEntry& entry_;
    LookupSettings settings_;
    std::vector<Diagnostic>& diagnostics_;
};

}  // namespace

LookupSettings load_lookup(const LookupEntry& entry, std::vector<Diagnostic>& diagnostics,
                           std::vector<Diagnostic>& in_hosts_files) {
    return LookupLoader(entry, diagnostics).load(in_hosts_files);
}

}  // namespace certguard
