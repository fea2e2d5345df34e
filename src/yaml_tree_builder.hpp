// Builds the tree of yaml_document.hpp out of yaml-cpp's events.
#pragma once

#include <yaml-cpp/eventhandler.h>

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "yaml_document.hpp"

namespace certguard {

class YamlTreeBuilder : public YAML::EventHandler {
  public:
    /// Thrown through yaml-cpp to make it stop reading; a problem has been added before.
    struct Stop {};

    /// TEXT is what yaml-cpp reads, without a byte order mark. Both must outlive the builder.
    YamlTreeBuilder(std::string_view text, std::vector<YamlProblem>& problems);

    /// The first document when it was read to its end and holds anything.
    std::optional<YamlNode> take_root() { return std::move(root_); }

    /// The text from MARK on; empty when MARK is nowhere.
    std::string_view source_at(const YAML::Mark& mark) const;

    void OnDocumentStart(const YAML::Mark& mark) override;
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override;
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value style) override;
    void OnSequenceEnd() override;
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value style) override;
    void OnMapEnd() override;

  private:
    /// A list or map that is being read.
    struct Open {
        YamlNode node;
        std::optional<YamlNode::Key> key;            // of the value that comes next
        bool key_is_new = true;                      // false: a duplicate, whose value is dropped
        std::unordered_map<std::string, int> lines;  // of the keys so far
    };

    YamlMark null_mark(const YAML::Mark& mark) const;
    std::string path_of_next() const;
    void problem(YamlMark mark, std::string message);
    /// Reports what is in front of a node: a tag or an anchor.
    bool has_properties(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor);
    std::string scalar_problem(std::string_view source, std::string_view value) const;
    void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
              YamlNode::Kind kind);
    void close();
    void add(YamlNode node);
    void add_key(Open& map, YamlNode node);

    std::string_view text_;
    std::vector<std::size_t> line_starts_;
    std::vector<YamlProblem>& problems_;
    std::vector<Open> open_;
    std::optional<YamlNode> root_;
    bool has_document_ = false;
};

}  // namespace certguard
