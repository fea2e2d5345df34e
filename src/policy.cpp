// The schema of the policy file: which keys there are, and what each takes.
#include "certguard/policy.hpp"

#include <algorithm>

#include "certguard/identity_headers.hpp"
#include "policy_draft.hpp"
#include "policy_values.hpp"
#include "printable.hpp"

namespace certguard {
namespace {

constexpr std::size_t kGuardNameLength = 64;

std::string directory_of(const std::string& file) {
    const std::size_t slash = file.rfind('/');
    return slash == std::string::npos ? "" : file.substr(0, slash + 1);
}

bool is_guard_name(std::string_view name) {
    return !name.empty() && name.size() <= kGuardNameLength &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '.' || c == '-';
           });
}

void check_guard_name(const Location& where, std::string_view name, Findings& findings) {
    if (name == "off") {
        findings.error(where, "no guard can be named \"off\": in nginx.conf it means no guard");
    } else if (!is_guard_name(name)) {
        findings.error(where, "found " + quoted(name) +
                                  ", expected a guard's name: up to 64 letters, digits, '_', '.' "
                                  "and '-'");
    }
}

/// Reads one guard, key by key.
class GuardReader {
  public:
    GuardReader(const Field& field, const std::string& directory, Findings& findings)
        : keys_(field, findings), directory_(directory), findings_(findings) {}

    GuardSettings read() {
        read_type();
        read_trust();
        read_word_if_given("serves", {"content"});
        read_paths();
        read_header();
        keys_.finish();
        return std::move(guard_);
    }

  private:
    std::optional<std::size_t> read_word_if_given(std::string_view key,
                                                  const std::vector<std::string_view>& words) {
        const std::optional<Field> field = keys_.find(key);
        return field ? read_word(*field, words, findings_) : std::nullopt;
    }

    void read_type() {
        if (const auto field = keys_.require("type", "x509 or rhsm")) {
            if (const auto type = read_word(*field, {"x509", "rhsm"}, findings_)) {
                guard_.type = *type == 0 ? GuardType::x509 : GuardType::rhsm;
                is_x509_ = guard_.type == GuardType::x509;
            }
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

    /// The field of a key that is for guards of type rhsm only.
    std::optional<Field> find_for_rhsm(std::string_view key) {
        std::optional<Field> field = keys_.find(key);
        if (field && is_x509_) {
            findings_.error(field->where,
                            "only a guard of type rhsm has this key; this one is of "
                            "type x509, which compares no paths");
            return std::nullopt;
        }
        return field;
    }

    void read_paths() {
        if (const auto field = find_for_rhsm("path_prefix")) {
            read_path_prefix(*field);
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
    bool is_x509_ = false;
};

void read_version(FieldMap& keys, Findings& findings) {
    const std::string expected = "1, the version of this file's format";
    const std::optional<Field> field = keys.require("version", expected);
    if (field && expect(*field, YamlNode::Kind::text, expected, findings) &&
        field->node->text != "1") {
        findings.error(field->where, "found " + what_is(*field->node) + ", expected " + expected);
    }
}

std::vector<std::string> read_strip_headers(const Field& field, Findings& findings) {
    constexpr std::string_view kExpected = "the name of a header, or a prefix of names with a *";
    std::vector<std::string> names;
    for (const Field& item : read_list(field, "a header or a list of headers", findings)) {
        if (auto name = read_text(item, kExpected, findings)) {
            const std::string problem = strip_entry_problem(*name);
            if (problem.empty()) {
                names.push_back(std::move(*name));
            } else {
                findings.error(item.where, problem + "; expected " + std::string(kExpected));
            }
        }
    }
    return names;
}

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
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const std::string& name = field.node->keys[i].name;
        check_guard_name(fields[i].where, name, findings);
        if (expect(fields[i], YamlNode::Kind::map, "a map with the guard's type and ca",
                   findings)) {
            guards.push_back(GuardReader(fields[i], directory, findings).read());
            guards.back().name = name;
            guards.back().where = fields[i].where;
        }
    }
    return guards;
}

PolicySettings read_policy(const YamlNode& root, const std::string& file, Findings& findings) {
    PolicySettings policy;
    const Field whole{&root, findings.at(root.mark, "")};
    if (!expect(whole, YamlNode::Kind::map, "a map with the keys version and guards", findings)) {
        return policy;
    }
    FieldMap keys(whole, findings);
    read_version(keys, findings);
    if (const auto field = keys.find("strip_headers")) {
        policy.strip_headers = read_strip_headers(*field, findings);
    }
    if (const auto field = keys.require("guards", "a map of guards by their names")) {
        policy.guards = read_guards(*field, directory_of(file), findings);
    }
    keys.finish();
    return policy;
}

}  // namespace

PolicyDraft draft_policy(std::string_view text, const std::string& file) {
    Findings findings(file);
    const YamlDocument document = read_yaml(text);
    for (const YamlProblem& problem : document.problems) {
        findings.error(findings.at(problem.mark, problem.key), problem.message);
    }
    PolicyDraft draft;
    if (document.root) {
        draft.settings = read_policy(*document.root, file, findings);
    }
    draft.diagnostics = findings.take();
    return draft;
}

ParsedPolicy parse_policy(std::string_view text, const std::string& file) {
    PolicyDraft draft = draft_policy(text, file);
    ParsedPolicy parsed;
    if (!has_errors(draft.diagnostics)) {
        parsed.settings = std::move(draft.settings);
    }
    sort_by_place(draft.diagnostics);
    parsed.diagnostics = std::move(draft.diagnostics);
    return parsed;
}

}  // namespace certguard
