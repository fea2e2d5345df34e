// The schema of the hosts file.
#include "certguard/hosts_file.hpp"

#include <openssl/evp.h>

#include <array>

#include "answers.hpp"
#include "certguard/limits.hpp"
#include "certguard/names.hpp"
#include "policy_values.hpp"

namespace certguard {
namespace {

std::string in_lower_case(std::string text) {
    for (char& c : text) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return text;
}

// is_label() and the like, for keys.
bool is_an_organization(const std::string& key) {
    return is_label(key);
}
bool is_an_environment(const std::string& key) {
    return is_environment_label(key);
}
bool is_a_uuid(const std::string& key) {
    return is_host_uuid(in_lower_case(key));
}

class HostsReader {
  public:
    HostsReader(HostsFile& hosts, Findings& findings) : hosts_(hosts), findings_(findings) {}

    void read(const YamlNode& root) {
        const Field whole{&root, findings_.at(root.mark, "")};
        if (!expect(whole, YamlNode::Kind::map, "a map with the keys version and organizations",
                    findings_)) {
            return;
        }
        FieldMap keys(whole, findings_);
        read_version(keys);
        if (const auto field = keys.require("organizations", "a map of organizations")) {
            for_each(*field, "a map of organizations by their labels", "an organization's label",
                     is_an_organization, [&](const std::string& label, const Field& organization) {
                         read_organization(label, organization);
                     });
        }
        if (const auto field = keys.find("public")) {
            hosts_.public_names = read_repositories(*field);
        }
        keys.finish();
    }

  private:
    /// Calls READ with each key of the map FIELD, which must be of the form IS_FIT, and its value.
    template <class Read>
    void for_each(const Field& field, std::string_view expected, std::string_view expected_key,
                  bool (*is_fit)(const std::string&), Read read) {
        if (!expect(field, YamlNode::Kind::map, expected, findings_)) {
            return;
        }
        const std::vector<Field> values = FieldMap(field, findings_).all();
        for (std::size_t i = 0; i < values.size(); ++i) {
            const std::string& key = field.node->keys[i].name;
            if (is_fit(key)) {
                read(key, values[i]);
            } else {
                findings_.error(values[i].where, "expected " + std::string(expected_key));
            }
        }
    }

    void read_version(FieldMap& keys) {
        const std::string expected = "1, the version of this file's format";
        const auto field = keys.require("version", expected);
        if (field && expect(*field, YamlNode::Kind::text, expected, findings_) &&
            field->node->text != "1") {
            findings_.error(field->where,
                            "found " + what_is(*field->node) + ", expected " + expected);
        }
    }

    void read_organization(const std::string& organization, const Field& field) {
        if (!expect(field, YamlNode::Kind::map, "a map with the keys hosts and environments",
                    findings_)) {
            return;
        }
        FieldMap keys(field, findings_);
        // First, so that hosts can be held against them.
        if (const auto environments = keys.find("environments")) {
            for_each(*environments, "a map of environments by their labels",
                     "an environment's label like Dev/web or Library", is_an_environment,
                     [&](const std::string& label, const Field& repositories) {
                         hosts_.environments[organization + '/' + label] =
                             read_repositories(repositories);
                     });
        }
        if (const auto hosts = keys.find("hosts")) {
            for_each(*hosts, "a map of hosts by their UUIDs",
                     "a host's UUID like 0d1c3f2e-8a55-4d3b-9a4e-5f6071829304", is_a_uuid,
                     [&](const std::string& uuid, const Field& environments) {
                         read_host(organization, in_lower_case(uuid), environments);
                     });
        }
        keys.finish();
    }

    void read_host(const std::string& organization, const std::string& uuid, const Field& field) {
        HostsFile::Host host{organization, {}};
        for (const Field& item : read_list(field, "an environment or a list of them", findings_)) {
            const auto label = read_text(item, "an environment's label", findings_);
            if (label && hosts_.environments.count(organization + '/' + *label) == 0) {
                findings_.error(item.where, "found " + what_is(*item.node) +
                                                ", expected one of the environments of " +
                                                organization);
            } else if (label) {
                host.environments.push_back(*label);
            }
        }
        if (host.environments.size() > limits::kHostEnvironments) {
            findings_.error(field.where, "found " + std::to_string(host.environments.size()) +
                                             " environments, expected at most " +
                                             std::to_string(limits::kHostEnvironments));
        }
        if (!hosts_.hosts.emplace(uuid, std::move(host)).second) {
            findings_.error(field.where, "this host is listed before");
        }
    }

    NameList read_repositories(const Field& field) {
        NameList names;
        for (const Field& item : read_list(field, "a repository or a list of them", findings_)) {
            auto name = read_text(item, "a container repository's name", findings_);
            if (name && !is_repository_name(*name)) {
                findings_.error(item.where, "found " + what_is(*item.node) +
                                                ", expected a container repository's name like "
                                                "acme/dev/web/prod/nginx");
            } else if (name) {
                names.push_back(std::move(*name));
            }
        }
        if (names.size() > limits::kAnswerNames) {
            findings_.error(field.where, "found " + std::to_string(names.size()) +
                                             " repositories, expected at most " +
                                             std::to_string(limits::kAnswerNames));
        }
        return sorted(std::move(names));
    }

    HostsFile& hosts_;
    Findings& findings_;
};

}  // namespace

ParsedHosts parse_hosts(std::string_view text, const std::string& file) {
    Findings findings(file);
    const YamlDocument document = read_yaml(text, limits::kHostsFileBytes);
    for (const YamlProblem& problem : document.problems) {
        findings.error(findings.at(problem.mark, problem.key), problem.message);
    }
    auto hosts = std::make_shared<HostsFile>();
    if (document.root) {
        HostsReader(*hosts, findings).read(*document.root);
    }
    ParsedHosts parsed;
    parsed.diagnostics = findings.take();
    if (!has_errors(parsed.diagnostics)) {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned length = 0;
        EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr);
        hosts->digest.assign(digest.begin(), digest.begin() + length);
        parsed.hosts = std::move(hosts);
    }
    return parsed;
}

}  // namespace certguard
