#include "certguard/registry_answer.hpp"

#include <algorithm>
#include <limits>

#include "certguard/authorization_header.hpp"
#include "certguard/percent_encode.hpp"
#include "json_writer.hpp"
#include "query_string.hpp"

namespace certguard {
namespace {

constexpr std::size_t kHostBytes = 255;

RegistryAnswer answer(int status, std::string body) {
    RegistryAnswer out;
    out.status = status;
    out.headers = {{"Content-Type", "application/json"},
                   {"Docker-Distribution-API-Version", "registry/2.0"},
                   // What a certificate may see is for nobody else's cache.
                   {"Cache-Control", "no-store"}};
    out.body = std::move(body);
    return out;
}

void add_challenge(RegistryAnswer& out, const std::optional<std::string>& challenge) {
    if (challenge) {
        out.headers.emplace_back("WWW-Authenticate", *challenge);
    }
}

std::string_view code_word(OciError code) noexcept {
    switch (code) {
        case OciError::denied: return "DENIED";
        case OciError::name_invalid: return "NAME_INVALID";
        case OciError::unauthorized: return "UNAUTHORIZED";
        case OciError::unsupported: return "UNSUPPORTED";
        case OciError::unavailable: return "UNAVAILABLE";
    }
    return "UNSUPPORTED";
}

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Length of the name or address that HOST begins with; 0 when it is none.
std::size_t host_name_length(std::string_view host) noexcept {
    if (host.empty() || host.front() != '[') {
        const auto end = std::find_if_not(host.begin(), host.end(), [](char c) {
            return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_';
        });
        return static_cast<std::size_t>(end - host.begin());
    }
    const std::size_t bracket = host.find(']');
    const std::string_view address = host.substr(1, bracket - 1);
    const bool is_address = bracket != std::string_view::npos && address.size() >= 2 &&
                            std::all_of(address.begin(), address.end(), [](char c) {
                                return is_digit(c) || (c >= 'a' && c <= 'f') ||
                                       (c >= 'A' && c <= 'F') || c == ':' || c == '.';
                            });
    return is_address ? bracket + 1 : 0;
}

/// Digits alone; what does not fit is as good as the largest number.
std::optional<std::size_t> read_number(std::string_view text) noexcept {
    if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) {
        return std::nullopt;
    }
    constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
    std::size_t number = 0;
    for (const char c : text) {
        const auto digit = static_cast<std::size_t>(c - '0');
        if (number > (kMost - digit) / 10) {
            return kMost;
        }
        number = number * 10 + digit;
    }
    return number;
}

/// Empty, or a colon and a port.
bool is_port_suffix(std::string_view text) noexcept {
    if (text.empty()) {
        return true;
    }
    const std::optional<std::size_t> port =
        text.front() == ':' && text.size() <= 6 ? read_number(text.substr(1)) : std::nullopt;
    return port && *port >= 1 && *port <= 65535;
}

constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

/// The number called n in QUERY, OTHERWISE when there is none.
Result<std::size_t> page_size(std::string_view query, std::size_t otherwise) {
    const std::optional<std::string_view> text = query_value(query, "n");
    const std::optional<std::size_t> number =
        text ? read_number(*text) : std::optional<std::size_t>(otherwise);
    if (!number) {
        return Error{Reason::bad_request_path, "n must be a number"};
    }
    return *number;
}

/// The decoded value of KEY in QUERY, empty when there is none.
Result<std::string> decoded(std::string_view query, std::string_view key) {
    std::optional<std::string> value = decode_query_value(query_value(query, key).value_or(""));
    if (!value) {
        return Error{Reason::bad_request_path, std::string(key) + " can't be decoded"};
    }
    return *std::move(value);
}

std::string in_lower_case(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    });
    return text;
}

}  // namespace

