#include "json.hpp"

#include <openssl/crypto.h>

#include <charconv>

namespace certguard::json {
namespace {

std::optional<simdjson::ondemand::json_type> type_of(Value& value) {
    simdjson::ondemand::json_type type{};
    if (value.type().get(type)) {
        return std::nullopt;
    }
    return type;
}

std::optional<std::uint64_t> number_in(std::string_view digits) {
    std::uint64_t number = 0;
    const char* const end = digits.data() + digits.size();
    const auto [rest, error] = std::from_chars(digits.data(), end, number);
    if (error != std::errc() || rest != end) {
        return std::nullopt;
    }
    return number;
}

}  // namespace

bool is_null(Value& value) {
    return type_of(value) == simdjson::ondemand::json_type::null;
}

bool is_object(Value& value) {
    return type_of(value) == simdjson::ondemand::json_type::object;
}

std::optional<std::string_view> text(Value& value) {
    std::string_view text;
    if (value.get_string().get(text)) {
        return std::nullopt;
    }
    return text;
}

std::optional<std::uint64_t> number(Value& value) {
    if (type_of(value) == simdjson::ondemand::json_type::string) {
        const std::optional<std::string_view> digits = text(value);
        return digits ? number_in(*digits) : std::nullopt;
    }
    std::uint64_t number = 0;
    if (value.get_uint64().get(number)) {
        return std::nullopt;
    }
    return number;
}

std::optional<bool> boolean(Value& value) {
    bool truth = false;
    if (value.get_bool().get(truth)) {
        return std::nullopt;
    }
    return truth;
}

void wipe(std::string& text) noexcept {
    text.resize(text.capacity());
    OPENSSL_cleanse(text.data(), text.size());
    text.clear();
}

void pad(std::string& body) {
    if (body.capacity() - body.size() < simdjson::SIMDJSON_PADDING) {
        std::string roomy;
        roomy.reserve(body.size() + simdjson::SIMDJSON_PADDING);
        roomy = body;
        wipe(body);
        body.swap(roomy);
    }
    body.append(simdjson::SIMDJSON_PADDING, '\0');
}

}  // namespace certguard::json
