#include "file_source.hpp"

#include <utility>

#include "answers.hpp"

namespace certguard {

FileSource::FileSource(std::shared_ptr<const HostsFile> hosts) : hosts_(std::move(hosts)) {}

std::unique_ptr<LookupSource::Pending> FileSource::ask_host(const HostQuestion& question,
                                                            Done<HostAnswer> done) {
    const auto found = hosts_->hosts.find(std::string(question.uuid));
    if (found == hosts_->hosts.end()) {
        done(
            answer_of<HostAnswer>({LookupStatus::unknown_host, "the hosts file has no such host"}));
        return nullptr;
    }
    HostAnswer answer;
    answer.organization = found->second.organization;
    for (const std::string& label : found->second.environments) {
        answer.environments.push_back({label, answer.organization + '/' + label});
    }
    done(answer_of(std::move(answer)));
    return nullptr;
}

std::unique_ptr<LookupSource::Pending> FileSource::ask_environment(std::string_view key,
                                                                   Done<NameList> done) {
    const auto found = hosts_->environments.find(std::string(key));
    done(answer_of(found == hosts_->environments.end() ? NameList() : found->second));
    return nullptr;
}

std::unique_ptr<LookupSource::Pending> FileSource::ask_public(Done<NameList> done) {
    done(answer_of(hosts_->public_names));
    return nullptr;
}

}  // namespace certguard
