// The names that come from outside, and the one form in which each is believed. What has another
// form is never put into a URL, a header or a comparison.
//
// All functions are linear, allocate nothing and take any bytes.
#pragma once

#include <string_view>

namespace certguard {

/// A consumer UUID: 36 hex digits and dashes, letters in lower case.
bool is_host_uuid(std::string_view text) noexcept;

/// A container repository name by the OCI distribution grammar (its <name>), at most
/// limits::kRepositoryName bytes: "acme/dev/web/prod/nginx".
bool is_repository_name(std::string_view text) noexcept;

/// A label of Katello: letters, digits, '_' and '-', 1 to limits::kLabel bytes.
bool is_label(std::string_view text) noexcept;

/// The label of a content view environment: that of a lifecycle environment ("Library"), or that
/// and a content view's ("Dev/web").
bool is_environment_label(std::string_view text) noexcept;

}  // namespace certguard
