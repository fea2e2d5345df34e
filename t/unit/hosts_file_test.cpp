// The hosts file, and LookupSourceType::file that answers from it.
#include "certguard/hosts_file.hpp"

#include <string>
#include <vector>

#include "certguard/limits.hpp"
#include "lookup_test_helpers.hpp"

using namespace certguard;

namespace {

const std::string kHosts = R"(version: 1
organizations:
  ACME:
    hosts:
      0d1c3f2e-8a55-4d3b-9a4e-5f6071829304: [Library, Dev/web]
      11111111-8A55-4D3B-9A4E-5F6071829304: Dev/web
      22222222-8a55-4d3b-9a4e-5f6071829304: []
    environments:
      Dev/web: [acme/dev/web/prod/redis, acme/dev/web/prod/nginx, acme/dev/web/prod/nginx]
      Library: acme/prod/busybox
      Empty: []
  Other_Org:
    hosts:
      33333333-8a55-4d3b-9a4e-5f6071829304: Library
    environments:
      Library: other_org/prod/busybox
public: [acme/public/b, acme/public/a]
)";

std::vector<std::string> errors_of(const std::string& text) {
    std::vector<std::string> errors;
    const ParsedHosts parsed = parse_hosts(text, "hosts.yaml");
    for (const Diagnostic& diagnostic : parsed.diagnostics) {
        errors.push_back(to_string(diagnostic));
    }
    CHECK((parsed.hosts == nullptr) == !errors.empty());
    return errors;
}

std::string error_of(const std::string& text) {
    const std::vector<std::string> errors = errors_of(text);
    CHECK(errors.size() == 1);
    return errors.empty() ? "" : errors.front();
}

/// A good file whose only organization has these two members.
std::string organization(const std::string& hosts, const std::string& environments) {
    return "version: 1\norganizations:\n  ACME:\n    hosts: " + hosts +
           "\n    environments: " + environments + "\n";
}

struct AskedFile {
    AskedFile() {
        LookupSettings settings;
        settings.source = LookupSourceType::file;
        settings.hosts = parse_hosts(kHosts, "hosts.yaml").hosts;
        REQUIRE(settings.hosts);
        source = make_lookup_source(settings, client);
    }

    Answer<HostAnswer> host(const std::string& uuid) {
        Answer<HostAnswer> found;
        CHECK(source->ask_host({uuid, "", ""}, [&](auto answer) { found = answer; }) == nullptr);
        return found;
    }
    NameList environment(const std::string& key) {
        Answer<NameList> found;
        CHECK(source->ask_environment(key, [&](auto answer) { found = answer; }) == nullptr);
        CHECK(found.status == LookupStatus::found);
        return found.value;
    }

    ScriptedHttpClient client;
    std::unique_ptr<LookupSource> source;
};

}  // namespace

TEST_CASE("the hosts file tells hosts, their environments in order, and repositories") {
    AskedFile asked;
    const auto answer = asked.host(kUuid);
    REQUIRE(answer.status == LookupStatus::found);
    CHECK(answer.value.organization == "ACME");
    CHECK(labels(answer.value) == "Library,Dev/web");
    CHECK(asked.environment(answer.value.environments[0].key) == NameList{"acme/prod/busybox"});
    CHECK(asked.environment(answer.value.environments[1].key) ==
          NameList{"acme/dev/web/prod/nginx", "acme/dev/web/prod/redis"});
    CHECK(asked.client.requests.empty());
}

TEST_CASE("a UUID in the hosts file may be in upper case, a host may be in no environment") {
    AskedFile asked;
    CHECK(labels(asked.host("11111111-8a55-4d3b-9a4e-5f6071829304").value) == "Dev/web");
    const auto answer = asked.host("22222222-8a55-4d3b-9a4e-5f6071829304");
    CHECK(answer.status == LookupStatus::found);
    CHECK(answer.value.environments.empty());
}

TEST_CASE("environments of one label in two organizations are different ones") {
    AskedFile asked;
    const auto answer = asked.host("33333333-8a55-4d3b-9a4e-5f6071829304");
    CHECK(answer.value.organization == "Other_Org");
    CHECK(asked.environment(answer.value.environments.at(0).key) ==
          NameList{"other_org/prod/busybox"});
}

TEST_CASE("a host that is not in the file is unknown, an environment that is not has nothing") {
    AskedFile asked;
    CHECK(asked.host("44444444-8a55-4d3b-9a4e-5f6071829304").status == LookupStatus::unknown_host);
    CHECK(asked.environment("ACME/Other").empty());
    CHECK(asked.environment("").empty());
}

TEST_CASE("the hosts file lists the public names") {
    AskedFile asked;
    NameList names;
    asked.source->ask_public([&](auto answer) { names = answer.value; });
    CHECK(names == NameList{"acme/public/a", "acme/public/b"});
}

TEST_CASE("a hosts file may be nearly empty") {
    CHECK(errors_of("version: 1\norganizations: {}\n").empty());
    CHECK(errors_of("version: 1\norganizations: {ACME: {}}\npublic: []\n").empty());
}

