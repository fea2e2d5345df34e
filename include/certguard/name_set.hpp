// A set of repository names, ready to be asked: immutable, sorted bytewise, in one block of memory.
//
// Names that follow each other mostly begin alike ("acme/dev/web/prod/nginx"), so each stores only
// what differs from the one before it; every 16th is whole, so that a search can begin there.
//
// Threads: immutable. Sharing: by std::shared_ptr, one object for all hosts that have these names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "certguard/lookup_source.hpp"

namespace certguard {

class NameSet {
  public:
    /// NAMES in any order; repeated ones count once.
    explicit NameSet(NameList names);

    bool contains(std::string_view name) const noexcept;
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    /// Bytes that this object keeps alive.
    std::size_t memory() const noexcept;

    /// The names in order, one at a time.
    class Cursor {
      public:
        explicit Cursor(const NameSet& names) noexcept : names_(names) {}
        /// False at the end.
        bool next();
        /// To the first name that sorts behind NAME, wherever the cursor is; false when none does.
        bool seek_behind(std::string_view name);
        /// Valid until the cursor moves.
        const std::string& name() const noexcept { return name_; }

      private:
        const NameSet& names_;
        std::size_t index_ = 0;
        std::size_t offset_ = 0;
        std::string name_;
    };

    NameList list() const;

  private:
    struct Entry {
        std::size_t shared;       // bytes that it has in common with the name before it
        std::string_view suffix;  // the rest
        std::size_t next;         // offset of the next entry
    };
    Entry entry(std::size_t offset) const noexcept;
    /// Of the first block whose first name sorts behind NAME.
    std::size_t block_behind(std::string_view name) const noexcept;

    std::size_t size_ = 0;
    std::vector<std::uint32_t> blocks_;  // offset of every 16th name
    std::string bytes_;
};

using NameSets = std::vector<std::shared_ptr<const NameSet>>;
using NameTest = std::function<bool(std::string_view)>;

/// Gives TAKE what is in any of SETS (null: nothing), sorts behind LAST and is WANTED: in order,
/// each name once, until TAKE returns false. Only so far are the sets read.
void each_name(const NameSets& sets, std::string_view last, const NameTest& wanted,
               const NameTest& take);

}  // namespace certguard
