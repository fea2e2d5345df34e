// A JSON answer, read once from front to back with simdjson's On-Demand parser.
//
// A reader names the members that it wants; all others are skipped where they stand, neither
// decoded nor copied, so a secret among them never leaves the body. Depth costs nothing: readers go
// no deeper than they are written, and skipping does not recurse. Memory is bounded by a small
// multiple of the body, which is at most limits::kAnswerBytes.
//
// Readers are functions bool(Value&). They give false to end the reading; the whole answer is then
// unfit. Views that text() gives are valid until read_document() returns.
#pragma once

// Otherwise simdjson's types depend on how a file is optimized, and those of two files don't fit.
#define SIMDJSON_DEVELOPMENT_CHECKS 0
#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "certguard/limits.hpp"

namespace certguard::json {

using Value = simdjson::ondemand::value;

/// A member that a reader wants, and what reads its value.
template <class Read>
struct Field {
    std::string_view name;
    Read read;
    bool seen = false;
};
template <class Read>
Field(const char*, Read) -> Field<Read>;

bool is_null(Value& value);
bool is_object(Value& value);
/// A string without its escapes; nothing when VALUE is no string, or none that is UTF-8.
std::optional<std::string_view> text(Value& value);
/// A whole number from 0 on, also when it arrives as a string of digits.
std::optional<std::uint64_t> number(Value& value);

std::optional<bool> boolean(Value& value);

/// Overwrites all that TEXT holds, and empties it.
void wipe(std::string& text) noexcept;
/// Adds the zeros that simdjson wants behind BODY, and wipes the old buffer if BODY has to move.
void pad(std::string& body);

namespace detail {

template <class Read>
bool read_once(Field<Read>& field, Value& value) {
    return !std::exchange(field.seen, true) && field.read(value);
}

template <class... Reads>
bool read_members(simdjson::ondemand::object object, Field<Reads>&... fields) {
    for (auto member : object) {
        std::string_view key;
        Value value;
        if (member.unescaped_key().get(key) || member.value().get(value)) {
            return false;
        }
        bool is_fit = true;
        (void)((key == fields.name && (is_fit = read_once(fields, value), true)) || ...);
        if (!is_fit) {
            return false;
        }
    }
    return true;
}

}  // namespace detail

/// False when VALUE is no object, its text is broken, a member of FIELDS comes twice, or its reader
/// gives false. A member that is missing is no error here.
template <class... Reads>
bool read_object(Value& value, Field<Reads>... fields) {
    simdjson::ondemand::object object;
    return !value.get_object().get(object) && detail::read_members(object, fields...);
}

/// READ gets each item in turn. False when VALUE is no array, its text is broken, or READ says so.
template <class Read>
bool read_array(Value& value, Read read) {
    simdjson::ondemand::array array;
    if (value.get_array().get(array)) {
        return false;
    }
    for (auto result : array) {
        Value item;
        if (result.get(item) || !read(item)) {
            return false;
        }
    }
    return true;
}

/// Reads the object that BODY consists of. BODY is padded, else unchanged.
template <class... Reads>
bool read_document(std::string& body, Field<Reads>... fields) {
    const std::size_t length = body.size();
    if (length > limits::kAnswerBytes) {
        return false;
    }
    pad(body);
    simdjson::ondemand::parser parser(body.size());
    simdjson::ondemand::document document;
    simdjson::ondemand::object root;
    return !parser.iterate(body.data(), length, body.size()).get(document) &&
           !document.get_object().get(root) && detail::read_members(root, fields...) &&
           document.current_location().error() == simdjson::OUT_OF_BOUNDS;
}

}  // namespace certguard::json
