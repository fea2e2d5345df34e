// test-pki: the test PKI for scripts: t/*.t, tools/quickstart and bench/.
//
// One table names every option, the commands it belongs to and what it sets.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "rhsm_encoder.hpp"
#include "test_pki.hpp"

namespace {

using namespace certguard::test_pki;

enum Command : unsigned { kCa = 1, kLeaf = 2, kCrl = 4 };

/// A mistake on the command line.
struct UsageError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Settings {
    std::string out;
    std::string key_out;
    std::string ca;
    std::string ca_key;
    Spec spec;
    CrlSpec crl;
    bool der = false;
    std::optional<std::vector<std::string>> v3_paths;
    std::vector<std::string> v1_paths;
    bool sca = false;
};

struct Option {
    const char* name;
    const char* argument;  // empty: a flag
    unsigned commands;
    bool required;
    const char* help;
    std::function<void(Settings&, const std::string&)> apply;
};

std::string read(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!in) {
        throw std::runtime_error("can't read " + file + ": " + std::strerror(errno));
    }
    return text;
}

/// Replaces FILE in one step, so that a process that watches it never reads a half.
void write(const std::string& file, const std::string& text, mode_t mode) {
    std::string fresh = file + ".new";
    std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
    ::chmod(fresh.c_str(), mode);
    out << text;
    out.close();
    if (!out || std::rename(fresh.c_str(), file.c_str()) != 0) {
        std::string reason = std::strerror(errno);
        std::remove(fresh.c_str());
        throw std::runtime_error("can't write " + file + ": " + reason);
    }
}

/// "-1d", "+30m" from now on, "@1700000000" since the epoch, "2030-01-31T00:00:00Z".
std::int64_t parse_time(const std::string& text) {
    std::tm date{};
    const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &date);
    if (rest != nullptr && *rest == '\0') {
        return ::timegm(&date);
    }
    const char* end = text.data() + text.size();
    std::int64_t number = 0;
    if (text.size() > 1 && std::strchr("+-@", text[0]) != nullptr) {
        auto [stop, error] = std::from_chars(text.data() + 1, end, number);
        std::string_view unit(stop, static_cast<std::size_t>(end - stop));
        std::int64_t seconds = unit == "s"   ? 1
                               : unit == "m" ? 60
                               : unit == "h" ? 3600
                               : unit == "d" ? kDay
                                             : 0;
        if (error == std::errc{} && text[0] == '@' && unit.empty()) {
            return number;
        }
        if (error == std::errc{} && text[0] != '@' && seconds != 0) {
            return std::time(nullptr) + (text[0] == '-' ? -number : number) * seconds;
        }
    }
    throw UsageError("\"" + text +
                     "\" is no time: expected -1d, +30m (units s, m, h, d), @SECONDS since the "
                     "epoch, or 2030-01-31T00:00:00Z");
}

/// "1.2.3=0c0141"; "!1.2.3=..." makes it critical.
Extension parse_extension(std::string_view text) {
    Extension extension;
    extension.critical = !text.empty() && text[0] == '!';
    text.remove_prefix(extension.critical ? 1 : 0);
    std::size_t equals = text.find('=');
    std::string_view hex = equals == text.npos ? "x" : text.substr(equals + 1);
    extension.oid = text.substr(0, equals);
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        unsigned byte = 0;
        std::string_view pair = hex.substr(i, 2);
        auto [stop, error] = std::from_chars(pair.data(), pair.data() + pair.size(), byte, 16);
        if (pair.size() != 2 || error != std::errc{} || stop != pair.data() + 2) {
            throw UsageError("an extension is OID=HEX, with an even number of hex digits");
        }
        extension.der += static_cast<char>(byte);
    }
    return extension;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        lines.push_back(line);
    }
    return lines;
}

void add_v3_paths(Settings& settings, const std::vector<std::string>& paths) {
    std::vector<std::string>& all =
        settings.v3_paths ? *settings.v3_paths : settings.v3_paths.emplace();
    all.insert(all.end(), paths.begin(), paths.end());
}

Key parse_key_type(const std::string& type) {
    if (type != "ec" && type != "rsa") {
        throw UsageError("\"" + type + "\" is no key type: expected ec or rsa");
    }
    return make_key(type == "ec" ? KeyType::ec_p256 : KeyType::rsa_2048);
}