std::optional<std::string> bearer_challenge(std::string_view host, std::string_view scope) {
    const std::size_t length = host.size() > kHostBytes ? 0 : host_name_length(host);
    const bool can_quote = std::all_of(scope.begin(), scope.end(), [](char c) {
        return c > 0x20 && c < 0x7f && c != '"' && c != '\\';
    });
    if (length == 0 || !is_port_suffix(host.substr(length)) || !can_quote) {
        return std::nullopt;
    }
    std::string out = "Bearer realm=\"https://";
    out.append(host).append("/v2/token\",service=\"").append(host.substr(0, length));
    return out.append("\",scope=\"").append(scope).append("\"");
}

RegistryAnswer error_answer(int status, OciError code, std::string_view message) {
    JsonWriter json;
    json.begin_object().key("errors").begin_array().begin_object();
    json.member("code", code_word(code)).member("message", message);
    return answer(status, json.end_object().end_array().end_object().text());
}

RegistryAnswer unauthorized_answer(std::string_view message,
                                   const std::optional<std::string>& challenge) {
    RegistryAnswer out = error_answer(401, OciError::unauthorized, message);
    add_challenge(out, challenge);
    return out;
}

RegistryAnswer unavailable_answer(std::string_view message, std::uint32_t retry_after_seconds) {
    RegistryAnswer out = error_answer(503, OciError::unavailable, message);
    out.headers.emplace_back("Retry-After",
                             std::to_string(std::max<std::uint32_t>(retry_after_seconds, 1)));
    std::string line;
    std::copy_if(message.begin(), message.end(), std::back_inserter(line),
                 [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; });
    out.headers.emplace_back("Warning", "299 - \"" + line + "\"");
    out.reason_phrase = std::move(line);
    return out;
}

RegistryAnswer ping_answer(const std::optional<std::string>& challenge) {
    RegistryAnswer out = answer(200, "{}");
    add_challenge(out, challenge);
    return out;
}

RegistryAnswer marker_token_answer() {
    JsonWriter json;
    json.begin_object().member("token", kMarkerToken).member("expires_in", std::int64_t{300});
    return answer(200, json.end_object().text());
}

RegistryAnswer v1_ping_answer() {
    return answer(200, "");
}

Result<RegistryAnswer> catalog_answer(const ListedNames& names, std::string_view query) {
    const Result<std::size_t> most = page_size(query, kAll);
    const Result<std::string> last = decoded(query, "last");
    if (!most || !last) {
        return !most ? most.error() : last.error();
    }
    JsonWriter json;
    json.begin_object().key("repositories").begin_array();
    std::size_t taken = 0;
    std::string end;
    bool has_more = false;
    const auto any = [](std::string_view) { return true; };
    const auto take = [&](std::string_view name) {
        has_more = taken == *most && taken > 0;
        if (taken == *most) {
            return false;
        }
        ++taken;
        end = name;
        json.value(name);
        return true;
    };
    names.each(*last, any, take);
    RegistryAnswer out = answer(200, json.end_array().end_object().text());
    if (has_more) {
        out.headers.emplace_back("Link", "</v2/_catalog?last=" + percent_encode(end) +
                                             "&n=" + std::to_string(*most) + ">; rel=\"next\"");
    }
    return out;
}

Result<RegistryAnswer> search_answer(const ListedNames& names, std::string_view query,
                                     bool speaks_v2) {
    if (speaks_v2) {
        return answer(404, "{}");
    }
    const Result<std::size_t> most = page_size(query, 25);
    const Result<std::string> term = decoded(query, "q");
    if (!most || !term) {
        return !most ? most.error() : term.error();
    }
    const std::string part = in_lower_case(*term);
    NameList found;
    const auto has_part = [&part](std::string_view name) {
        return name.find(part) != std::string_view::npos;
    };
    const auto take = [&found, &most](std::string_view name) {
        found.emplace_back(name);
        return found.size() < *most;
    };
    if (*most > 0) {
        names.each({}, has_part, take);
    }
    JsonWriter json;
    json.begin_object().member("num_results", static_cast<std::int64_t>(found.size()));
    json.member("query", *term).key("results").begin_array();
    for (const std::string& name : found) {
        json.begin_object().member("name", name).key("description").null().end_object();
    }
    return answer(200, json.end_array().end_object().text());
}

}  // namespace certguard
