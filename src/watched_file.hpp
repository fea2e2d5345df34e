// A file that is read again when it has changed and stopped changing.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "read_file.hpp"

namespace certguard {

class WatchedFile {
  public:
    enum class Change {
        none,       // as it was when it was read last
        unsettled,  // different, and perhaps still being written
        settled,    // different, and the same as at the last look: read() it
    };

    explicit WatchedFile(std::string path) : path_(std::move(path)) {}

    const std::string& path() const noexcept { return path_; }

    /// Compares by one stat(). A file that is not there, or no longer, is looked at like others.
    Change look();
    /// Reads the file; at most MOST bytes. An error when it can't be read: it is remembered as the
    /// content, so that the next look() tells when that has changed.
    Result<std::string> read(std::size_t most);
    /// Makes the next look() find the file changed.
    void forget();

  private:
    /// What a look finds: a stamp, or why there is none.
    struct Sight {
        std::optional<FileStamp> stamp;
        std::string problem;

        bool operator==(const Sight& other) const {
            return stamp == other.stamp && problem == other.problem;
        }
    };

    std::string path_;
    Sight known_;                    // of the last read()
    std::optional<Sight> changing_;  // of the last look(), if it was another
};

}  // namespace certguard
