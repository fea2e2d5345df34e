#include "policy_lookups.hpp"

#include <algorithm>
#include <array>

#include "certguard/limits.hpp"
#include "certguard/origin.hpp"
#include "policy_values.hpp"
#include "printable.hpp"

namespace certguard {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

/// The words of LookupSourceType, in its order.
const std::vector<std::string_view> kSources = {"foreman", "catalog", "consumer", "certificate",
                                                "file"};

constexpr std::size_t kMostConnections = 64;

std::string_view word_of(LookupSourceType source) {
    return kSources[static_cast<std::size_t>(source)];
}

bool asks_katello(LookupSourceType source) {
    return source == LookupSourceType::foreman || source == LookupSourceType::catalog ||
           source == LookupSourceType::consumer;
}

/// Reads one lookup, key by key.
class LookupReader {
  public:
    LookupReader(const Field& field, const std::string& directory, Findings& findings)
        : keys_(field, findings), directory_(directory), findings_(findings) {}

    LookupEntry read() {
        read_source();
        read_server();
        read_user();
        read_identity();
        read_hosts();
        read_times();
        keys_.finish();
        return std::move(entry_);
    }

  private:
    bool is(LookupSourceType source) const { return source_ == source; }

    /// The field of a key that only sources have for which IS_FOR is true; a source that is itself
    /// in error has them all.
    std::optional<Field> find_if(bool is_for, std::string_view key) {
        std::optional<Field> field = keys_.find(key);
        if (field && source_ && !is_for) {
            findings_.error(field->where,
                            "a lookup with \"source: " + std::string(word_of(*source_)) +
                                "\" has no use for this key");
            return std::nullopt;
        }
        return field;
    }

    /// The same, and an error when such a source lacks it.
    std::optional<Field> require_if(bool is_for, std::string_view key, std::string_view expected) {
        return is_for ? keys_.require(key, expected) : find_if(is_for, key);
    }

    std::optional<FileName> file_of(const std::optional<Field>& field) {
        return field ? read_file_name(*field, directory_, findings_) : std::nullopt;
    }

    void read_source() {
        if (const auto field = keys_.require("source", joined_with_or(kSources))) {
            if (const auto source = read_word(*field, kSources, findings_)) {
                source_ = static_cast<LookupSourceType>(*source);
                entry_.settings.source = *source_;
            }
        }
    }

    void read_server() {
        const bool is_for = source_ && asks_katello(*source_);
        constexpr std::string_view kExpected = "a URL like https://foreman.example.com";
        if (const auto field = require_if(is_for, "url", kExpected)) {
            read_url(*field, kExpected);
        }
        entry_.ca = file_of(find_if(is_for, "ca"));
        if (const auto field = find_if(is_for, "connections")) {
            entry_.settings.connections = read_number(*field, 1, kMostConnections, findings_)
                                              .value_or(entry_.settings.connections);
        }
        read_time_into(find_if(is_for, "timeout"), 100ms, 1min, entry_.settings.timeout);
        const auto connect = find_if(is_for, "connect_timeout");
        read_time_into(connect, 100ms, 1min, entry_.settings.connect_timeout);
        if (entry_.settings.connect_timeout > entry_.settings.timeout) {
            if (connect) {
                findings_.error(connect->where, "longer than the timeout of the whole request");
            }
            entry_.settings.connect_timeout = entry_.settings.timeout;
        }
    }

    /// Quotes nothing of a URL that is wrong: it may hold a password.
    void read_url(const Field& field, std::string_view expected) {
        if (!expect(field, YamlNode::Kind::text, expected, findings_)) {
            return;
        }
        Result<Origin> origin = parse_origin(field.node->text);
        if (origin) {
            entry_.settings.url = std::move(origin->text);
        } else {
            findings_.error(field.where, origin.error().message);
        }
    }

    void read_user() {
        constexpr std::string_view kExpected = "the login of a Foreman user";
        const bool is_for = is(LookupSourceType::foreman);
        if (const auto field = require_if(is_for, "user", kExpected)) {
            const auto user = read_text(*field, kExpected, findings_);
            if (user && user->find(':') != std::string::npos) {
                findings_.error(field->where,
                                "found " + quoted(*user) + ", expected a login without a colon");
            } else if (user) {
                entry_.settings.user = *user;
            }
        }
        entry_.password_file = file_of(require_if(
            is_for, "password_file", "a file with the user's personal access token or password"));
    }

    void read_identity() {
        const bool is_for = source_ && asks_katello(*source_);
        const auto certificate = find_if(is_for, "certificate");
        const auto key = find_if(is_for, "key");
        if (certificate.has_value() != key.has_value()) {
            findings_.error(certificate ? certificate->where : key->where,
                            certificate ? "a certificate needs its key beside it"
                                        : "a key needs its certificate beside it");
        }
        entry_.certificate = file_of(certificate);
        entry_.key = file_of(key);
    }

