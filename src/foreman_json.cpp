#include "foreman_json.hpp"

#include <utility>

#include "certguard/limits.hpp"
#include "certguard/names.hpp"
#include "json.hpp"
#include "printable.hpp"

namespace certguard::foreman {
namespace {

using json::Field;
using json::Value;

constexpr std::size_t kQuotedWords = 200;
constexpr std::size_t kHostsToTellApart = 2;  // one is right, more are wrong

Error error_of(std::string problem) {
    return {Reason::internal_error,
            problem.empty() ? "the answer is not the JSON that was expected" : std::move(problem)};
}

std::string over_budget(std::size_t most, const std::string& things) {
    return "the answer has more than " + std::to_string(most) + ' ' + things;
}

auto number_into(std::optional<std::uint64_t>& number) {
    return [&number](Value& value) {
        number = json::number(value);
        return true;
    };
}

auto text_into(std::string& text) {
    return [&text](Value& value) {
        text = json::text(value).value_or("");
        return true;
    };
}

/// Reads the members of an object, and nothing of anything else (null, mostly).
template <class... Reads>
auto object_with(Field<Reads>... fields) {
    return [=](Value& value) {
        return !json::is_object(value) || json::read_object(value, fields...);
    };
}

auto id_into(std::optional<std::uint64_t>& id) {
    return object_with(Field{"id", number_into(id)});
}

std::optional<EnvironmentIds> ids_of(std::optional<std::uint64_t> content_view,
                                     std::optional<std::uint64_t> lifecycle_environment) {
    if (!content_view || !lifecycle_environment) {
        return std::nullopt;
    }
    return EnvironmentIds{*content_view, *lifecycle_environment};
}

bool read_environment(Value& value, std::vector<HostEnvironment>& environments) {
    std::optional<std::uint64_t> content_view;
    std::optional<std::uint64_t> lifecycle_environment;
    std::string label;           // since 4.15
    std::string candlepin_name;  // its name in 4.14
    if (!object_with(Field{"content_view", id_into(content_view)},
                     Field{"lifecycle_environment", id_into(lifecycle_environment)},
                     Field{"label", text_into(label)},
                     Field{"candlepin_name", text_into(candlepin_name)})(value)) {
        return false;
    }
    HostEnvironment environment;
    environment.ids = ids_of(content_view, lifecycle_environment);
    environment.label = std::move(label.empty() ? candlepin_name : label);
    if (!is_environment_label(environment.label)) {
        environment.label.clear();
    }
    if (environment.ids || !environment.label.empty()) {
        environments.push_back(std::move(environment));
    }
    return true;
}

/// The host's content facet.
bool read_content(Value& value, Host& host, std::string& problem) {
    bool has_list = false;
    std::optional<std::uint64_t> content_view;  // the only one of a host, up to 4.7
    std::optional<std::uint64_t> lifecycle_environment;
    const auto read_list = [&](Value& list) {
        has_list = !json::is_null(list);
        return !has_list || json::read_array(list, [&](Value& item) {
            if (host.environments.size() == limits::kHostEnvironments) {
                problem = over_budget(limits::kHostEnvironments, "environments of one host");
                return false;
            }
            return read_environment(item, host.environments);
        });
    };
    const bool is_fit = object_with(
        Field{"content_view_environments", read_list}, Field{"content_view", id_into(content_view)},
        Field{"lifecycle_environment", id_into(lifecycle_environment)})(value);
    const auto ids = ids_of(content_view, lifecycle_environment);
    if (is_fit && !has_list && ids) {
        host.environments.push_back({ids, ""});
    }
    return is_fit;
}

bool read_host(Value& value, HostsPage& page, std::string& problem) {
    if (page.hosts.size() == kHostsToTellApart) {
        return true;
    }
    Host host;
    const auto content_into = [&](Value& facet) { return read_content(facet, host, problem); };
    if (!json::read_object(value, Field{"organization_id", number_into(host.organization_id)},
                           Field{"subscription_facet_attributes",
                                 object_with(Field{"uuid", text_into(host.uuid)})},
                           Field{"content_facet_attributes", content_into})) {
        return false;
    }
    page.hosts.push_back(std::move(host));
    return true;
}

bool read_repository(Value& value, const EnvironmentIds& ids, RepositoriesPage& page,
                     std::string& problem) {
    std::optional<std::uint64_t> content_view;
    std::optional<std::uint64_t> lifecycle_environment;
    const auto name_into = [&](Value& name) {
        const auto text = json::text(name);
        if (text && is_repository_name(*text)) {
            page.names.emplace_back(*text);
        }
        return true;
    };
    ++page.rows;
    if (!object_with(Field{"container_repository_name", name_into},
                     Field{"content_view", id_into(content_view)},
                     Field{"environment", id_into(lifecycle_environment)})(value)) {
        return false;
    }
    if (page.names.size() > limits::kAnswerNames) {
        problem = over_budget(limits::kAnswerNames, "repositories");
        return false;
    }
    const EnvironmentIds found{content_view.value_or(ids.content_view),
                               lifecycle_environment.value_or(ids.lifecycle_environment)};
    page.is_foreign = page.is_foreign || !(found == ids);
    return true;
}

/// Katello says null when there is none.
auto error_into(std::string& error) {
    return [&error](Value& value) {
        if (!json::is_null(value)) {
            error = quoted(json::text(value).value_or("an error"), kQuotedWords);
        }
        return true;
    };
}

struct Labelled {
    std::optional<std::uint64_t> id;
    std::string label;
};

auto labelled_into(Labelled& labelled) {
    return object_with(Field{"id", number_into(labelled.id)},
                       Field{"label", text_into(labelled.label)});
}

/// One content view version, and LABEL if it is the one in the environment IDS.
bool read_version(Value& value, const EnvironmentIds& ids, std::string& label) {
    Labelled content_view;
    std::string environment;
    bool is_default = false;
    const auto default_into = [&](Value& truth) {
        is_default = json::boolean(truth).value_or(false);
        return true;
    };
    const auto read_environments = [&](Value& list) {
        return json::read_array(list, [&](Value& item) {
            Labelled one;
            const bool is_fit = labelled_into(one)(item);
            if (is_fit && one.id == ids.lifecycle_environment) {
                environment = std::move(one.label);
            }
            return is_fit;
        });
    };
    if (!object_with(Field{"default", default_into},
                     Field{"content_view", labelled_into(content_view)},
                     Field{"environments", read_environments})(value)) {
        return false;
    }
    const std::string found = is_default ? environment : environment + '/' + content_view.label;
    if (content_view.id == ids.content_view && is_environment_label(found)) {
        label = found;
    }
    return true;
}

/// Reads a collection: READ gets each of its "results". FIELDS: what else is wanted of it.
template <class Read, class... Reads>
bool read_collection(std::string& body, Read read, Field<Reads>... fields) {
    bool has_results = false;
    const auto read_results = [&](Value& value) {
        has_results = true;
        return json::read_array(value, read);
    };
    return json::read_document(body, Field{"results", read_results}, fields...) && has_results;
}

}  // namespace

Result<HostsPage> read_hosts(std::string& body) {
    HostsPage page;
    std::string problem;
    if (!read_collection(
            body, [&](Value& value) { return read_host(value, page, problem); },
            Field{"subtotal", number_into(page.subtotal)},
            Field{"total", number_into(page.total)})) {
        return error_of(problem);
    }
    return page;
}

Result<RepositoriesPage> read_repositories(std::string& body, const EnvironmentIds& ids) {
    RepositoriesPage page;
    std::string problem;
    if (!read_collection(
            body, [&](Value& value) { return read_repository(value, ids, page, problem); },
            Field{"subtotal", number_into(page.subtotal)},
            Field{"error", error_into(page.error)})) {
        return error_of(problem);
    }
    return page;
}

Result<std::string> read_organization_label(std::string& body, std::uint64_t id) {
    std::string label;
    const auto read_one = [&](Value& value) {
        Labelled one;
        const bool is_fit = labelled_into(one)(value);
        if (is_fit && one.id == id && is_label(one.label)) {
            label = std::move(one.label);
        }
        return is_fit;
    };
    if (!read_collection(body, read_one)) {
        return error_of({});
    }
    return label;
}

Result<std::string> read_environment_label(std::string& body, const EnvironmentIds& ids) {
    std::string label;
    if (!read_collection(body, [&](Value& value) { return read_version(value, ids, label); })) {
        return error_of({});
    }
    return label;
}

std::string error_words(std::string& body) {
    std::string message;
    std::string details;
    const auto read_error = [&](Value& value) {
        if (const auto text = json::text(value)) {
            message = *text;
        }
        return object_with(Field{"message", text_into(message)},
                           Field{"details", text_into(details)})(value);
    };
    if (!json::read_document(body, Field{"error", read_error}) || message.empty()) {
        return {};
    }
    return quoted(details.empty() ? message : message + ": " + details, kQuotedWords);
}

}  // namespace certguard::foreman
