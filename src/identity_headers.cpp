#include "certguard/identity_headers.hpp"

#include <algorithm>

#include "printable.hpp"

namespace certguard {
namespace {

// What HTTP itself is made of, and everything that nginx 1.22 to 1.31 keeps pointers to
// (ngx_http_headers_in): removing such a header behind nginx's back would leave them dangling.
// All in folded form, see fold(); a trailing '*' makes a prefix.
constexpr std::string_view kNeeded[] = {
    // clang-format off
    "accept*", "authorization", "cache-control", "connection", "content-*", "cookie", "date",
    "depth", "destination", "expect", "host", "http2-settings", "if-*", "keep-alive", "overwrite",
    "proxy-authorization", "proxy-connection", "range", "referer", "sec-*", "te", "trailer",
    "transfer-encoding", "upgrade", "user-agent", "via", "x-forwarded-for", "x-real-ip",
    // clang-format on
};

constexpr std::array<char, 256> make_fold_table() noexcept {
    std::array<char, 256> table{};
    for (std::size_t i = 0; i < table.size(); ++i) {
        const char c = static_cast<char>(i);
        const bool is_upper = c >= 'A' && c <= 'Z';
        const bool is_kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        table[i] = is_upper ? static_cast<char>(c - 'A' + 'a') : is_kept ? c : '-';
    }
    return table;
}

constexpr std::array<char, 256> kFold = make_fold_table();

char fold(char c) noexcept {
    return kFold[static_cast<unsigned char>(c)];
}

std::string folded(std::string_view name) {
    std::string out(name);
    std::transform(out.begin(), out.end(), out.begin(), fold);
    return out;
}

bool begins_with(std::string_view text, std::string_view prefix) noexcept {
    return text.substr(0, prefix.size()) == prefix;
}

bool is_token_character(char c) noexcept {
    constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kOthers.find(c) != std::string_view::npos;
}

/// The needed header that NAME, folded, is; or that it covers, as a prefix. Empty when none.
std::string_view needed_header(std::string_view name, bool is_prefix) noexcept {
    for (const std::string_view needed : kNeeded) {
        const bool is_family = needed.back() == '*';
        const std::string_view stem = is_family ? needed.substr(0, needed.size() - 1) : needed;
        if (name == stem || (is_family && begins_with(name, stem)) ||
            (is_prefix && begins_with(stem, name))) {
            return needed;
        }
    }
    return {};
}

std::string token_problem(std::string_view name) {
    if (name.empty()) {
        return "an empty name";
    }
    const auto bad = std::find_if_not(name.begin(), name.end(), is_token_character);
    if (bad != name.end()) {
        return quoted(name) + " is no header name: " + quoted(std::string_view(&*bad, 1)) +
               " can't be part of one";
    }
    if (std::none_of(name.begin(), name.end(), [](char c) { return fold(c) != '-'; })) {
        return quoted(name) + " has neither a letter nor a digit";
    }
    return {};
}

}  // namespace

IdentityHeaders::IdentityHeaders() : IdentityHeaders(of_trusted_proxies()) {
    add(kProxiedCertificate);
    add(kProxiedHost);
}

IdentityHeaders::IdentityHeaders(std::initializer_list<std::string_view> entries) {
    for (const std::string_view entry : entries) {
        add(entry);
    }
}

IdentityHeaders IdentityHeaders::of_trusted_proxies() {
    return IdentityHeaders({"X-CLIENT-CERT", "SSL-CLIENT-*", "REMOTE-USER*"});
}

void IdentityHeaders::add(std::string_view entry) {
    const bool is_prefix = !entry.empty() && entry.back() == '*';
    const std::string name = folded(is_prefix ? entry.substr(0, entry.size() - 1) : entry);
    const auto known = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& other) {
        return other.folded == name && other.is_prefix == is_prefix;
    });
    if (name.empty() || known != entries_.end()) {
        return;
    }
    const std::uint64_t bit = std::uint64_t{1} << (static_cast<unsigned char>(name[0]) % 64);
    const std::size_t longest = first_characters_.size() - 1;
    const std::size_t shortest = std::min(name.size(), longest);
    for (std::size_t i = shortest; i <= (is_prefix ? longest : shortest); ++i) {
        first_characters_[i] |= bit;
    }
    entries_.push_back({name, is_prefix});
}

bool IdentityHeaders::contains(std::string_view name) const noexcept {
    if (name.empty()) {
        return false;
    }
    const std::uint64_t firsts = first_characters_[std::min(name.size(), std::size_t{63})];
    if ((firsts >> (static_cast<unsigned char>(fold(name[0])) % 64) & 1) == 0) {
        return false;
    }
    return std::any_of(entries_.begin(), entries_.end(), [name](const Entry& entry) {
        const std::string& want = entry.folded;
        return (entry.is_prefix ? name.size() >= want.size() : name.size() == want.size()) &&
               std::equal(want.begin(), want.end(), name.begin(),
                          [](char w, char have) { return w == fold(have); });
    });
}

std::string header_name_problem(std::string_view name) {
    std::string problem = token_problem(name);
    if (!problem.empty()) {
        return problem;
    }
    if (name.find('*') != std::string_view::npos) {
        return quoted(name) + " is no single header: no * here";
    }
    const std::string_view needed = needed_header(folded(name), false);
    if (!needed.empty()) {
        return quoted(name) + " is a header that HTTP or nginx needs itself";
    }
    return {};
}

std::string strip_entry_problem(std::string_view entry) {
    if (entry.empty() || entry.back() != '*') {
        return header_name_problem(entry);
    }
    const std::string_view stem = entry.substr(0, entry.size() - 1);
    std::string problem = token_problem(stem);
    if (!problem.empty()) {
        return problem;
    }
    if (stem.find('*') != std::string_view::npos) {
        return quoted(entry) + " has a * that is not at its end";
    }
    const std::string_view needed = needed_header(folded(stem), true);
    if (!needed.empty()) {
        return quoted(entry) + " covers " + quoted(needed) + ", which HTTP or nginx needs itself";
    }
    return {};
}

}  // namespace certguard
