// Entitlements by the names of the certificate files that they come from.
#pragma once

#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "certguard/entitlement.hpp"

namespace certguard::cli {

/// Reads and decodes the certificate in FILE.
Result<Entitlement> read_entitlement(const std::string& file);

/// Remembers what read_entitlement() gave, errors too: the least recently used go first when there
/// are too many or they take too much memory.
class EntitlementFiles {
  public:
    EntitlementFiles(std::size_t most_files, std::size_t most_bytes)
        : most_files_(most_files), most_bytes_(most_bytes) {}

    /// Valid until the next call.
    const Result<Entitlement>& read(std::string_view file);

  private:
    struct Entry {
        std::string file;
        Result<Entitlement> entitlement;
        std::size_t bytes;
    };
    using Order = std::list<Entry>;  // most recently used first

    void make_room();

    std::size_t most_files_;
    std::size_t most_bytes_;
    std::size_t bytes_ = 0;
    Order order_;
    std::unordered_map<std::string_view, Order::iterator> by_file_;  // keys: views into order_
};

}  // namespace certguard::cli
