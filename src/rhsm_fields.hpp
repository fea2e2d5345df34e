// The RHSM extensions that say what kind of certificate this is and what it entitles to, found by
// their OIDs (rhsm.md section 2) and still undecoded.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "certguard/certificate.hpp"

namespace certguard {

/// Views into the extensions that it was made from. Of an extension that is there twice the first
/// one counts here; `duplicate` tells.
struct RhsmFields {
    std::optional<std::string_view> version;       // .6
    std::optional<std::string_view> payload;       // .7
    std::optional<std::string_view> type;          // .8, "Basic" or "OrgLevel"
    std::optional<std::string_view> order_name;    // .4.1
    std::optional<std::string_view> content_name;  // .2.<id>.1.1 of the first yum content set
    std::vector<std::string_view> content_urls;    // .2.<id>.1.6 of all of them, in order
    bool has_product = false;                      // .1.<id>.1
    /// Which of version, payload, order name and content URL is there twice; empty: none.
    std::string_view duplicate;
};

RhsmFields find_rhsm_fields(const std::vector<RhsmExtension>& extensions);

}  // namespace certguard
