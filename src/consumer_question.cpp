#include "consumer_question.hpp"

#include "certguard/limits.hpp"
#include "certguard/names.hpp"
#include "json.hpp"

namespace certguard {
namespace {

constexpr std::string_view kRefusedHint =
    "Katello does not take the host's certificate from this proxy; check the lookup's url, and "
    "whether a server between drops the header X_RHSM_SSL_CLIENT_CERT, as nginx does without "
    "underscores_in_headers on";

class Wiper {
  public:
    explicit Wiper(std::string& text) : text_(text) {}
    ~Wiper() { json::wipe(text_); }
    Wiper(const Wiper&) = delete;
    Wiper& operator=(const Wiper&) = delete;

  private:
    std::string& text_;
};

auto text_into(std::string& text) {
    return [&text](json::Value& value) {
        text = json::text(value).value_or("");
        return true;
    };
}

/// Adds the label NAME; false when that would be one too many.
bool add_environment(std::string_view name, std::vector<std::string>& environments) {
    if (!is_environment_label(name)) {
        return true;
    }
    if (environments.size() == limits::kHostEnvironments) {
        return false;
    }
    environments.emplace_back(name);
    return true;
}

/// The labels in "Dev/web,Library", which is all that older Candlepins tell.
bool split_environments(std::string_view names, std::vector<std::string>& environments) {
    while (!names.empty()) {
        const std::string_view name = names.substr(0, names.find(','));
        names.remove_prefix(std::min(name.size() + 1, names.size()));
        if (!add_environment(name, environments)) {
            return false;
        }
    }
    return true;
}

bool read_members(std::string& body, Consumer& consumer) {
    bool has_list = false;
    std::string joined;
    const auto read_environment = [&](json::Value& value) {
        std::string name;
        return json::read_object(value, json::Field{"name", text_into(name)}) &&
               add_environment(name, consumer.environments);
    };
    const auto read_list = [&](json::Value& value) {
        has_list = !json::is_null(value);
        return !has_list || json::read_array(value, read_environment);
    };
    const auto read_joined = [&](json::Value& value) {
        return !json::is_object(value) ||
               json::read_object(value, json::Field{"name", text_into(joined)});
    };
    const auto read_owner = [&](json::Value& value) {
        return json::read_object(value, json::Field{"key", text_into(consumer.organization)});
    };
    return json::read_document(body, json::Field{"uuid", text_into(consumer.uuid)},
                               json::Field{"owner", read_owner},
                               json::Field{"environments", read_list},
                               json::Field{"environment", read_joined}) &&
           (has_list || split_environments(joined, consumer.environments));
}

}  // namespace

Result<Consumer> read_consumer(std::string& body) {
    const Wiper wiper(body);
    Consumer consumer;
    if (!read_members(body, consumer) || !is_label(consumer.organization)) {
        return Error{Reason::internal_error, "the answer is not a consumer of at most " +
                                                 std::to_string(limits::kHostEnvironments) +
                                                 " environments in JSON"};
    }
    return consumer;
}

ConsumerQuestion::ConsumerQuestion(HttpClient& client, const std::string& url, std::string uuid,
                                   LookupSource::Done<HostAnswer> done)
    : HttpQuestion(client, std::move(done)),
      consumer_url_(url + "/rhsm/consumers/" + uuid),
      uuid_(std::move(uuid)) {}

void ConsumerQuestion::begin(std::string certificate) {
    HttpRequest request = json_request(consumer_url_);
    request.headers.emplace_back("X_RHSM_SSL_CLIENT_CERT", std::move(certificate));
    get(std::move(request));
}

ConsumerQuestion::Step ConsumerQuestion::receive(HttpResponse& response) {
    const Wiper wiper(response.body);
    if (response.status == 404 || response.status == 410) {
        return answer_of<HostAnswer>(
            {LookupStatus::unknown_host, url() + ": HTTP " + std::to_string(response.status) +
                                             ", the host is not registered (any more)"});
    }
    if (auto failed = failure_of(response, url(), kRefusedHint)) {
        return answer_of<HostAnswer>(std::move(*failed));
    }
    Result<Consumer> consumer = read_consumer(response.body);
    if (!consumer) {
        return answer_of<HostAnswer>(unreadable(response, url(), consumer.error().message));
    }
    if (consumer->uuid != uuid_) {
        return answer_of<HostAnswer>(
            {LookupStatus::misconfigured, url() + ": the answer is about another host"});
    }
    HostAnswer answer;
    answer.organization = std::move(consumer->organization);
    for (std::string& label : consumer->environments) {
        answer.environments.push_back({std::move(label), ""});
    }
    return answer_of(std::move(answer));
}

}  // namespace certguard
