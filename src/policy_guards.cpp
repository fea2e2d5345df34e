// The guards of a policy, key by key.
#include "policy_guards.hpp"

#include <algorithm>

#include "certguard/identity_headers.hpp"
#include "certguard/limits.hpp"
#include "policy_values.hpp"
#include "printable.hpp"

namespace certguard {
namespace {

/// The words of GuardType, in its order.
const std::vector<std::string_view> kTypes = {"x509", "rhsm", "host"};

/// ASCII only, as DNS has it.
std::string lower_case(std::string name) {
    for (char& c : name) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return name;
}

/// Reads one guard, key by key.
class GuardReader {
  public:
    GuardReader(const Field& field, const std::string& directory, Findings& findings)
        : keys_(field, findings), directory_(directory), findings_(findings) {}

    GuardSettings read() {
        read_type();
        read_trust();
        read_names();
        read_serves();
        read_paths();
        read_lookups();
        read_header();
        keys_.finish();
        return std::move(guard_);
    }

  private:
    bool is(GuardType type) const { return type_ == type; }
    bool is_registry() const { return guard_.serves == GuardServes::registry; }

    /// The field of a key that is for other types of guards only when IS_FOR is false; WHY tells
    /// which. A guard whose type is in error has them all.
    std::optional<Field> find_if(bool is_for, std::string_view key, const std::string& why) {
        std::optional<Field> field = keys_.find(key);
        if (field && type_ && !is_for) {
            findings_.error(field->where, why);
            return std::nullopt;
        }
        return field;
    }

    void read_type() {
        if (const auto field = keys_.require("type", "x509, rhsm or host")) {
            if (const auto type = read_word(*field, kTypes, findings_)) {
                type_ = static_cast<GuardType>(*type);
                guard_.type = *type_;
            }
        }
    }

    void read_serves() {
        const auto field = keys_.find("serves");
        const auto word = field ? read_word(*field, {"content", "registry"}, findings_) : 0;
        guard_.serves = word == 1 ? GuardServes::registry : GuardServes::content;
        if (word == 1 && type_ && !is(GuardType::host)) {
            findings_.error(field->where, "only a guard of type host can serve a registry");
        }
    }

    void read_trust() {
        const std::size_t errors = findings_.errors();
        if (const auto field = keys_.require("ca", "a file or a list of files")) {
            guard_.ca = read_files(*field, directory_, findings_);
            if (field->node->kind == YamlNode::Kind::list && field->node->items.empty()) {
                findings_.error(field->where, "found an empty list, expected at least one file");
            }
        }
        if (const auto field = keys_.find("crl")) {
            guard_.crl = read_files(*field, directory_, findings_);
        }
        // Half a list would only lead to more errors when the files are read.
        if (findings_.errors() != errors) {
            guard_.ca.clear();
            guard_.crl.clear();
        }
    }

    void read_names() {
        constexpr std::string_view kExpected = "a certificate's whole CN like proxy.example.com";
        const auto field = find_if(is(GuardType::x509), "names",
                                   "only a guard of type x509 has this key; the others go by what "
                                   "else is in the certificate");
        if (!field) {
            return;
        }
        for (const Field& item : read_list(*field, "a name or a list of names", findings_)) {
            const auto name = read_text(item, kExpected, findings_);
            if (name && (name->find('*') != name->npos || name->size() > limits::kNameBytes)) {
                findings_.error(item.where,
                                "found " + quoted(*name) + ", expected " + std::string(kExpected) +
                                    ": there are no wildcards, and no CN of more than " +
                                    std::to_string(limits::kNameBytes) + " bytes counts");
            } else if (name) {
                guard_.names.push_back(lower_case(*name));
            }
        }
        if (field->node->kind == YamlNode::Kind::list && field->node->items.empty()) {
            findings_.error(field->where, "found an empty list, expected at least one name");
        }
    }

    /// The field of a key that is for guards of type rhsm only.
    std::optional<Field> find_for_rhsm(std::string_view key) {
        return find_if(is(GuardType::rhsm), key,
                       "only a guard of type rhsm has this key; this one is of type " +
                           std::string(kTypes[static_cast<std::size_t>(guard_.type)]) +
                           (is(GuardType::x509) ? ", which compares no paths" : ""));
    }

    void read_lookups() {
        const auto lookup =
            is(GuardType::host)
                ? keys_.require("lookup", "the name of a lookup")
                : find_if(false, "lookup",
                          "only a guard of type host has this key; is \"require_host\" meant?");
        guard_.lookup = name_of(lookup);
        guard_.require_host =
            name_of(find_if(!is(GuardType::host), "require_host",
                            "a guard of type host always requires a host that its lookup knows"));
    }

    std::optional<LookupName> name_of(const std::optional<Field>& field) {
        auto name = field ? read_text(*field, "the name of a lookup", findings_) : std::nullopt;
        return name ? std::optional(LookupName{std::move(*name), field->where}) : std::nullopt;
    }

