// What a policy's schema is written with: the keys of a map, asked for one by one, and the
// findings that come up on the way.
//
// A schema function asks a FieldMap for each key that it knows. finish() then reports all others,
// with the nearest key that was asked for: a new key is one more line in its schema function.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "certguard/diagnostic.hpp"
#include "yaml_document.hpp"

namespace certguard {

/// Collects diagnostics about one file.
class Findings {
  public:
    explicit Findings(std::string file) : file_(std::move(file)) {}

    Location at(YamlMark mark, std::string key) const;
    void error(Location where, std::string message);

    std::size_t errors() const noexcept { return errors_; }
    std::vector<Diagnostic> take() { return std::move(diagnostics_); }

  private:
    std::string file_;
    std::vector<Diagnostic> diagnostics_;
    std::size_t errors_ = 0;
};

/// By line and column; what has the same place stays in order.
void sort_by_place(std::vector<Diagnostic>& diagnostics);

/// A value in the policy and where it stands. A view: the tree must outlive it.
struct Field {
    const YamlNode* node;
    Location where;
};

/// What NODE is, for messages: "\"text\"", "a map", "a list", "nothing".
std::string what_is(const YamlNode& node);

class FieldMap {
  public:
    /// MAP must be a map; see expect_map().
    FieldMap(const Field& map, Findings& findings);

    /// The value of KEY; nothing when it is not there.
    std::optional<Field> find(std::string_view key);
    /// The same, and an error when it is not there. EXPECTED: "expected ..." for the message.
    std::optional<Field> require(std::string_view key, std::string_view expected);
    /// All values, in file order, whatever their keys are; counts as asking for all of them.
    std::vector<Field> all();
    /// Reports the keys that nobody has asked for.
    void finish();

  private:
    std::string unknown_key_message(std::string_view key) const;

    const YamlNode& map_;
    Location where_;
    Findings& findings_;
    std::vector<std::string_view> known_;
};

/// Reports "found ..., expected EXPECTED" unless FIELD is of KIND. Silent about refused nodes.
bool expect(const Field& field, YamlNode::Kind kind, std::string_view expected, Findings& findings);

/// The word of WORDS that NAME is a likely misspelling of; empty when none is near.
std::string_view nearest_word(std::string_view name, const std::vector<std::string_view>& words);

}  // namespace certguard
