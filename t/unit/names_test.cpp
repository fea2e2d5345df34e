#include "certguard/names.hpp"

#include <string>

#include "catch.hpp"
#include "certguard/limits.hpp"

using namespace certguard;

namespace {

const std::string kUuid = "0d1c3f2e-8a55-4d3b-9a4e-5f6071829304";

}  // namespace

TEST_CASE("a host's UUID is 36 hex digits and dashes in lower case") {
    CHECK(is_host_uuid(kUuid));
    CHECK_FALSE(is_host_uuid(""));
    CHECK_FALSE(is_host_uuid(kUuid.substr(1)));
    CHECK_FALSE(is_host_uuid(kUuid + "0"));
    for (const char* bad : {"A", "g", "\"", "/", "%", " ", "\r", "\n", "\x80"}) {
        CAPTURE(bad);
        CHECK_FALSE(is_host_uuid(kUuid.substr(1) + bad));
    }
    CHECK_FALSE(is_host_uuid(kUuid.substr(1) + std::string(1, '\0')));
}

TEST_CASE("a repository name follows the OCI distribution grammar") {
    for (const char* good :
         {"nginx", "acme/dev/web/prod/nginx", "empty_organization-puppet_product-busybox", "a", "0",
          "a.b", "a_b", "a__b", "a-b", "a---b", "id/1/2/container-push-repo", "a.b_c__d-e/f"}) {
        CAPTURE(good);
        CHECK(is_repository_name(good));
    }
    for (const char* bad : {"",     "/",   "a/",   "/a",   "a//b",  "a/./b",   "a/../b", "..",
                            "A",    "a/B", "a..b", "a._b", "a___b", "a_-b",    "a.-b",   "-a",
                            "a-",   "_a",  "a_",   ".a",   "a.",    "a/-b",    "a b",    "a%2fb",
                            "a\\b", "a:b", "a@b",  "a\n",  "a\x7f", "\xc3\xa4"}) {
        CAPTURE(bad);
        CHECK_FALSE(is_repository_name(bad));
    }
    CHECK_FALSE(is_repository_name(std::string("a\0b", 3)));
}

TEST_CASE("a repository name has at most 255 bytes") {
    CHECK(is_repository_name(std::string(limits::kRepositoryName, 'a')));
    CHECK_FALSE(is_repository_name(std::string(limits::kRepositoryName + 1, 'a')));
}

TEST_CASE("a label has letters, digits, '_' and '-' only") {
    CHECK(is_label("Default_Organization-1"));
    CHECK(is_label(std::string(limits::kLabel, 'x')));
    CHECK_FALSE(is_label(std::string(limits::kLabel + 1, 'x')));
    for (const char* bad : {"", ".", "..", "a.b", "a b", "a/b", "$env", "a%", "a\n", "\xc3\xa4"}) {
        CAPTURE(bad);
        CHECK_FALSE(is_label(bad));
    }
}

TEST_CASE("a content view environment is labelled by one or two labels") {
    CHECK(is_environment_label("Library"));
    CHECK(is_environment_label("Dev/web"));
    for (const char* bad : {"", "/", "Dev/", "/web", "Dev//web", "Dev/web/x", "../web", "Dev/.."}) {
        CAPTURE(bad);
        CHECK_FALSE(is_environment_label(bad));
    }
}
