#include "certguard/trust_files.hpp"

#include <algorithm>
#include <utility>

#include "certguard/limits.hpp"
#include "watched_file.hpp"

namespace certguard {
namespace {

using Text = std::shared_ptr<const TrustFileText>;

struct File {
    File(std::string path, bool crl) : watched(std::move(path)), is_crl(crl) {}

    WatchedFile watched;
    bool is_crl;
    Text latest;    // what it held at the last reading, good or not
    Text in_force;  // what the store in force was built from; null before the first
};

bool holds(const std::vector<NamedText>& all, const NamedText& one) {
    return std::any_of(all.begin(), all.end(), [&](const NamedText& other) {
        return other.name == one.name && other.text == one.text;
    });
}

bool mentions(const std::vector<NamedText>& all, const std::string& file) {
    return std::any_of(all.begin(), all.end(),
                       [&](const NamedText& one) { return one.name == file; });
}

void read(File& file) {
    TrustFileText text{file.watched.path(), {}};
    Result<std::string> content = file.watched.read(limits::kTrustFileBytes);
    if (content.ok()) {
        text.text = std::move(*content);
    } else {
        text.problem = content.error().message;
    }
    const bool as_before =
        file.in_force && file.in_force->problem == text.problem && file.in_force->text == text.text;
    file.latest =
        as_before ? file.in_force : std::make_shared<const TrustFileText>(std::move(text));
}

}  // namespace

/// What the files held when they were read last, and what has been said about them.
class TrustFiles::Watch {
  public:
    Watch(const std::vector<std::string>& ca, const std::vector<std::string>& crl) {
        files_.reserve(ca.size() + crl.size());
        for (const std::string& path : ca) {
            files_.emplace_back(path, false);
        }
        for (const std::string& path : crl) {
            files_.emplace_back(path, true);
        }
    }

    Refreshed load(std::int64_t now);
    Refreshed refresh(std::int64_t now);

  private:
    std::vector<Text> latest() const;
    bool all_in_force() const;
    TrustStore::Built build(const std::vector<Text>& texts, std::int64_t now) const;
    bool put_back_bad(std::vector<Text>& texts, const std::vector<NamedText>& errors) const;
    Refreshed take(const std::vector<File*>& changed, std::int64_t now);
    Refreshed unchanged(const std::vector<File*>& changed);
    void put_in_force(std::vector<Text> texts, TrustStore::Built built, Refreshed& found);
    Refreshed reminders(std::int64_t now);

