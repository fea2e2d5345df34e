// The kinds of value that a policy's keys take. Each reader reports what is wrong with a field and
// then gives nothing (or, of a list, what was right).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "certguard/policy.hpp"
#include "policy_fields.hpp"

namespace certguard {

/// A text that is not empty and has no control characters. EXPECTED: "a file name".
std::optional<std::string> read_text(const Field& field, std::string_view expected,
                                     Findings& findings);

/// One of WORDS.
std::optional<std::size_t> read_word(const Field& field, const std::vector<std::string_view>& words,
                                     Findings& findings);

/// Bytes in [LEAST, MOST], see units.hpp.
std::optional<std::size_t> read_size(const Field& field, std::size_t least, std::size_t most,
                                     Findings& findings);

/// A time in [LEAST, MOST], see units.hpp.
std::optional<std::chrono::milliseconds> read_time(const Field& field,
                                                   std::chrono::milliseconds least,
                                                   std::chrono::milliseconds most,
                                                   Findings& findings);

/// A whole number in [LEAST, MOST], without a unit.
std::optional<std::size_t> read_number(const Field& field, std::size_t least, std::size_t most,
                                       Findings& findings);

/// The items of a list; a text stands for a list of one. EXPECTED: "a file or a list of files".
std::vector<Field> read_list(const Field& field, std::string_view expected, Findings& findings);

/// File names, relative ones seen from DIRECTORY ("" or with a slash at its end).
std::vector<FileName> read_files(const Field& field, const std::string& directory,
                                 Findings& findings);

/// One of them.
std::optional<FileName> read_file_name(const Field& field, const std::string& directory,
                                       Findings& findings);

/// Reports that FIELD has more than MOST of WHAT ("guards").
void check_count(const Field& field, std::size_t count, std::size_t most, std::string_view what,
                 Findings& findings);

/// Reports a NAME that admins give to a guard or a lookup and that is not up to 64 letters, digits,
/// '_', '.' and '-'. WHAT: "a guard's name".
void check_name(const Location& where, std::string_view name, std::string_view what,
                Findings& findings);

/// "a, b or c".
std::string joined_with_or(const std::vector<std::string_view>& words);

/// A decoded URL path without its slashes at both ends. Refuses what could never match or would
/// not mean what it looks like: dot segments, '//', '%41', '?', '#', '$', backslashes.
std::optional<std::string> read_url_path(const Field& field, std::string_view expected,
                                         Findings& findings);

}  // namespace certguard
