// What FlatpakIndexFilter must do, done the simple way: the whole document in memory, read by
// simdjson. For the unit test and the fuzz target.
#pragma once

#include <simdjson.h>

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "certguard/limits.hpp"

namespace reference_index {

using IsGranted = std::function<bool(std::string_view name)>;
using simdjson::dom::element;

/// Deepest nesting of objects and arrays in VALUE.
inline std::size_t depth_of(element value) {
    std::size_t deepest = 0;
    if (value.is_object()) {
        for (const auto field : value.get_object()) {
            deepest = std::max(deepest, depth_of(field.value));
        }
    } else if (value.is_array()) {
        for (const element child : value.get_array()) {
            deepest = std::max(deepest, depth_of(child));
        }
    } else {
        return 0;
    }
    return deepest + 1;
}

/// Escapes of NUL and of unpaired surrogates, which simdjson takes (the latter in part).
inline bool has_unwanted_escape(std::string_view json) {
    bool expects_low = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        unsigned unit = 0xFFFF;
        if (json[i] == '\\' && json.substr(i + 1, 1) == "u") {
            unit = static_cast<unsigned>(
                std::stoul("0" + std::string(json.substr(i + 2, 4)), nullptr, 16));
            i += 5;
        } else if (json[i] == '\\') {
            ++i;
        }
        const bool is_low = unit >= 0xDC00 && unit <= 0xDFFF;
        if (is_low != expects_low || unit == 0) {
            return true;
        }
        expects_low = unit >= 0xD800 && unit <= 0xDBFF;
    }
    return expects_low;
}

struct Index {
    bool is_good = false;
    bool is_doubtful = false;           // simdjson can't hold a number in it: says nothing
    std::vector<std::string> members;   // all but Registry and Results: the key, the value
    std::vector<std::string> entries;   // those granted, minified
    std::vector<std::string> registry;  // the values of Registry, minified
};

/// False when ENTRY has two names.
inline bool read_entry(element entry, const IsGranted& is_granted, Index& index) {
    std::vector<element> names;
    if (entry.is_object()) {
        for (const auto field : entry.get_object()) {
            if (field.key == "Name") {
                names.push_back(field.value);
            }
        }
    }
    if (names.size() == 1 && names[0].is_string() &&
        is_granted(std::string_view(names[0].get_string()))) {
        index.entries.push_back(simdjson::minify(entry));
    }
    return names.size() < 2;
}

inline Index read(std::string_view json, const IsGranted& is_granted) {
    Index index;
    simdjson::dom::parser parser;
    element document;
    const auto error = parser.parse(json.data(), json.size()).get(document);
    index.is_doubtful = error == simdjson::NUMBER_ERROR;
    const bool has_mark = json.substr(0, 3) == "\xef\xbb\xbf";  // which newer simdjson skips
    if (error != simdjson::SUCCESS || has_mark || !document.is_object() ||
        has_unwanted_escape(json) || depth_of(document) > certguard::limits::kIndexDepth) {
        return index;
    }
    int results = 0;
    bool is_good = true;
    for (const auto field : document.get_object()) {
        if (field.key == "Registry") {
            index.registry.push_back(simdjson::minify(field.value));
        } else if (field.key != "Results") {
            index.members.push_back(std::string(field.key));
            index.members.push_back(simdjson::minify(field.value));
        } else if (++results == 1 && field.value.is_array()) {
            for (const element entry : field.value.get_array()) {
                is_good = read_entry(entry, is_granted, index) && is_good;
            }
        } else {
            is_good = false;
        }
    }
    index.is_good = is_good && results == 1 && index.registry.size() < 2;
    return index;
}

/// Empty when IS_ACCEPTED and OUT are what must become of INPUT, else what is wrong with them.
inline std::string difference(std::string_view input, bool is_accepted, std::string_view out,
                              const IsGranted& is_granted) {
    const Index want = read(input, is_granted);
    if (want.is_doubtful) {
        return "";
    }
    if (want.is_good != is_accepted) {
        return want.is_good ? "a good index is an error" : "a bad index is accepted";
    }
    if (!is_accepted) {
        return "";
    }
    const Index have = read(out, [](std::string_view) { return true; });
    if (!have.is_good || have.registry != std::vector<std::string>{"\"/\""} ||
        out.substr(0, 15) != "{\"Registry\":\"/\"") {
        return "what comes out is no index with the registry /";
    }
    if (have.members != want.members) {
        return "other members of the index have changed";
    }
    return have.entries == want.entries ? "" : "not exactly the granted entries come out";
}

}  // namespace reference_index
