#include "read_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catch.hpp"
#include "temporary_directory.hpp"

using namespace certguard;
using certguard::test::TemporaryDirectory;

namespace {

std::string error_of(const std::string& path, std::size_t most = 100) {
    const Result<FileContent> content = read_file(path, most);
    REQUIRE(!content.ok());
    CHECK(content.error().message.find('\n') == std::string::npos);
    return content.error().message;
}

}  // namespace

TEST_CASE("a file is read whole, whatever bytes are in it") {
    const TemporaryDirectory directory;
    for (const std::string& text : {std::string(), std::string("a\0b\r\n", 5)}) {
        const auto content = read_file(directory.write("file", text), 100);
        REQUIRE(content.ok());
        CHECK(content->text == text);
    }
}

TEST_CASE("a file may have as many bytes as the limit and no more") {
    const TemporaryDirectory directory;
    CHECK(read_file(directory.write("file", std::string(100, 'x')), 100).ok());
    CHECK(error_of(directory.write("file", std::string(101, 'x'))) ==
          "has 101 bytes, at most 100 are read");
}

TEST_CASE("a sparse file of a gigabyte is refused without being read") {
    const TemporaryDirectory directory;
    const std::string path = directory.write("file", "");
    REQUIRE(::truncate(path.c_str(), 1L << 30) == 0);
    CHECK(error_of(path) == "has 1073741824 bytes, at most 100 are read");
}

TEST_CASE("what is no regular file is refused by its kind, and never waited for") {
    const TemporaryDirectory directory;
    CHECK(error_of(directory.path(".")) == "is a directory, expected a regular file");
    CHECK(error_of("/dev/null") == "is a device, expected a regular file");
    const std::string fifo = directory.path("fifo");
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    CHECK(error_of(fifo) == "is a FIFO, expected a regular file");
}

TEST_CASE("a file that can't be opened is an error that says why") {
    const TemporaryDirectory directory;
    CHECK(error_of(directory.path("none")) == "can't be opened: No such file or directory");
    CHECK(error_of(directory.write("file", "") + "/x") == "can't be opened: Not a directory");
    CHECK(error_of("") == "is no file name");
    CHECK(error_of(directory.path("file") + std::string("\0.pem", 5)) == "is no file name");
    CHECK(!stamp_of(directory.path("none")).ok());
    CHECK(!stamp_of("").ok());
    if (::geteuid() != 0) {
        REQUIRE(::chmod(directory.path("file").c_str(), 0) == 0);
        CHECK(error_of(directory.path("file")) ==
              "can't be opened: Permission denied for user id " + std::to_string(::geteuid()));
    }
}

TEST_CASE("a link is followed to the file behind it") {
    const TemporaryDirectory directory;
    directory.write("file", "text");
    REQUIRE(::symlink("file", directory.path("link").c_str()) == 0);
    CHECK(read_file(directory.path("link"), 100)->text == "text");
    CHECK(*stamp_of(directory.path("link")) == *stamp_of(directory.path("file")));
}

TEST_CASE("the stamp of what was read is the file's until it is written to or replaced") {
    const TemporaryDirectory directory;
    const std::string path = directory.write("file", "text");
    const FileStamp stamp = read_file(path, 100)->stamp;
    CHECK(*stamp_of(path) == stamp);
    SECTION("replaced, with the same size and modification time") {
        struct stat status {};
        REQUIRE(::stat(path.c_str(), &status) == 0);
        directory.replace("file", "TEXT");
        const timespec times[] = {status.st_atim, status.st_mtim};
        REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
        CHECK(*stamp_of(path) != stamp);
    }
    SECTION("written to") {
        directory.write("file", "longer text");
        CHECK(*stamp_of(path) != stamp);
    }
}
