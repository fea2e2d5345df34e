#include "read_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <system_error>
#include <tuple>

namespace certguard {
namespace {

class Descriptor {
  public:
    explicit Descriptor(int fd) noexcept : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const noexcept { return fd_; }

  private:
    int fd_;
};

Error unreadable(std::string message) {
    return Error{Reason::internal_error, std::move(message)};
}

Error failed(const char* what, int error) {
    std::string message = std::string(what) + ": " + std::generic_category().message(error);
    if (error == EACCES) {
        // A worker of nginx rarely runs as the user that the admin tried it as.
        message += " for user id " + std::to_string(::geteuid());
    }
    return unreadable(std::move(message));
}

/// A name with a NUL would be cut there and name another file.
bool is_name(const std::string& path) {
    return !path.empty() && path.find('\0') == path.npos;
}

std::int64_t nanoseconds(const timespec& time) {
    return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

FileStamp stamp_from(const struct stat& status) {
    return FileStamp{static_cast<std::uint64_t>(status.st_dev),
                     static_cast<std::uint64_t>(status.st_ino),
                     static_cast<std::int64_t>(status.st_size), nanoseconds(status.st_mtim),
                     nanoseconds(status.st_ctim)};
}

std::optional<Error> not_a_file(const struct stat& status) {
    const char* kind = S_ISDIR(status.st_mode)                              ? "a directory"
                       : S_ISFIFO(status.st_mode)                           ? "a FIFO"
                       : S_ISSOCK(status.st_mode)                           ? "a socket"
                       : S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode) ? "a device"
                       : S_ISREG(status.st_mode)                            ? nullptr
                                                                            : "something else";
    if (kind == nullptr) {
        return std::nullopt;
    }
    return unreadable("is " + std::string(kind) + ", expected a regular file");
}

/// Reads SIZE bytes and looks for one more, which a growing file would have.
Result<std::string> read_exactly(int fd, std::size_t size) {
    std::string text(size + 1, '\0');
    std::size_t got = 0;
    while (got < text.size()) {
        const ssize_t n = ::read(fd, text.data() + got, text.size() - got);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return failed("can't be read", errno);
        }
        if (n == 0) {
            break;
        }
        got += static_cast<std::size_t>(n);
    }
    if (got != size) {
        return unreadable("changed while it was read");
    }
    text.resize(size);
    return text;
}

}  // namespace

bool FileStamp::operator==(const FileStamp& other) const noexcept {
    return std::tie(device, inode, size, modified_ns, changed_ns) ==
           std::tie(other.device, other.inode, other.size, other.modified_ns, other.changed_ns);
}

Result<FileContent> read_file(const std::string& path, std::size_t most) {
    if (!is_name(path)) {
        return unreadable("is no file name");
    }
    // O_NONBLOCK: opening a FIFO that nobody writes to must not wait.
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    if (file.get() < 0) {
        return failed("can't be opened", errno);
    }
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) {
        return failed("can't be examined", errno);
    }
    if (auto error = not_a_file(status)) {
        return *error;
    }
    const FileStamp before = stamp_from(status);
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size > most) {
        return unreadable("has " + std::to_string(size) + " bytes, at most " +
                          std::to_string(most) + " are read");
    }
    Result<std::string> text = read_exactly(file.get(), static_cast<std::size_t>(size));
    if (!text.ok()) {
        return text.error();
    }
    if (::fstat(file.get(), &status) != 0 || stamp_from(status) != before) {
        return unreadable("changed while it was read");
    }
    return FileContent{std::move(*text), before};
}

Result<FileStamp> stamp_of(const std::string& path) {
    if (!is_name(path)) {
        return unreadable("is no file name");
    }
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        return failed("can't be examined", errno);
    }
    return stamp_from(status);
}

}  // namespace certguard
