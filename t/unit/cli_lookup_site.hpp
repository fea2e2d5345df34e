// A site with lookups for the tests of the command: a policy beside its files, and a Katello that
// answers with the files of t/data/katello.
#pragma once

#include <sys/stat.h>

#include <string>
#include <utility>
#include <vector>

#include "cli_test_helpers.hpp"
#include "scripted_server.hpp"
#include "temporary_directory.hpp"
#include "test_pki.hpp"

namespace certguard::test {

inline const std::string kHost = "0d1c3f2e-8a55-4d3b-9a4e-5f6071829304";
inline const std::string kStranger = "00000000-0000-4000-8000-000000000000";
inline const std::string kPassword = "the-personal-access-token";

inline std::string katello_file(const std::string& name) {
    return test_data("katello/" + name);
}

/// What a Katello answers: status line and body by a part of the request's first line; the first
/// part that fits counts, and what fits none is not found.
struct KatelloScript {
    struct Answer {
        std::string part;
        std::string status;
        std::string body;
    };
    std::vector<Answer> answers;

    KatelloScript& on(const std::string& part, const std::string& status, const std::string& body) {
        answers.push_back({part, status, body});
        return *this;
    }

    void operator()(ScriptedServer::Connection& connection) const {
        while (const auto head = connection.read_request()) {
            const std::string line = head->substr(0, head->find("\r\n"));
            bool is_answered = false;
            for (const Answer& answer : answers) {
                if (!is_answered && contains(line, answer.part)) {
                    is_answered = true;
                    connection.answer(answer.status, answer.body);
                }
            }
            if (!is_answered) {
                connection.answer("404 Not Found", "{}");
            }
        }
    }
};

/// Katello 5.0 that knows the host kHost in Dev/web and Library, and one public repository.
inline KatelloScript katello_5() {
    return KatelloScript()
        .on("GET /api/v2/hosts", "200 OK", katello_file("hosts-5.0.json"))
        .on("/repositories?content_view_id=7&environment_id=5", "200 OK",
            katello_file("repositories-5.0.json"))
        .on("/repositories?content_view_id=1&environment_id=1", "200 OK",
            R"({"subtotal":0,"error":null,"results":[]})")
        .on("GET /katello/api/v2/organizations", "200 OK", katello_file("organizations.json"))
        .on("GET /v2/_catalog", "200 OK", R"({"repositories":["acme/open/busybox"]})");
}

/// A CA, a host's certificate of it, and a policy with the guards and lookups that a test needs.
struct LookupSite {
    TemporaryDirectory directory;
    test_pki::Identity ca = test_pki::make_ca({});

    LookupSite() {
        directory.write("ca.pem", ca.pem());
        ::chmod(directory.write("token", kPassword + "\n").c_str(), 0600);
        directory.write("hosts.yaml",
                        "version: 1\n"
                        "organizations:\n"
                        "  ACME:\n"
                        "    hosts:\n"
                        "      " +
                            kHost +
                            ": [Dev/web, Library]\n"
                            "    environments:\n"
                            "      Dev/web: [acme/nginx, acme/redis]\n"
                            "      Library: []\n"
                            "public: [acme/open]\n");
    }

    /// Writes a certificate of the CA for HOST; the file's name.
    std::string certificate(const std::string& host = kHost,
                            const std::string& organization = "ACME",
                            std::vector<test_pki::Extension> extensions = {}) const {
        test_pki::Spec spec;
        spec.common_name = host;
        spec.organizations = {organization};
        spec.extensions = std::move(extensions);
        return directory.write("host.pem", test_pki::make_leaf(spec, &ca).pem());
    }

    /// Writes a policy with these lookups, one in a line, and a guard of each kind for the first.
    std::string policy(const std::string& lookups, const std::string& guards = "") const {
        return directory.write("policy.yaml",
                               "version: 1\nlookups:\n" + lookups + "guards:\n" +
                                   (guards.empty() ? "  any: {type: x509, ca: ca.pem}\n" : guards));
    }
    std::string file_lookup(const std::string& name = "site") const {
        return "  " + name + ": {source: file, file: hosts.yaml}\n";
    }
    std::string foreman_lookup(const std::string& url, const std::string& more = "") const {
        return "  katello: {source: foreman, url: \"" + url +
               "\", user: certguard, password_file: token" + more + "}\n";
    }
    std::string lookup(const std::string& source, const std::string& url) const {
        return "  katello: {source: " + source + ", url: \"" + url + "\"}\n";
    }
};

}  // namespace certguard::test