const std::vector<Option>& options() {
    static const std::vector<Option> table = {
        {"--out", "FILE", kCa | kLeaf | kCrl, true, "the certificate or CRL to write",
         [](Settings& s, const std::string& v) { s.out = v; }},
        {"--key", "FILE", kCa | kLeaf, false, "the private key to write",
         [](Settings& s, const std::string& v) { s.key_out = v; }},
        {"--use-key", "FILE", kCa | kLeaf, false, "an existing private key instead of a new one",
         [](Settings& s, const std::string& v) { s.spec.key = read_key(read(v)); }},
        {"--key-type", "TYPE", kCa | kLeaf, false, "of the new key: ec (P-256, default) or rsa",
         [](Settings& s, const std::string& v) { s.spec.key = parse_key_type(v); }},
        {"--ca", "FILE", kCa | kLeaf | kCrl, false, "who signs; without it: self-signed",
         [](Settings& s, const std::string& v) { s.ca = v; }},
        {"--ca-key", "FILE", kCa | kLeaf | kCrl, false, "that CA's private key",
         [](Settings& s, const std::string& v) { s.ca_key = v; }},
        {"--cn", "NAME", kCa | kLeaf, false, "common name; default for ca: Test CA",
         [](Settings& s, const std::string& v) { s.spec.common_name = v; }},
        {"--org", "NAME", kCa | kLeaf, false, "organization; may be given several times",
         [](Settings& s, const std::string& v) { s.spec.organizations.push_back(v); }},
        {"--from", "TIME", kCa | kLeaf | kCrl, false,
         "valid from, or the CRL's update; default -1d",
         [](Settings& s, const std::string& v) {
             s.spec.not_before = s.crl.this_update = parse_time(v);
         }},
        {"--until", "TIME", kCa | kLeaf | kCrl, false,
         "valid until, or the CRL's next update; default +30d",
         [](Settings& s, const std::string& v) {
             s.crl.next_update = parse_time(v);
             s.spec.not_after = *s.crl.next_update;
         }},
        {"--eku", "LIST", kCa | kLeaf, false,
         "purposes: client, server, email joined by commas; default: any",
         [](Settings& s, const std::string& v) { s.spec.purposes = v; }},
        {"--san", "LIST", kLeaf, false, "alternative names: DNS:localhost,IP:127.0.0.1",
         [](Settings& s, const std::string& v) { s.spec.alternative_names = v; }},
        {"--serial", "HEX", kCa | kLeaf, false, "serial number; default: random",
         [](Settings& s, const std::string& v) { s.spec.serial = v; }},
        {"--ext", "OID=HEX", kCa | kLeaf, false,
         "an extension's DER; !OID=HEX makes it critical; repeatable",
         [](Settings& s, const std::string& v) {
             s.spec.extensions.push_back(parse_extension(v));
         }},
        {"--v3-path", "PATH", kLeaf, false, "an RHSM v3 entitlement to this path; repeatable",
         [](Settings& s, const std::string& v) { add_v3_paths(s, {v}); }},
        {"--v3-paths-file", "FILE", kLeaf, false, "the same for each line of FILE, also for none",
         [](Settings& s, const std::string& v) { add_v3_paths(s, lines_of(read(v))); }},
        {"--sca", "", kLeaf, false, "make the v3 entitlement one of Simple Content Access",
         [](Settings& s, const std::string&) { s.sca = true; }},
        {"--v1-path", "PATH", kLeaf, false, "an RHSM v1 entitlement to this path; repeatable",
         [](Settings& s, const std::string& v) { s.v1_paths.push_back(v); }},
        {"--no-key-ids", "", kCa | kLeaf, false, "leave the key identifiers out",
         [](Settings& s, const std::string&) { s.spec.key_identifiers = false; }},
        {"--revoke", "FILE", kCrl, false, "a certificate to list as revoked; repeatable",
         [](Settings& s, const std::string& v) {
             s.crl.revoked.push_back(read_certificate(read(v)));
         }},
        {"--der", "", kCrl, false, "write DER instead of PEM",
         [](Settings& s, const std::string&) { s.der = true; }},
    };
    return table;
}

