#include "json_scanner.hpp"

#include <string_view>

#include "hex.hpp"
#include "utf8.hpp"

namespace certguard {
namespace {

bool is_space(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

/// Bytes of the UTF-8 sequence that LEAD announces; 0 when it can't begin one.
std::size_t utf8_length(unsigned char lead) noexcept {
    if (lead < 0xC2 || lead > 0xF4) {
        return 0;
    }
    return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

}  // namespace

JsonScanner::Token JsonScanner::take(char c) {
    switch (state_) {
        case State::string: return in_string(c);
        case State::escape: return in_escape(c);
        case State::escape_digits: return in_escape_digits(c);
        case State::low_backslash:
            return c == '\\' ? go(State::low_u) : fail("an unpaired surrogate");
        case State::low_u:
            is_low_surrogate_ = true;
            return c == 'u' ? go(State::escape_digits) : fail("an unpaired surrogate");
        case State::utf8: return in_utf8(c);
        case State::literal: return in_literal(c);
        case State::bad: return Token::bad;
        case State::minus:
        case State::zero:
        case State::integer:
        case State::point:
        case State::fraction:
        case State::exponent:
        case State::exponent_sign:
        case State::exponent_digits: return in_number(c);
        default: return in_structure(c);
    }
}

JsonScanner::Token JsonScanner::in_structure(char c) {
    if (is_space(c)) {
        return Token::space;
    }
    switch (state_) {
        case State::first_value:
            if (c == ']') {
                return close(false);
            }
            return begin_value(c);
        case State::value: return begin_value(c);
        case State::first_key:
            if (c == '}') {
                return close(true);
            }
            return c == '"' ? begin_string(true) : fail("no key where one must be");
        case State::key: return c == '"' ? begin_string(true) : fail("no key where one must be");
        case State::colon:
            return c == ':' ? go(State::value, Token::colon) : fail("no colon behind a key");
        case State::after_value:
            if (c == ',') {
                return go(open_.back() ? State::key : State::value, Token::comma);
            }
            return c == '}' || c == ']' ? close(c == '}') : fail("no comma between values");
        default: return fail("text behind the document");
    }
}

JsonScanner::Token JsonScanner::begin_value(char c) {
    switch (c) {
        case '{': return open(true);
        case '[': return open(false);
        case '"': return begin_string(false);
        case '-': return go(State::minus);
        case '0': return go(State::zero);
        case 't': literal_rest_ = "rue"; return go(State::literal);
        case 'f': literal_rest_ = "alse"; return go(State::literal);
        case 'n': literal_rest_ = "ull"; return go(State::literal);
        default: return is_digit(c) ? go(State::integer) : fail("no value where one must be");
    }
}

JsonScanner::Token JsonScanner::begin_string(bool is_key) {
    is_key_ = is_key;
    return go(State::string, Token::string_begin);
}

JsonScanner::Token JsonScanner::in_string(char c) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"') {
        if (is_key_) {
            state_ = State::colon;
        } else {
            end_value();
        }
        return Token::string_end;
    }
    if (c == '\\') {
        is_low_surrogate_ = false;
        return go(State::escape);
    }
    if (byte < 0x20) {
        return fail("a control character in a string");
    }
    if (byte < 0x80) {
        return Token::part;
    }
    utf8_[0] = c;
    utf8_have_ = 1;
    utf8_want_ = utf8_length(byte);
    return utf8_want_ == 0 ? fail("a string that is no UTF-8") : go(State::utf8);
}

JsonScanner::Token JsonScanner::in_utf8(char c) {
    utf8_[utf8_have_] = c;
    ++utf8_have_;
    if (utf8_have_ < utf8_want_) {
        return Token::part;
    }
    const std::string_view sequence(utf8_.data(), utf8_want_);
    return utf8_sequence(sequence) == utf8_want_ ? go(State::string)
                                                 : fail("a string that is no UTF-8");
}

JsonScanner::Token JsonScanner::in_escape(char c) {
    if (c == 'u') {
        return go(State::escape_digits);
    }
    constexpr std::string_view kOthers = "\"\\/bfnrt";
    return kOthers.find(c) != std::string_view::npos ? go(State::string)
                                                     : fail("a broken escape in a string");
}

JsonScanner::Token JsonScanner::in_escape_digits(char c) {
    const int digit = hex_digit(c);
    if (digit < 0) {
        return fail("a broken escape in a string");
    }
    escape_value_ = escape_value_ << 4 | static_cast<unsigned>(digit);
    ++escape_digits_;
    if (escape_digits_ < 4) {
        return Token::part;
    }
    const unsigned value = escape_value_;
    escape_value_ = 0;
    escape_digits_ = 0;
    const bool is_low = value >= 0xDC00 && value <= 0xDFFF;
    if (is_low != is_low_surrogate_) {
        return fail("an unpaired surrogate");
    }
    if (value == 0) {
        return fail("a NUL in a string");
    }
    return go(value >= 0xD800 && value <= 0xDBFF ? State::low_backslash : State::string);
}

JsonScanner::Token JsonScanner::in_literal(char c) {
    if (c != *literal_rest_) {
        return fail("no value where one must be");
    }
    ++literal_rest_;
    if (*literal_rest_ == '\0') {
        end_value();
    }
    return Token::part;
}

JsonScanner::Token JsonScanner::in_number(char c) {
    const State next = next_in_number(c);
    if (next != State::bad) {
        return go(next);
    }
    const bool is_whole = state_ == State::zero || state_ == State::integer ||
                          state_ == State::fraction || state_ == State::exponent_digits;
    if (!is_whole) {
        return fail("a broken number");
    }
    end_value();
    return in_structure(c);
}

/// The state after C as a part of the number under way; State::bad when it can't be one.
JsonScanner::State JsonScanner::next_in_number(char c) const {
    const bool digit = is_digit(c);
    const bool is_e = c == 'e' || c == 'E';
    const State point_or_exponent = c == '.' ? State::point : is_e ? State::exponent : State::bad;
    switch (state_) {
        case State::minus: return c == '0' ? State::zero : digit ? State::integer : State::bad;
        case State::zero: return point_or_exponent;
        case State::integer: return digit ? State::integer : point_or_exponent;
        case State::point: return digit ? State::fraction : State::bad;
        case State::fraction: return digit ? State::fraction : is_e ? State::exponent : State::bad;
        case State::exponent:
            if (c == '+' || c == '-') {
                return State::exponent_sign;
            }
            return digit ? State::exponent_digits : State::bad;
        default: return digit ? State::exponent_digits : State::bad;
    }
}

JsonScanner::Token JsonScanner::open(bool is_object) {
    if (open_.size() == most_depth_) {
        return fail("values nested too deep");
    }
    open_.push_back(is_object);
    return is_object ? go(State::first_key, Token::object_begin)
                     : go(State::first_value, Token::array_begin);
}

JsonScanner::Token JsonScanner::close(bool is_object) {
    if (open_.back() != is_object) {
        return fail("a bracket that closes another");
    }
    open_.pop_back();
    end_value();
    return is_object ? Token::object_end : Token::array_end;
}

void JsonScanner::end_value() {
    state_ = open_.empty() ? State::done : State::after_value;
}

JsonScanner::Token JsonScanner::go(State state, Token token) {
    state_ = state;
    return token;
}

JsonScanner::Token JsonScanner::fail(const char* problem) {
    problem_ = problem;
    return go(State::bad, Token::bad);
}

}  // namespace certguard
