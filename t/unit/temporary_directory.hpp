// A directory for the files of one test, removed with all that is in it.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace certguard::test {

class TemporaryDirectory {
  public:
    TemporaryDirectory() {
        std::string path = (std::filesystem::temp_directory_path() / "certguard-XXXXXX").string();
        if (::mkdtemp(path.data()) == nullptr) {
            throw std::runtime_error("can't make " + path);
        }
        path_ = path;
    }
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    std::string path(const std::string& name) const { return (path_ / name).string(); }

    /// Writes into the file that is there, or makes one.
    std::string write(const std::string& name, const std::string& text) const {
        std::ofstream(path(name), std::ios::binary | std::ios::trunc) << text;
        return path(name);
    }
    /// Puts another file in the place of the one that is there, as careful tools do.
    void replace(const std::string& name, const std::string& text) const {
        write(name + ".new", text);
        std::filesystem::rename(path(name + ".new"), path(name));
    }
    void remove(const std::string& name) const { std::filesystem::remove_all(path(name)); }

  private:
    std::filesystem::path path_;
};

}  // namespace certguard::test
