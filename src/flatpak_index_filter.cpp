#include "certguard/flatpak_index_filter.hpp"

#include <optional>
#include <utility>

#include "certguard/limits.hpp"
#include "json_scanner.hpp"
#include "json_unescaped.hpp"

namespace certguard {
namespace {

// How many brackets are open inside the document, inside `Results` and inside an entry of it.
constexpr std::size_t kDocument = 1;
constexpr std::size_t kResults = 2;
constexpr std::size_t kEntry = 3;

}  // namespace

class FlatpakIndexFilter::State {
  public:
    explicit State(IsGranted is_granted)
        : is_granted_(std::move(is_granted)), scanner_(limits::kIndexDepth) {}

    bool write(std::string_view chunk, std::string& out);
    bool finish(std::string& out);
    bool fail(const char* problem) noexcept {
        problem_ = problem;
        return false;
    }
    const char* problem() const noexcept { return problem_; }

  private:
    using Token = JsonScanner::Token;
    enum class Member { none, registry, results, other };

    bool take(char c, std::string& out);
    bool in_document(char c, Token token, std::string& out);
    bool in_results(char c, Token token, std::size_t depth, std::string& out);
    bool in_entry(Token token);
    bool begin_member();
    void end_member(std::string& out);
    void end_entry(std::string& out);
    bool keep(char c, Token token);
    std::string latest_string() const;

    IsGranted is_granted_;
    JsonScanner scanner_;
    const char* problem_ = nullptr;

    // What has been read of a member of the document or of an entry of Results.
    std::string unit_;
    std::size_t string_begin_ = 0;  // in unit_: the quote that begins its latest string
    Member member_ = Member::none;
    bool has_registry_ = false;
    bool has_results_ = false;
    bool has_given_entry_ = false;

    bool entry_has_name_ = false;
    bool name_follows_ = false;  // the value of the key Name is next
    std::optional<std::string> name_;
};

bool FlatpakIndexFilter::State::write(std::string_view chunk, std::string& out) {
    for (const char c : chunk) {
        if (problem_ != nullptr || !take(c, out)) {
            return false;
        }
    }
    return problem_ == nullptr;
}

bool FlatpakIndexFilter::State::finish(std::string& out) {
    if (problem_ != nullptr) {
        return false;
    }
    if (!scanner_.is_complete()) {
        return fail("the index ends before its end");
    }
    if (!has_results_) {
        return fail("the index has no Results");
    }
    out += '}';
    return true;
}

bool FlatpakIndexFilter::State::take(char c, std::string& out) {
    const std::size_t depth = scanner_.depth();
    const Token token = scanner_.take(c);
    if (token == Token::bad) {
        return fail(scanner_.problem());
    }
    if (token == Token::space) {
        return true;
    }
    if (depth == 0) {
        if (token != Token::object_begin) {
            return fail("the index is no JSON object");
        }
        out += "{\"Registry\":\"/\"";
        return true;
    }
    if (depth == kDocument) {
        return in_document(c, token, out);
    }
    return member_ == Member::results ? in_results(c, token, depth, out) : keep(c, token);
}

bool FlatpakIndexFilter::State::in_document(char c, Token token, std::string& out) {
    if (token == Token::comma || token == Token::object_end) {
        end_member(out);
        return true;
    }
    if (member_ == Member::results) {
        if (token == Token::array_begin) {
            out += ",\"Results\":[";
        }
        return token == Token::array_begin || token == Token::colon ||
               fail("Results of the index is no array");
    }
    if (!keep(c, token)) {
        return false;
    }
    return token == Token::string_end && scanner_.is_key() ? begin_member() : true;
}

bool FlatpakIndexFilter::State::begin_member() {
    const std::string key = latest_string();
    if (key == "Registry") {
        member_ = Member::registry;
        return !std::exchange(has_registry_, true) || fail("the index has two Registry");
    }
    if (key == "Results") {
        member_ = Member::results;
        unit_.clear();
        return !std::exchange(has_results_, true) || fail("the index has two Results");
    }
    member_ = Member::other;
    return true;
}

void FlatpakIndexFilter::State::end_member(std::string& out) {
    if (member_ == Member::other) {
        out.append(",").append(unit_);
    }
    unit_.clear();
    member_ = Member::none;
}

bool FlatpakIndexFilter::State::in_results(char c, Token token, std::size_t depth,
                                           std::string& out) {
    if (depth == kResults && (token == Token::comma || token == Token::array_end)) {
        end_entry(out);
        if (token == Token::array_end) {
            out += ']';
        }
        return true;
    }
    if (!keep(c, token)) {
        return false;
    }
    return depth == kEntry ? in_entry(token) : true;
}

bool FlatpakIndexFilter::State::in_entry(Token token) {
    if (token == Token::comma) {
        name_follows_ = false;
    }
    if (token != Token::string_end) {
        return true;
    }
    if (!scanner_.is_key()) {
        if (name_follows_) {
            name_ = latest_string();
        }
        return true;
    }
    name_follows_ = latest_string() == "Name";
    return !name_follows_ || !std::exchange(entry_has_name_, true) ||
           fail("an entry of the index has two Name");
}

void FlatpakIndexFilter::State::end_entry(std::string& out) {
    if (name_ && is_granted_(*name_)) {
        out.append(has_given_entry_ ? "," : "").append(unit_);
        has_given_entry_ = true;
    }
    unit_.clear();
    name_.reset();
    entry_has_name_ = false;
    name_follows_ = false;
}

/// Remembers a byte of the unit; of a Registry only its key, because its value is replaced.
bool FlatpakIndexFilter::State::keep(char c, Token token) {
    if (member_ == Member::registry) {
        return true;
    }
    if (unit_.size() == limits::kIndexEntryBytes) {
        return fail("an entry of the index is too large");
    }
    if (token == Token::string_begin) {
        string_begin_ = unit_.size();
    }
    unit_ += c;
    return true;
}

std::string FlatpakIndexFilter::State::latest_string() const {
    const std::string_view quoted = std::string_view(unit_).substr(string_begin_);
    // The scanner has let nothing pass that can't be unescaped.
    return json_unescaped(quoted.substr(1, quoted.size() - 2)).value();
}

FlatpakIndexFilter::FlatpakIndexFilter(IsGranted is_granted)
    : state_(std::make_unique<State>(std::move(is_granted))) {}
FlatpakIndexFilter::FlatpakIndexFilter(FlatpakIndexFilter&&) noexcept = default;
FlatpakIndexFilter& FlatpakIndexFilter::operator=(FlatpakIndexFilter&&) noexcept = default;
FlatpakIndexFilter::~FlatpakIndexFilter() = default;

bool FlatpakIndexFilter::write(std::string_view chunk, std::string& out) noexcept {
    try {
        return state_->write(chunk, out);
    } catch (...) {
        return state_->fail("out of memory");
    }
}

bool FlatpakIndexFilter::finish(std::string& out) noexcept {
    try {
        return state_->finish(out);
    } catch (...) {
        return state_->fail("out of memory");
    }
}

const char* FlatpakIndexFilter::problem() const noexcept {
    return state_->problem();
}

}  // namespace certguard
