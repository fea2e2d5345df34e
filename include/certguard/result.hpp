// Errors are values: a Result<T> holds either a T or the Error that prevented it.
// An Error carries the Reason a client is refused with, and one line of English for the admin.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "certguard/reason.hpp"

namespace certguard {

struct Error {
    Reason reason = Reason::internal_error;
    /// One line: what was found and what was expected. Never secret, printable ASCII or UTF-8.
    std::string message;
};

/// Holds a T or an Error. Reading the one that is not there is a programming error
/// (std::bad_variant_access), so test with ok() first.
template <class T>
class [[nodiscard]] Result {
  public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

    bool ok() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return ok(); }

    const T& value() const& { return std::get<0>(state_); }
    T& value() & { return std::get<0>(state_); }
    T&& value() && { return std::get<0>(std::move(state_)); }
    const T& operator*() const& { return value(); }
    T& operator*() & { return value(); }
    const T* operator->() const { return &value(); }
    T* operator->() { return &value(); }

    const Error& error() const { return std::get<1>(state_); }

  private:
    std::variant<T, Error> state_;
};

}  // namespace certguard
