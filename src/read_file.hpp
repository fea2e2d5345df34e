// Reading a small regular file whole, and telling later whether it has changed.
//
// Errors are one line for the admin without the file's name, which the caller knows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "certguard/result.hpp"

namespace certguard {

/// What changes when a file is replaced or written to. The change time is part of it because
/// `cp -p` and `rsync -t` set the modification time to whatever they like.
struct FileStamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t modified_ns = 0;  // since the epoch
    std::int64_t changed_ns = 0;

    bool operator==(const FileStamp& other) const noexcept;
    bool operator!=(const FileStamp& other) const noexcept { return !(*this == other); }
};

struct FileContent {
    std::string text;
    FileStamp stamp;  // of the very file that TEXT was read from
};

/// The whole content of a regular file of at most MOST bytes. An error: a directory, a FIFO, a
/// device or a socket (none of them is ever waited for), a larger file, one that may not be read
/// and one that changes meanwhile. A file system that hangs hangs the caller.
Result<FileContent> read_file(const std::string& path, std::size_t most);

/// The stamp of what lies at PATH now, by one stat().
Result<FileStamp> stamp_of(const std::string& path);

}  // namespace certguard
