// Whatever Katello answers, only good names come out of it, and a consumer's body is wiped. The
// first byte of the input says which answer it is.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "catalog_question.hpp"
#include "certguard/limits.hpp"
#include "certguard/names.hpp"
#include "consumer_question.hpp"
#include "foreman_json.hpp"

namespace {

using namespace certguard;

void require(bool good) {
    if (!good) {
        std::abort();
    }
}

void require_names(const NameList& names) {
    require(names.size() <= limits::kAnswerNames);
    require(std::all_of(names.begin(), names.end(),
                        [](const std::string& name) { return is_repository_name(name); }));
}

bool is_label_or_empty(const std::string& label) {
    return label.empty() || is_environment_label(label);
}

void read_hosts(std::string& body) {
    const auto page = foreman::read_hosts(body);
    if (!page) {
        return;
    }
    require(page->hosts.size() <= 2);
    for (const foreman::Host& host : page->hosts) {
        require(host.environments.size() <= limits::kHostEnvironments);
        for (const foreman::HostEnvironment& environment : host.environments) {
            require(is_label_or_empty(environment.label));
            require(environment.ids || !environment.label.empty());
        }
    }
}

void read_consumer_document(std::string& body) {
    const auto consumer = certguard::read_consumer(body);
    require(body.empty());
    if (consumer) {
        require(is_label(consumer->organization));
        require(consumer->environments.size() <= limits::kHostEnvironments);
        require(std::all_of(consumer->environments.begin(), consumer->environments.end(),
                            is_label_or_empty));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    std::string body(reinterpret_cast<const char*>(data) + 1, size - 1);
    const foreman::EnvironmentIds ids{7, 5};
    switch (data[0] % 7) {
        case 0: read_hosts(body); break;
        case 1:
            if (const auto page = foreman::read_repositories(body, ids)) {
                require_names(page->names);
            }
            break;
        case 2:
            if (const auto label = foreman::read_organization_label(body, 3)) {
                require(is_label_or_empty(*label));
            }
            break;
        case 3:
            if (const auto label = foreman::read_environment_label(body, ids)) {
                require(is_label_or_empty(*label));
            }
            break;
        case 4: require(foreman::error_words(body).size() <= 4 * 200 + 5); break;
        case 5:
            if (const auto names = read_catalog(body)) {
                require_names(*names);
                require(std::is_sorted(names->begin(), names->end()));
            }
            break;
        default: read_consumer_document(body); break;
    }
    return 0;
}
