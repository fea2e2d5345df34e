// JSON text, written value by value (RFC 8259).
//
//   JsonWriter json;
//   json.begin_object().member("ok", true).key("names").begin_array().value("a").end_array();
//   std::string text = json.end_object().text();
//
// Strings may hold any bytes: what is no UTF-8 becomes U+FFFD. The caller keeps begin and end in
// balance; commas, quotes and escapes are the writer's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace certguard {

class JsonWriter {
  public:
    JsonWriter& begin_object() { return open('{'); }
    JsonWriter& end_object() { return close('}'); }
    JsonWriter& begin_array() { return open('['); }
    JsonWriter& end_array() { return close(']'); }

    JsonWriter& key(std::string_view name);
    JsonWriter& value(std::string_view text);
    JsonWriter& value(const char* text) { return value(std::string_view(text)); }
    JsonWriter& value(std::int64_t number);
    JsonWriter& value(bool yes);
    JsonWriter& null();

    template <class T>
    JsonWriter& member(std::string_view name, const T& it) {
        return key(name).value(it);
    }
    /// TEXT, or null when it is empty.
    JsonWriter& member_or_null(std::string_view name, std::string_view text);
    JsonWriter& member(std::string_view name, const std::vector<std::string>& texts);

    const std::string& text() const noexcept { return text_; }

  private:
    JsonWriter& open(char bracket);
    JsonWriter& close(char bracket);
    void separate();

    std::string text_;
    bool needs_comma_ = false;
};

}  // namespace certguard
