// LookupSourceType::certificate, with certificates as Candlepin issues them.
#include <string>
#include <vector>

#include "certguard/limits.hpp"
#include "lookup_test_helpers.hpp"
#include "rhsm_encoder.hpp"
#include "test_pki.hpp"

using namespace certguard;

namespace {

/// An SCA certificate of the host kUuid in the organization ACME.
test_pki::Spec sca_spec(const std::vector<std::string>& paths) {
    test_pki::Spec spec;
    spec.organizations = {"ACME"};
    spec.common_name = kUuid;
    spec.extensions = rhsm_encoder::v3_extensions(paths, true);
    return spec;
}

Answer<HostAnswer> host_with(const test_pki::Spec& spec, const std::string& uuid = kUuid) {
    const std::string der = test_pki::make_leaf(spec, nullptr).der();
    AskedSource asked(LookupSourceType::certificate);
    std::vector<Answer<HostAnswer>> answers;
    const auto pending = asked.source->ask_host(
        {uuid, "", der}, [&](auto answer) { answers.push_back(std::move(answer)); });
    CHECK(pending == nullptr);
    CHECK(asked.client.requests.empty());
    REQUIRE(answers.size() == 1);
    return answers.front();
}

}  // namespace

TEST_CASE("an SCA certificate names the organization and the environments") {
    const auto answer = host_with(sca_spec({"/ACME/Dev/web", "/ACME/Library", "/ACME/Dev/db"}));
    REQUIRE(answer.status == LookupStatus::found);
    CHECK(answer.value.organization == "ACME");
    CHECK(labels(answer.value) == "Dev/db,Dev/web,Library");
    CHECK(keys(answer.value) == ",,");
    CHECK(answer.value.repositories.empty());
}

TEST_CASE("an SCA certificate of a host without environments names the organization alone") {
    const auto answer = host_with(sca_spec({"/ACME"}));
    CHECK(answer.status == LookupStatus::found);
    CHECK(answer.value.organization == "ACME");
    CHECK(answer.value.environments.empty());
}

TEST_CASE("an SCA certificate whose paths are not its organization's environments is refused") {
    for (const char* path : {"/OTHER/Dev/web", "/ACME2/Dev", "/acme/Dev", "/ACME/Dev/web/custom",
                             "/ACME/$env", "/ACME/De v", "/content/dist/rhel/server"}) {
        CAPTURE(path);
        const auto answer = host_with(sca_spec({"/ACME/Library", path}));
        CHECK(answer.status == LookupStatus::misconfigured);
        CHECK(answer.value.environments.empty());
        CHECK(answer.message.find(path) != std::string::npos);
    }
}

TEST_CASE("only an SCA certificate tells environments") {
    test_pki::Spec spec = sca_spec({"/ACME/Dev/web"});
    SECTION("an identity certificate does not") {
        spec.extensions.clear();
    }
    SECTION("an ordinary entitlement does not") {
        spec.extensions = rhsm_encoder::v3_extensions({"/ACME/Dev/web"}, false);
    }
    SECTION("an organization's debug certificate does not") {
        spec.extensions = rhsm_encoder::v1_extensions({"/ACME"}, "ueber_content");
    }
    SECTION("a broken one does not") {
        spec.extensions[1].der = rhsm_encoder::octet_string("x");
    }
    const auto answer = host_with(spec);
    CHECK(answer.status == LookupStatus::misconfigured);
    CHECK_FALSE(answer.message.empty());
}

TEST_CASE("the certificate must be the host's own, with one organization") {
    test_pki::Spec spec = sca_spec({"/ACME/Dev/web"});
    CHECK(host_with(spec).status == LookupStatus::found);
    CHECK(host_with(spec, "11111111-8a55-4d3b-9a4e-5f6071829304").status ==
          LookupStatus::misconfigured);
    for (const std::vector<std::string>& organizations :
         {std::vector<std::string>{}, {"ACME", "OTHER"}, {"ACME Corp"}, {".."}}) {
        spec.organizations = organizations;
        CHECK(host_with(spec).status == LookupStatus::misconfigured);
    }
}

TEST_CASE("a certificate may name 256 environments, not one more") {
    const auto answer_with = [](std::size_t count) {
        std::vector<std::string> paths;
        for (std::size_t i = 0; i < count; ++i) {
            paths.push_back("/ACME/E" + std::to_string(i));
        }
        return host_with(sca_spec(paths));
    };
    CHECK(answer_with(limits::kHostEnvironments).value.environments.size() ==
          limits::kHostEnvironments);
    CHECK(answer_with(limits::kHostEnvironments + 1).status == LookupStatus::misconfigured);
}

TEST_CASE("a certificate tells no repositories, neither its own nor public ones") {
    AskedSource asked(LookupSourceType::certificate);
    CHECK(asked.environment("x").value.empty());
    CHECK(asked.public_names().status == LookupStatus::found);
    CHECK(asked.public_names().value.empty());
    CHECK(asked.host().status == LookupStatus::misconfigured);  // without a certificate
}