TEST_CASE("every problem of a hosts file is named with its place") {
    struct {
        std::string text;
        std::string error;
    } const rows[] = {
        {"", "hosts.yaml: error: the file is empty"},
        {"[]",
         "hosts.yaml:1:1: error: found an empty list, expected a map with the keys version "
         "and organizations"},
        {"organizations: {}",
         "hosts.yaml:1:1: version: error: missing, expected 1, the version of this file's format"},
        {"version: 2\norganizations: {}",
         "hosts.yaml:1:10: version: error: found \"2\", expected 1, the version of this file's "
         "format"},
        {"version: 1",
         "hosts.yaml:1:1: organizations: error: missing, expected a map of organizations"},
        {"version: 1\norganizations: []\n",
         "hosts.yaml:2:16: organizations: error: found an empty list, expected a map of "
         "organizations by their labels"},
        {"version: 1\norganizations: {a b: {}}\n",
         "hosts.yaml:2:17: organizations.a b: error: expected an organization's label"},
        {"version: 1\norganizations: {ACME: {host: {}}}\n",
         "hosts.yaml:2:24: organizations.ACME.host: error: unknown key; did you mean \"hosts\"? "
         "expected one of: environments, hosts"},
        {"version: 1\norganizations: {}\nPublic: []\n",
         "hosts.yaml:3:1: Public: error: unknown key; did you mean \"public\"? expected one of: "
         "version, organizations, public"},
        {organization("{x: []}", "{}"),
         "hosts.yaml:4:13: organizations.ACME.hosts.x: error: expected a host's UUID like "
         "0d1c3f2e-8a55-4d3b-9a4e-5f6071829304"},
        {organization("{" + kUuid + ": [Dev/web]}", "{Dev: []}"),
         "hosts.yaml:4:52: organizations.ACME.hosts." + kUuid +
             "[0]: error: found \"Dev/web\", expected one of the environments of ACME"},
        {organization("{" + kUuid + ": {}}", "{}"),
         "hosts.yaml:4:13: organizations.ACME.hosts." + kUuid +
             ": error: found an empty map, expected an environment or a list of them"},
        {organization("{}", "{Dev/web/x: []}"),
         "hosts.yaml:5:20: organizations.ACME.environments.Dev/web/x: error: expected an "
         "environment's label like Dev/web or Library"},
        {organization("{}", "{Dev: [a, A]}"),
         "hosts.yaml:5:29: organizations.ACME.environments.Dev[1]: error: found \"A\", expected a "
         "container repository's name like acme/dev/web/prod/nginx"},
        {"version: 1\norganizations: {}\npublic: [../x]\n",
         "hosts.yaml:3:10: public[0]: error: found \"../x\", expected a container repository's "
         "name like acme/dev/web/prod/nginx"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        CHECK(error_of(row.text) == row.error);
    }
}

TEST_CASE("a host is listed once, in whatever case and organization") {
    const std::string upper = "0D1C3F2E-8A55-4D3B-9A4E-5F6071829304";
    CHECK(error_of(organization("{" + kUuid + ": [], " + upper + ": []}", "{}"))
              .find("this host is listed before") != std::string::npos);
    CHECK(error_of("version: 1\norganizations: {A: {hosts: {" + kUuid + ": []}}, B: {hosts: {" +
                   upper + ": []}}}")
              .find("this host is listed before") != std::string::npos);
}

TEST_CASE("a host may have 256 environments in the hosts file, not one more") {
    const auto errors_with = [](std::size_t count) {
        std::string environments;
        std::string list;
        for (std::size_t i = 0; i < count; ++i) {
            environments += (i == 0 ? "E" : ", E") + std::to_string(i) + ": []";
            list += (i == 0 ? "E" : ", E") + std::to_string(i);
        }
        return errors_of(organization("{" + kUuid + ": [" + list + "]}", "{" + environments + "}"));
    };
    CHECK(errors_with(limits::kHostEnvironments).empty());
    CHECK(errors_with(limits::kHostEnvironments + 1).size() == 1);
}

TEST_CASE("an environment may have 100,000 repositories in the hosts file, not one more") {
    const auto errors_with = [](std::size_t count) {
        std::string list;
        for (std::size_t i = 0; i < count; ++i) {
            list += (i == 0 ? "" : ",") + std::to_string(i);
        }
        return errors_of("version: 1\norganizations: {}\npublic: [" + list + "]\n");
    };
    CHECK(errors_with(limits::kAnswerNames).empty());
    CHECK(errors_with(limits::kAnswerNames + 1).size() == 1);
}

TEST_CASE("a hosts file may have 8 MiB, not one byte more") {
    std::string text = "version: 1\norganizations: {}\n#";
    text.append(limits::kHostsFileBytes - text.size(), 'x');
    CHECK(errors_of(text).empty());
    CHECK(error_of(text + 'x').find("expected at most 8388608") != std::string::npos);
}