    void read_hosts() {
        entry_.hosts =
            file_of(require_if(is(LookupSourceType::file), "file", "the name of a hosts file"));
    }

    void read_times() {
        read_time_into(keys_.find("fresh"), 1s, 24h, entry_.settings.fresh);
        read_time_into(keys_.find("stale"), 0s, 7 * 24h, entry_.settings.stale);
        read_time_into(keys_.find("unknown"), 1s, 1h, entry_.settings.unknown);
    }

    void read_time_into(const std::optional<Field>& field, milliseconds least, milliseconds most,
                        milliseconds& time) {
        if (field) {
            time = read_time(*field, least, most, findings_).value_or(time);
        }
    }

    FieldMap keys_;
    const std::string& directory_;
    Findings& findings_;
    LookupEntry entry_;
    std::optional<LookupSourceType> source_;  // nothing when it is missing or wrong
};

const LookupEntry* find_lookup(const PolicySettings& policy, const std::string& name) {
    const auto found =
        std::find_if(policy.lookups.begin(), policy.lookups.end(),
                     [&](const LookupEntry& entry) { return entry.settings.name == name; });
    return found == policy.lookups.end() ? nullptr : &*found;
}

bool tells_repositories(LookupSourceType source) {
    return source == LookupSourceType::foreman || source == LookupSourceType::catalog ||
           source == LookupSourceType::file;
}

bool tells_environments(LookupSourceType source) {
    return source != LookupSourceType::catalog;
}

bool tells_unknown_hosts(LookupSourceType source) {
    return source == LookupSourceType::foreman || source == LookupSourceType::consumer ||
           source == LookupSourceType::file;
}

class LookupNameCheck {
  public:
    LookupNameCheck(const PolicySettings& policy, Findings& findings)
        : policy_(policy), findings_(findings) {}

    void check(const GuardSettings& guard) {
        if (guard.lookup && guard.serves == GuardServes::registry) {
            check(
                *guard.lookup, tells_repositories,
                "can't tell container repositories, which a guard with \"serves: registry\" needs");
        } else if (guard.lookup) {
            check(*guard.lookup, tells_environments,
                  "can't tell a host's environments, which a guard with \"serves: content\" needs");
        }
        if (guard.require_host) {
            check(*guard.require_host, tells_unknown_hosts,
                  "can't tell a host that is gone from one that is there");
        }
    }

  private:
    void check(const LookupName& name, bool (*is_fit)(LookupSourceType), const char* problem) {
        const LookupEntry* lookup = find_lookup(policy_, name.name);
        if (lookup == nullptr) {
            findings_.error(name.where,
                            "found " + quoted(name.name) + ", expected " + names_in_words());
        } else if (!is_fit(lookup->settings.source)) {
            findings_.error(name.where, "the lookup " + quoted(name.name) + " with \"source: " +
                                            std::string(word_of(lookup->settings.source)) + "\" " +
                                            problem);
        }
    }

    std::string names_in_words() const {
        std::vector<std::string_view> names;
        for (const LookupEntry& entry : policy_.lookups) {
            names.push_back(entry.settings.name);
        }
        return names.empty() ? "the name of a lookup; there are no lookups in this policy"
                             : "one of the lookups: " + joined_with_or(names);
    }

    const PolicySettings& policy_;
    Findings& findings_;
};

}  // namespace

std::vector<LookupEntry> read_lookups(const Field& field, const std::string& directory,
                                      Findings& findings) {
    std::vector<LookupEntry> lookups;
    if (!expect(field, YamlNode::Kind::map, "a map of lookups by their names", findings)) {
        return lookups;
    }
    const std::vector<Field> fields = FieldMap(field, findings).all();
    check_count(field, fields.size(), limits::kLookups, "lookups", findings);
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const std::string& name = field.node->keys[i].name;
        check_name(fields[i].where, name, "a lookup's name", findings);
        if (expect(fields[i], YamlNode::Kind::map, "a map with the lookup's source", findings)) {
            lookups.push_back(LookupReader(fields[i], directory, findings).read());
        } else {
            lookups.emplace_back();  // so that guards may name it without another error
        }
        lookups.back().settings.name = name;
        lookups.back().where = fields[i].where;
    }
    return lookups;
}

void check_lookup_names(const PolicySettings& policy, Findings& findings) {
    LookupNameCheck check(policy, findings);
    for (const GuardSettings& guard : policy.guards) {
        check.check(guard);
    }
}

}  // namespace certguard