    std::vector<File> files_;
    std::shared_ptr<const TrustStore> store_;  // the newest; the requests' may be older
    std::vector<NamedText> errors_;            // that stand
    std::vector<NamedText> warnings_;          // that were given since store_ was built
    int unsettled_looks_ = 0;                  // in a row
};

std::vector<Text> TrustFiles::Watch::latest() const {
    std::vector<Text> texts;
    for (const File& file : files_) {
        texts.push_back(file.latest);
    }
    return texts;
}

bool TrustFiles::Watch::all_in_force() const {
    return std::all_of(files_.begin(), files_.end(),
                       [](const File& file) { return file.latest == file.in_force; });
}

TrustStore::Built TrustFiles::Watch::build(const std::vector<Text>& texts, std::int64_t now) const {
    std::vector<TrustFileText> ca;
    std::vector<TrustFileText> crl;
    for (std::size_t i = 0; i < files_.size(); ++i) {
        (files_[i].is_crl ? crl : ca).push_back(*texts[i]);
    }
    return TrustStore::build(ca, crl, now);
}

/// Replaces what ERRORS are about by what was in force. False when that leaves nothing new.
bool TrustFiles::Watch::put_back_bad(std::vector<Text>& texts,
                                     const std::vector<NamedText>& errors) const {
    bool any_new = false;
    for (std::size_t i = 0; i < files_.size(); ++i) {
        if (files_[i].in_force == nullptr) {
            return false;
        }
        if (mentions(errors, files_[i].watched.path())) {
            texts[i] = files_[i].in_force;
        }
        any_new = any_new || texts[i] != files_[i].in_force;
    }
    return any_new;
}

TrustFiles::Refreshed TrustFiles::Watch::take(const std::vector<File*>& changed, std::int64_t now) {
    for (File* file : changed) {
        read(*file);
    }
    if (store_ != nullptr && all_in_force()) {
        return unchanged(changed);
    }
    Refreshed found;
    std::vector<Text> texts = latest();
    TrustStore::Built built = build(texts, now);
    const std::vector<NamedText> errors = built.errors;
    for (NamedText error : errors) {
        const bool is_new = std::any_of(changed.begin(), changed.end(), [&](const File* file) {
            return file->watched.path() == error.name;
        });
        if (is_new || !holds(errors_, error)) {
            error.text += store_ != nullptr ? "; what was read before stays in force" : "";
            found.errors.push_back(std::move(error));
        }
    }
    if (built.store == nullptr && put_back_bad(texts, errors)) {
        built = build(texts, now);
    }
    if (built.store != nullptr) {
        put_in_force(std::move(texts), std::move(built), found);
    }
    errors_ = errors;
    return found;
}

/// CHANGED files hold what is in force again, or still.
TrustFiles::Refreshed TrustFiles::Watch::unchanged(const std::vector<File*>& changed) {
    Refreshed found;
    for (const File* file : changed) {
        if (mentions(errors_, file->watched.path())) {
            found.read.push_back(file->watched.path());
        }
    }
    errors_.clear();
    return found;
}

void TrustFiles::Watch::put_in_force(std::vector<Text> texts, TrustStore::Built built,
                                     Refreshed& found) {
    for (std::size_t i = 0; i < files_.size(); ++i) {
        if (files_[i].in_force != texts[i]) {
            found.read.push_back(files_[i].watched.path());
            files_[i].in_force = std::move(texts[i]);
        }
    }
    for (const NamedText& warning : built.warnings) {
        if (!holds(warnings_, warning)) {
            found.warnings.push_back(warning);
        }
    }
    warnings_ = std::move(built.warnings);
    store_ = found.store = std::move(built.store);
}

/// Warnings that are due by time alone.
TrustFiles::Refreshed TrustFiles::Watch::reminders(std::int64_t now) {
    Refreshed found;
    if (store_ != nullptr) {
        for (NamedText& warning : store_->warnings(now)) {
            if (!holds(warnings_, warning)) {
                warnings_.push_back(warning);
                found.warnings.push_back(std::move(warning));
            }
        }
    }
    return found;
}

TrustFiles::Refreshed TrustFiles::Watch::load(std::int64_t now) {
    std::vector<File*> all;
    for (File& file : files_) {
        all.push_back(&file);
    }
    return take(all, now);
}

TrustFiles::Refreshed TrustFiles::Watch::refresh(std::int64_t now) {
    // A file that never comes to rest is read as it is then.
    constexpr int kMostUnsettledLooks = 20;
    std::vector<File*> changed;
    bool unsettled = false;
    for (File& file : files_) {
        const WatchedFile::Change change = file.watched.look();
        unsettled = unsettled || change == WatchedFile::Change::unsettled;
        if (change != WatchedFile::Change::none) {
            changed.push_back(&file);
        }
    }
    if (changed.empty()) {
        return reminders(now);
    }
    if (unsettled && ++unsettled_looks_ < kMostUnsettledLooks) {
        Refreshed found;
        found.unsettled = true;
        return found;
    }
    unsettled_looks_ = 0;
    try {
        return take(changed, now);
    } catch (...) {
        for (File* file : changed) {
            file->watched.forget();
        }
        throw;
    }
}

TrustFiles::TrustFiles(std::vector<std::string> ca, std::vector<std::string> crl)
    : ca_(std::move(ca)), crl_(std::move(crl)), watch_(std::make_unique<Watch>(ca_, crl_)) {}

TrustFiles::~TrustFiles() = default;

TrustFiles::Refreshed TrustFiles::load(std::int64_t now) {
    Refreshed found = watch_->load(now);
    adopt(found.store, now);
    return found;
}

TrustFiles::Refreshed TrustFiles::refresh(std::int64_t now) {
    return watch_->refresh(now);
}

}  // namespace certguard
