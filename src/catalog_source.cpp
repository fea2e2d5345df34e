#include "catalog_source.hpp"

#include "catalog_question.hpp"

namespace certguard {

CatalogSource::CatalogSource(const LookupSettings& settings, HttpClient& client)
    : client_(client), url_(settings.url) {}

std::unique_ptr<LookupSource::Pending> CatalogSource::ask_host(const HostQuestion& question,
                                                               Done<HostAnswer> done) {
    if (auto failed = uuid_problem(question)) {
        done(answer_of<HostAnswer>(std::move(*failed)));
        return nullptr;
    }
    auto host_done = [done = std::move(done)](Answer<NameList> names) {
        Answer<HostAnswer> answer;
        answer.status = names.status;
        answer.message = std::move(names.message);
        answer.value.repositories = std::move(names.value);
        done(std::move(answer));
    };
    auto pending = std::make_unique<CatalogQuestion>(client_, url_, std::move(host_done));
    pending->begin_host(question.uuid);
    return pending;
}

std::unique_ptr<LookupSource::Pending> CatalogSource::ask_environment(std::string_view,
                                                                      Done<NameList> done) {
    return answer_no_names(done);
}

std::unique_ptr<LookupSource::Pending> CatalogSource::ask_public(Done<NameList> done) {
    auto pending = std::make_unique<CatalogQuestion>(client_, url_, std::move(done));
    pending->begin_public();
    return pending;
}

}  // namespace certguard
