// What all questions to one Foreman share: where it is, how to ask, and the labels that can't
// change.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "foreman_json.hpp"
#include "http_question.hpp"

namespace certguard {

struct ForemanServer {
    /// Labels by ids that a worker remembers; more are forgotten at once and asked for again.
    static constexpr std::size_t kMostLabels = 4096;

    template <class Id>
    class Labels {
      public:
        const std::string* find(const Id& id) const {
            const auto found = labels_.find(id);
            return found == labels_.end() ? nullptr : &found->second;
        }
        void remember(const Id& id, std::string label) {
            if (labels_.size() >= kMostLabels) {
                labels_.clear();
            }
            labels_[id] = std::move(label);
        }

      private:
        std::map<Id, std::string> labels_;
    };

    HttpClient& client;
    std::string url;
    std::string user;  // for messages
    Labels<std::uint64_t> organizations;
    Labels<foreman::EnvironmentIds> environments;

    HttpRequest request(const std::string& path) const { return json_request(url + path); }
    /// What ends a question that was begun, or what many hosts wait for: in a storm of first
    /// requests it must not wait behind all the others.
    HttpRequest urgent_request(const std::string& path) const {
        HttpRequest urgent = request(path);
        urgent.urgent = true;
        return urgent;
    }
    /// As failure_of() in http_question.hpp, with Foreman's own words.
    std::optional<Failed> failure_of(HttpResponse& response, const std::string& asked) const;
    /// A 200 that can't be read.
    Failed unreadable(const HttpResponse& response, const std::string& asked,
                      const Error& error) const;
};

}  // namespace certguard