    void read_paths() {
        const bool is_prefixed = is(GuardType::rhsm) || (is(GuardType::host) && !is_registry());
        const auto prefix = is(GuardType::x509) ? find_for_rhsm("path_prefix")
                                                : find_if(is_prefixed, "path_prefix",
                                                          "a registry's paths have no prefix");
        if (prefix) {
            read_path_prefix(*prefix);
        }
        bool is_match_known = true;
        if (const auto field = find_for_rhsm("match")) {
            const auto match = read_word(*field, {"request", "base_path"}, findings_);
            is_match_known = match.has_value();
            guard_.match = match == 1 ? PathMatch::base_path : PathMatch::request;
        }
        if (const auto field = find_for_rhsm("base_path")) {
            read_base_paths(*field);
            if (is_match_known && guard_.match == PathMatch::request) {
                findings_.error(field->where, "base_path needs \"match: base_path\" beside it");
            }
        } else if (guard_.match == PathMatch::base_path) {
            keys_.require("base_path", "a path or a list of paths, because of match: base_path");
        }
    }

    void read_path_prefix(const Field& field) {
        constexpr std::string_view kExpected = "a path like /pulp/content/";
        const auto path = read_url_path(field, kExpected, findings_);
        if (path && field.node->text.front() != '/') {
            findings_.error(field.where, "found " + what_is(*field.node) + ", expected " +
                                             std::string(kExpected) + ", with a slash in front");
        } else if (path) {
            guard_.path_prefix = path->empty() ? "/" : '/' + *path + '/';
        }
    }

    void read_base_paths(const Field& field) {
        for (const Field& item : read_list(field, "a path or a list of paths", findings_)) {
            constexpr std::string_view kExpected = "a distribution's base path like some/path";
            auto path = read_url_path(item, kExpected, findings_);
            if (path && path->empty()) {
                findings_.error(item.where, "found " + what_is(*item.node) + ", expected " +
                                                std::string(kExpected));
            } else if (path) {
                guard_.base_paths.push_back(std::move(*path));
            }
        }
        if (field.node->kind == YamlNode::Kind::list && field.node->items.empty()) {
            findings_.error(field.where, "found an empty list, expected at least one path");
        }
    }

    void read_header() {
        if (const auto field = keys_.find("forward_header")) {
            constexpr std::string_view kExpected = "the name of a header or none";
            if (const auto name = read_text(*field, kExpected, findings_)) {
                guard_.forward_header = *name == "none" ? "" : *name;
                const std::string problem = *name == "none" ? "" : header_name_problem(*name);
                if (!problem.empty()) {
                    findings_.error(field->where, problem + "; expected " + std::string(kExpected));
                }
            }
        }
        if (const auto field = keys_.find("max_header")) {
            guard_.max_header =
                read_size(*field, limits::kLeastMaxHeader, limits::kMostMaxHeader, findings_)
                    .value_or(guard_.max_header);
        }
    }

    FieldMap keys_;
    const std::string& directory_;
    Findings& findings_;
    GuardSettings guard_;
    std::optional<GuardType> type_;  // nothing when it is missing or wrong
};

}  // namespace

std::vector<GuardSettings> read_guards(const Field& field, const std::string& directory,
                                       Findings& findings) {
    constexpr std::string_view kExpected = "a map of guards by their names";
    std::vector<GuardSettings> guards;
    if (!expect(field, YamlNode::Kind::map, kExpected, findings)) {
        return guards;
    }
    if (field.node->items.empty()) {
        findings.error(field.where, "found an empty map, expected at least one guard");
    }
    FieldMap map(field, findings);
    const std::vector<Field> fields = map.all();
    check_count(field, fields.size(), limits::kGuards, "guards", findings);
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const std::string& name = field.node->keys[i].name;
        if (name == "off") {
            findings.error(fields[i].where,
                           "no guard can be named \"off\": in nginx.conf it means no guard");
        } else {
            check_name(fields[i].where, name, "a guard's name", findings);
        }
        if (expect(fields[i], YamlNode::Kind::map, "a map with the guard's type and ca",
                   findings)) {
            guards.push_back(GuardReader(fields[i], directory, findings).read());
            guards.back().name = name;
            guards.back().where = fields[i].where;
        }
    }
    return guards;
}

void check_trusted_proxies(const PolicySettings& policy, bool are_guards_good, Findings& findings) {
    if (!are_guards_good) {
        return;  // a guard with errors may lack what it says
    }
    const GuardName& proxies = *policy.trusted_proxies;
    const auto guard =
        std::find_if(policy.guards.begin(), policy.guards.end(),
                     [&](const GuardSettings& one) { return one.name == proxies.name; });
    const std::string name = quoted(proxies.name);
    if (guard == policy.guards.end()) {
        findings.error(proxies.where,
                       "found " + name + ", expected the name of a guard of type x509");
    } else if (guard->type != GuardType::x509) {
        findings.error(proxies.where,
                       "the guard " + name + " is of type " +
                           std::string(kTypes[static_cast<std::size_t>(guard->type)]) +
                           ", expected one of type x509 with the proxies' names");
    } else if (guard->names.empty()) {
        findings.error(proxies.where,
                       "the guard " + name +
                           " has no names: every certificate of its CA, each host's too, could "
                           "then speak for others; give it the proxies' names");
    }
}

}  // namespace certguard
