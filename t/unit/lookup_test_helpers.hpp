// What the tests of the lookup sources share.
#pragma once

#include <fstream>
#include <iterator>
#include <string>

#include "catch.hpp"
#include "certguard/lookup_settings.hpp"
#include "certguard/lookup_source.hpp"
#include "scripted_http_client.hpp"

namespace certguard {

inline const std::string kUuid = "0d1c3f2e-8a55-4d3b-9a4e-5f6071829304";
inline const std::string kKatello = "https://katello.example.com";

/// A file of t/data/katello/.
inline std::string katello_answer(const std::string& name) {
    std::ifstream file(CERTGUARD_TEST_DATA "/katello/" + name, std::ios::binary);
    INFO(name);
    REQUIRE(file);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// A source at kKatello, and the client behind it.
struct AskedSource {
    explicit AskedSource(LookupSourceType type) {
        LookupSettings settings;
        settings.source = type;
        settings.url = kKatello;
        if (type == LookupSourceType::foreman) {
            settings.user = "certguard";
            settings.password = "the-password";
        }
        source = make_lookup_source(settings, client);
    }

    Answer<HostAnswer> host(const std::string& uuid = kUuid, const std::string& pem = {}) {
        HostQuestion question;
        question.uuid = uuid;
        question.certificate_pem = pem;
        return ask<HostAnswer>([&](auto done) { return source->ask_host(question, done); });
    }
    Answer<NameList> environment(const std::string& key) {
        return ask<NameList>([&](auto done) { return source->ask_environment(key, done); });
    }
    Answer<NameList> public_names() {
        return ask<NameList>([&](auto done) { return source->ask_public(done); });
    }

    ScriptedHttpClient client;
    std::unique_ptr<LookupSource> source;

  private:
    template <class T, class Ask>
    Answer<T> ask(Ask ask) {
        std::vector<Answer<T>> answers;
        const auto pending = ask([&](Answer<T> answer) { answers.push_back(std::move(answer)); });
        CHECK((pending == nullptr) == (answers.size() == 1));
        client.run();
        REQUIRE(answers.size() == 1);
        return answers.front();
    }
};

/// WHAT of each of ANSWER's environments, joined by ','.
inline std::string joined(const HostAnswer& answer, std::string EnvironmentRef::*what) {
    std::string text;
    for (const EnvironmentRef& environment : answer.environments) {
        text += (&environment == answer.environments.data() ? "" : ",") + environment.*what;
    }
    return text;
}

inline std::string labels(const HostAnswer& answer) {
    return joined(answer, &EnvironmentRef::label);
}

inline std::string keys(const HostAnswer& answer) {
    return joined(answer, &EnvironmentRef::key);
}

}  // namespace certguard

namespace Catch {

template <>
struct StringMaker<certguard::LookupStatus> {
    static std::string convert(certguard::LookupStatus status) {
        switch (status) {
            case certguard::LookupStatus::found: return "found";
            case certguard::LookupStatus::unknown_host: return "unknown_host";
            case certguard::LookupStatus::refused: return "refused";
            case certguard::LookupStatus::unavailable: return "unavailable";
            case certguard::LookupStatus::failed: return "failed";
            case certguard::LookupStatus::misconfigured: break;
        }
        return "misconfigured";
    }
};

}  // namespace Catch
