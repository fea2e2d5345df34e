#include "watched_file.hpp"

namespace certguard {

WatchedFile::Change WatchedFile::look() {
    const Result<FileStamp> stamp = stamp_of(path_);
    Sight now;
    if (stamp.ok()) {
        now.stamp = *stamp;
    } else {
        now.problem = stamp.error().message;
    }
    if (now == known_) {
        changing_.reset();
        return Change::none;
    }
    if (changing_ && now == *changing_) {
        return Change::settled;
    }
    changing_ = std::move(now);
    return Change::unsettled;
}

Result<std::string> WatchedFile::read(std::size_t most) {
    // Whatever happens while it is read makes the next look() differ from this.
    const Result<FileStamp> stamp = stamp_of(path_);
    Result<FileContent> content = read_file(path_, most);
    known_ = Sight{};
    changing_.reset();
    if (content.ok()) {
        known_.stamp = content->stamp;
        return std::move(content->text);
    }
    if (stamp.ok()) {
        known_.stamp = *stamp;
    } else {
        known_.problem = stamp.error().message;
    }
    return content.error();
}

void WatchedFile::forget() {
    known_ = Sight{};
    changing_.reset();
}

}  // namespace certguard