void print_usage(std::FILE* out) {
    std::fputs(
        "test-pki makes throw-away CAs, certificates and CRLs for tests.\n\n"
        "usage: test-pki ca   --out CA.pem --key CA.key [options]\n"
        "       test-pki leaf --out CERT.pem --key CERT.key --ca CA.pem --ca-key CA.key [options]\n"
        "       test-pki crl  --out CRL.pem --ca CA.pem --ca-key CA.key [--revoke CERT.pem] ...\n\n"
        "options:\n",
        out);
    for (const Option& option : options()) {
        std::string call = std::string(option.name) + " " + option.argument;
        std::string commands;
        for (auto [bit, name] : {std::pair{kCa, " ca"}, {kLeaf, " leaf"}, {kCrl, " crl"}}) {
            commands += (option.commands & bit) != 0 ? name : "";
        }
        std::fprintf(out, "  %-17s %s (%s)\n", call.c_str(), option.help, commands.c_str() + 1);
    }
    std::fputs(
        "\nTIME is -1d or +30m (from now; units s, m, h, d), @SECONDS since the epoch, or\n"
        "2030-01-31T00:00:00Z.\n",
        out);
}

const Option& find_option(const std::string& name, Command command) {
    for (const Option& option : options()) {
        if (name == option.name && (option.commands & command) != 0) {
            return option;
        }
    }
    throw UsageError("this command has no option " + name);
}

Settings parse(const std::vector<std::string>& words, Command command) {
    Settings settings;
    std::vector<const Option*> seen;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const Option& option = find_option(words[i], command);
        bool flag = *option.argument == '\0';
        if (!flag && i + 1 == words.size()) {
            throw UsageError(words[i] + " needs a " + option.argument);
        }
        option.apply(settings, flag ? std::string() : words[++i]);
        seen.push_back(&option);
    }
    for (const Option& option : options()) {
        if (option.required && std::find(seen.begin(), seen.end(), &option) == seen.end()) {
            throw UsageError(std::string(option.name) + " " + option.argument + " is missing");
        }
    }
    if (settings.ca.empty() != settings.ca_key.empty()) {
        throw UsageError("--ca and --ca-key belong together");
    }
    return settings;
}

std::vector<Extension> rhsm_extensions(const Settings& settings) {
    using namespace certguard::rhsm_encoder;
    if (settings.v3_paths && !settings.v1_paths.empty()) {
        throw UsageError("a certificate has a v1 or a v3 entitlement, not both");
    }
    if (settings.sca && !settings.v3_paths) {
        throw UsageError("--sca needs --v3-path or --v3-paths-file");
    }
    if (settings.v3_paths) {
        return v3_extensions(*settings.v3_paths, settings.sca);
    }
    return settings.v1_paths.empty() ? std::vector<Extension>() : v1_extensions(settings.v1_paths);
}

void run(Command command, const Settings& settings) {
    Identity ca;
    const Identity* issuer = nullptr;
    if (!settings.ca.empty()) {
        ca = {read_certificate(read(settings.ca)), read_key(read(settings.ca_key))};
        issuer = &ca;
    }
    if (command == kCrl) {
        if (issuer == nullptr) {
            throw UsageError("crl needs --ca and --ca-key");
        }
        auto crl = make_crl(settings.crl, *issuer);
        write(settings.out, settings.der ? der(*crl) : pem(*crl), 0644);
        return;
    }
    Spec spec = settings.spec;
    if (command == kCa && spec.common_name.empty()) {
        spec.common_name = "Test CA";
    }
    for (Extension& extension : rhsm_extensions(settings)) {
        spec.extensions.push_back(std::move(extension));
    }
    Identity made = command == kCa ? make_ca(spec, issuer) : make_leaf(spec, issuer);
    if (!settings.key_out.empty()) {
        write(settings.key_out, made.key_pem(), 0600);
    }
    write(settings.out, made.pem(), 0644);
}

Command command_named(std::string_view name) {
    if (name != "ca" && name != "leaf" && name != "crl") {
        throw UsageError("expected ca, leaf or crl");
    }
    return name == "ca" ? kCa : name == "leaf" ? kLeaf : kCrl;
}

}  // namespace

int main(int argc, char* argv[]) {
    std::vector<std::string> words(argv + 1, argv + argc);
    for (const std::string& word : words) {
        if (word == "--help" || word == "-h") {
            print_usage(stdout);
            return 0;
        }
    }
    try {
        Command command = command_named(words.empty() ? "" : words[0]);
        run(command, parse({words.begin() + 1, words.end()}, command));
        return 0;
    } catch (const UsageError& error) {
        std::fprintf(stderr, "test-pki: %s\nTry test-pki --help\n", error.what());
        return 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "test-pki: %s\n", error.what());
        return 1;
    }
}
