#include "foreman_environment_question.hpp"

#include <algorithm>

#include "certguard/limits.hpp"

namespace certguard {
ForemanEnvironmentQuestion::ForemanEnvironmentQuestion(const ForemanServer& server,
                                                       foreman::EnvironmentIds ids,
                                                       LookupSource::Done<NameList> done)
    : HttpQuestion(server.client, std::move(done)), server_(server), ids_(ids) {}

void ForemanEnvironmentQuestion::begin() {
    get(server_.urgent_request("/katello/api/v2/repositories" + foreman::query_of(ids_) +
                               "&content_type=docker&full_result=true"));
}

void ForemanEnvironmentQuestion::ask_next_page() {
    get(server_.urgent_request("/katello/api/v2/repositories" + foreman::query_of(ids_) +
                               "&content_type=docker&per_page=" + std::to_string(page_size_) +
                               "&page=" + std::to_string(pages_ + 1)));
}

ForemanEnvironmentQuestion::Step ForemanEnvironmentQuestion::receive(HttpResponse& response) {
    if (auto failed = server_.failure_of(response, url())) {
        return answer_of<NameList>(std::move(*failed));
    }
    Result<foreman::RepositoriesPage> page = foreman::read_repositories(response.body, ids_);
    if (!page) {
        return answer_of<NameList>(server_.unreadable(response, url(), page.error()));
    }
    const std::string problem = problem_of(*page);
    if (!problem.empty()) {
        return answer_of<NameList>({LookupStatus::failed, url() + ": " + problem});
    }
    ++pages_;
    page_size_ = std::max(page_size_, page->rows);
    rows_ += page->rows;
    names_.insert(names_.end(), page->names.begin(), page->names.end());
    if (page->rows == 0 || rows_ >= page->subtotal.value_or(0)) {
        return answer_of(sorted(std::move(names_)));
    }
    previous_ = std::move(page->names);
    ask_next_page();
    return std::nullopt;
}

std::string ForemanEnvironmentQuestion::problem_of(const foreman::RepositoriesPage& page) const {
    if (!page.error.empty()) {
        return "Katello could not search: " + page.error;
    }
    if (page.is_foreign) {
        return "the answer has repositories of another environment";
    }
    if (names_.size() + page.names.size() > limits::kAnswerNames) {
        return "more than " + std::to_string(limits::kAnswerNames) + " repositories";
    }
    if (page.rows == 0 && page.subtotal.value_or(0) > rows_) {
        return "the answer counts repositories but has none";
    }
    if (pages_ > 0 && page.rows > 0 && page.names == previous_) {
        return "the answer repeats the page before it";
    }
    if (pages_ + 1 == limits::kAnswerPages && rows_ + page.rows < page.subtotal.value_or(0)) {
        return "more than " + std::to_string(limits::kAnswerPages) + " pages";
    }
    return {};
}

}  // namespace certguard
