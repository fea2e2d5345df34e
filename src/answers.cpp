#include "answers.hpp"

#include <algorithm>

#include "certguard/names.hpp"
#include "printable.hpp"

namespace certguard {

std::unique_ptr<LookupSource::Pending> answer_no_names(const LookupSource::Done<NameList>& done) {
    done(answer_of(NameList()));
    return nullptr;
}

std::optional<Failed> uuid_problem(const HostQuestion& question) {
    if (is_host_uuid(question.uuid)) {
        return std::nullopt;
    }
    return Failed{LookupStatus::misconfigured, quoted(question.uuid) + " is not a host's UUID"};
}

NameList sorted(NameList list) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
    return list;
}

}  // namespace certguard
