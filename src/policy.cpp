// The schema of the policy file: which keys there are, and what each takes.
#include "certguard/policy.hpp"

#include "certguard/identity_headers.hpp"
#include "policy_draft.hpp"
#include "policy_guards.hpp"
#include "policy_lookups.hpp"
#include "policy_values.hpp"

namespace certguard {
namespace {

std::string directory_of(const std::string& file) {
    const std::size_t slash = file.rfind('/');
    return slash == std::string::npos ? "" : file.substr(0, slash + 1);
}

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
    const auto lookups = keys.find("lookups");
    if (lookups) {
        policy.lookups = read_lookups(*lookups, directory_of(file), findings);
    }
    if (const auto field = keys.find("trusted_proxies")) {
        if (auto name = read_text(*field, "the name of a guard of type x509", findings)) {
            policy.trusted_proxies = GuardName{std::move(*name), field->where};
        }
    }
    const std::size_t errors = findings.errors();
    if (const auto field = keys.require("guards", "a map of guards by their names")) {
        policy.guards = read_guards(*field, directory_of(file), findings);
    }
    if (policy.trusted_proxies) {
        check_trusted_proxies(policy, findings.errors() == errors, findings);
    }
    if (!lookups || lookups->node->kind == YamlNode::Kind::map) {
        check_lookup_names(policy, findings);
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
