// Flatpak's index (`/index/static`, reference/katello.md 1.5) reduced to what a host may see, while
// it streams by.
//
//   {"Registry":"https://...","Results":[{"Name":"org/app","Images":[...]}, ...]}
//
// What comes out has `Registry` first and always "/", which leads clients back to where they came
// from; the other members in their order; and of `Results` the entries whose `Name` is granted, as
// they were but for the space between tokens. An entry without a `Name` is nobody's and left out.
//
// Nothing is given out before it was read to its end and granted, so memory is one entry at most
// (limits::kIndexEntryBytes, and the string's spare capacity). Everything that could be read in
// two ways is an error: what is no JSON (json_scanner.hpp says how strict), a second `Registry`,
// `Results` or `Name`, no `Results` or one that is no array, text behind the document, an end
// before its end. After an error nothing more comes out; the final brace comes with finish() only,
// so no broken document ever looks whole. The caller must then cut the response off.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace certguard {

class FlatpakIndexFilter {
  public:
    using IsGranted = std::function<bool(std::string_view name)>;

    /// IS_GRANTED gets decoded names and must not throw.
    explicit FlatpakIndexFilter(IsGranted is_granted);
    FlatpakIndexFilter(FlatpakIndexFilter&&) noexcept;
    FlatpakIndexFilter& operator=(FlatpakIndexFilter&&) noexcept;
    ~FlatpakIndexFilter();

    /// Reads the next piece of the document, of any length, and appends to OUT what can go to the
    /// client now. False on an error, now or before.
    [[nodiscard]] bool write(std::string_view chunk, std::string& out) noexcept;
    /// The document has ended; appends its end to OUT. False when that is an error.
    [[nodiscard]] bool finish(std::string& out) noexcept;

    /// What is wrong, for the admin, in static storage; null while nothing is.
    const char* problem() const noexcept;

  private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace certguard
