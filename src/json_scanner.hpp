// JSON (RFC 8259) checked and cut into tokens byte by byte, in constant memory.
//
// The scanner keeps no text: it tells of each byte what it is, and whoever feeds it keeps what he
// needs. Stricter than the RFC in three points, in which readers differ: strings must be UTF-8, an
// escape must not stand for half a character (an unpaired surrogate) nor for NUL.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace certguard {

class JsonScanner {
  public:
    /// What a byte is. A number ends silently, with the byte behind it.
    enum class Token {
        bad,    // no JSON; so is every byte after it
        space,  // between tokens
        part,   // of a number, of a literal or inside a string
        string_begin,
        string_end,
        object_begin,
        object_end,
        array_begin,
        array_end,
        comma,
        colon,
    };

    explicit JsonScanner(std::size_t most_depth) : most_depth_(most_depth) {}

    Token take(char c);

    /// Objects and arrays that are open after the last byte.
    std::size_t depth() const noexcept { return open_.size(); }
    /// Of the string that the last byte began or ended: is it a key?
    bool is_key() const noexcept { return is_key_; }
    /// One whole value has been read, and nothing but space behind it. (A number is not whole
    /// before the byte behind it.)
    bool is_complete() const noexcept { return state_ == State::done; }
    /// What is wrong, in static storage; null until a byte was bad.
    const char* problem() const noexcept { return problem_; }

  private:
    enum class State {
        value,        // a value must follow
        first_value,  // a value or ']'
        first_key,    // a key or '}'
        key,          // a key must follow
        colon,
        after_value,  // a comma or the closing bracket
        done,
        string,
        escape,
        escape_digits,
        low_backslash,  // the second half of a surrogate pair must follow
        low_u,
        utf8,
        literal,
        minus,
        zero,
        integer,
        point,
        fraction,
        exponent,
        exponent_sign,
        exponent_digits,
        bad,
    };

    Token in_structure(char c);
    Token begin_value(char c);
    Token begin_string(bool is_key);
    Token in_string(char c);
    Token in_escape(char c);
    Token in_escape_digits(char c);
    Token in_utf8(char c);
    Token in_literal(char c);
    Token in_number(char c);
    State next_in_number(char c) const;
    Token open(bool is_object);
    Token close(bool is_object);
    void end_value();
    Token go(State state, Token token = Token::part);
    Token fail(const char* problem);

    std::size_t most_depth_;
    std::vector<bool> open_;  // true: an object, false: an array; innermost last
    State state_ = State::value;
    bool is_key_ = false;
    bool is_low_surrogate_ = false;  // the escape under way must be one
    unsigned escape_value_ = 0;
    unsigned escape_digits_ = 0;
    std::array<char, 4> utf8_{};
    std::size_t utf8_have_ = 0;
    std::size_t utf8_want_ = 0;
    const char* literal_rest_ = "";
    const char* problem_ = nullptr;
};

}  // namespace certguard
