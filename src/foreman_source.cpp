#include "foreman_source.hpp"

#include "catalog_question.hpp"
#include "foreman_environment_question.hpp"
#include "foreman_host_question.hpp"

namespace certguard {

ForemanSource::ForemanSource(const LookupSettings& settings, HttpClient& client)
    : server_{client, settings.url, settings.user, {}, {}} {}

std::unique_ptr<LookupSource::Pending> ForemanSource::ask_host(const HostQuestion& question,
                                                               Done<HostAnswer> done) {
    if (auto failed = uuid_problem(question)) {
        done(answer_of<HostAnswer>(std::move(*failed)));
        return nullptr;
    }
    auto pending =
        std::make_unique<ForemanHostQuestion>(server_, std::string(question.uuid), std::move(done));
    pending->begin();
    return pending;
}

std::unique_ptr<LookupSource::Pending> ForemanSource::ask_environment(std::string_view key,
                                                                      Done<NameList> done) {
    const std::optional<foreman::EnvironmentIds> ids = foreman::ids_in(key);
    if (!ids) {
        done(answer_of<NameList>({LookupStatus::misconfigured, "not an environment's key"}));
        return nullptr;
    }
    auto pending = std::make_unique<ForemanEnvironmentQuestion>(server_, *ids, std::move(done));
    pending->begin();
    return pending;
}

std::unique_ptr<LookupSource::Pending> ForemanSource::ask_public(Done<NameList> done) {
    auto pending = std::make_unique<CatalogQuestion>(server_.client, server_.url, std::move(done));
    pending->begin_public();
    return pending;
}

}  // namespace certguard
