#include "consumer_source.hpp"

#include <algorithm>

#include "consumer_question.hpp"

namespace certguard {
namespace {

/// PEM with spaces for its line ends; empty when it could not be a header's value.
std::string in_one_line(std::string_view pem) {
    std::string line(pem.substr(0, pem.find_last_not_of('\n') + 1));
    std::replace(line.begin(), line.end(), '\n', ' ');
    const bool is_fit =
        std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; });
    return is_fit ? line : std::string();
}

}  // namespace

ConsumerSource::ConsumerSource(const LookupSettings& settings, HttpClient& client)
    : client_(client), url_(settings.url) {}

std::unique_ptr<LookupSource::Pending> ConsumerSource::ask_host(const HostQuestion& question,
                                                                Done<HostAnswer> done) {
    if (auto failed = uuid_problem(question)) {
        done(answer_of<HostAnswer>(std::move(*failed)));
        return nullptr;
    }
    std::string certificate = in_one_line(question.certificate_pem);
    if (certificate.empty()) {
        done(answer_of<HostAnswer>(
            {LookupStatus::misconfigured,
             "source: consumer can only be asked with a host's certificate"}));
        return nullptr;
    }
    auto pending = std::make_unique<ConsumerQuestion>(client_, url_, std::string(question.uuid),
                                                      std::move(done));
    pending->begin(std::move(certificate));
    return pending;
}

std::unique_ptr<LookupSource::Pending> ConsumerSource::ask_environment(std::string_view,
                                                                       Done<NameList> done) {
    return answer_no_names(done);
}

std::unique_ptr<LookupSource::Pending> ConsumerSource::ask_public(Done<NameList> done) {
    return answer_no_names(done);
}

}  // namespace certguard
