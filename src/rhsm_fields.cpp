#include "rhsm_fields.hpp"

#include <algorithm>

namespace certguard {
namespace {

using namespace std::string_view_literals;

/// Is OID exactly PREFIX, one arc of any size, SUFFIX? Works on the DER bytes, because content ids
/// are larger than most integers: all but the last byte of an arc have their high bit set.
bool has_one_arc_between(std::string_view oid, std::string_view prefix, std::string_view suffix) {
    if (oid.size() <= prefix.size() + suffix.size() || oid.substr(0, prefix.size()) != prefix ||
        oid.substr(oid.size() - suffix.size()) != suffix) {
        return false;
    }
    oid.remove_prefix(prefix.size());
    oid.remove_suffix(suffix.size());
    const auto goes_on = [](char byte) { return (static_cast<unsigned char>(byte) & 0x80) != 0; };
    return oid[0] != '\x80' && !goes_on(oid.back()) &&
           std::all_of(oid.begin(), oid.end() - 1, goes_on);
}

bool has_duplicates(std::vector<std::string_view> oids) {
    std::sort(oids.begin(), oids.end());
    return std::adjacent_find(oids.begin(), oids.end()) != oids.end();
}

}  // namespace

RhsmFields find_rhsm_fields(const std::vector<RhsmExtension>& extensions) {
    RhsmFields fields;
    const auto set = [&fields](std::optional<std::string_view>& field, std::string_view value,
                               std::string_view name) {
        if (field) {
            fields.duplicate = name;
        } else {
            field = value;
        }
    };
    std::vector<std::string_view> url_oids;
    for (const auto& [oid, value] : extensions) {
        if (oid == "\x06"sv) {
            set(fields.version, value, "format version");
        } else if (oid == "\x07"sv) {
            set(fields.payload, value, "payload");
        } else if (oid == "\x04\x01"sv) {
            set(fields.order_name, value, "order name");
        } else if (has_one_arc_between(oid, "\x02"sv, "\x01\x06"sv)) {
            fields.content_urls.push_back(value);
            url_oids.push_back(oid);
        } else if (oid == "\x08"sv) {
            fields.type = fields.type.value_or(value);
        } else if (has_one_arc_between(oid, "\x02"sv, "\x01\x01"sv)) {
            fields.content_name = fields.content_name.value_or(value);
        } else if (has_one_arc_between(oid, "\x01"sv, "\x01"sv)) {
            fields.has_product = true;
        }
    }
    if (has_duplicates(std::move(url_oids))) {
        fields.duplicate = "content URL";
    }
    return fields;
}

}  // namespace certguard
