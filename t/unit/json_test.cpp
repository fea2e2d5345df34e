#include "json.hpp"

#include <string>
#include <vector>

#include "catch.hpp"

using namespace certguard;
using json::Field;
using json::Value;

namespace {

/// The member "a" of BODY as text; "none" when BODY is unfit or "a" no string.
std::string text_of_a(std::string body) {
    std::string found = "none";
    const bool is_fit = json::read_document(body, Field{"a", [&](Value& value) {
                                                            const auto text = json::text(value);
                                                            found = text ? *text : "none";
                                                            return true;
                                                        }});
    return is_fit ? found : "none";
}

std::optional<std::uint64_t> number_of_a(std::string body) {
    std::optional<std::uint64_t> found;
    CHECK(json::read_document(body, Field{"a", [&](Value& value) {
                                              found = json::number(value);
                                              return true;
                                          }}));
    return found;
}

bool is_fit(std::string body) {
    return json::read_document(
        body, Field{"a", [](Value& value) {
                        return json::read_array(value, [](Value& item) {
                            return json::read_object(item, Field{"b", [](Value&) { return true; }});
                        });
                    }});
}

}  // namespace

TEST_CASE("a JSON string comes without its escapes, and only when it is one") {
    CHECK(text_of_a(R"({"a":"x"})") == "x");
    CHECK(text_of_a(R"({"x":{"a":"no"},"a":"x","y":[{"a":"no"}]})") == "x");
    CHECK(text_of_a(R"({"\u0061":"\u00e4\n\"\ud83d\ude00"})") == "\xc3\xa4\n\"\xf0\x9f\x98\x80");
    for (const char* bad : {R"({"a":1})", R"({"a":null})", R"({"a":["x"]})", R"({"a":{}})",
                            R"({"a":true})", R"({"a":"\ud800"})", R"({"a":"\x"})"}) {
        CAPTURE(bad);
        CHECK(text_of_a(bad) == "none");
    }
}

TEST_CASE("a JSON number may arrive as a string of digits") {
    CHECK(number_of_a(R"({"a":0})") == 0u);
    CHECK(number_of_a(R"({"a":41})") == 41u);
    CHECK(number_of_a(R"({"a":"41"})") == 41u);
    CHECK(number_of_a(R"({"a":18446744073709551615})") == 18446744073709551615u);
    for (const char* bad :
         {R"({"a":-1})", R"({"a":4.1})", R"({"a":1e3})", R"({"a":"4 "})", R"({"a":""})",
          R"({"a":"0x4"})", R"({"a":"-1"})", R"({"a":null})", R"({"a":true})", R"({"a":[1]})",
          R"({"a":18446744073709551616})", R"({"a":"18446744073709551616"})"}) {
        CAPTURE(bad);
        CHECK(number_of_a(bad) == std::nullopt);
    }
}

TEST_CASE("an answer that is not one whole JSON object is unfit") {
    CHECK(is_fit("{}"));
    CHECK(is_fit(" {\"x\": [1, {\"y\": 2}], \"a\": [{}, {\"b\": 1, \"c\": []}]} \n"));
    for (const char* bad : {"",
                            " ",
                            "null",
                            "[]",
                            "1",
                            "\"a\"",
                            "{",
                            "}",
                            "{\"a\":[{}]",
                            "{\"a\":[{}}",
                            "{\"a\":[{]}",
                            "{\"a\":}",
                            "{\"a\" []}",
                            "{a:[]}",
                            "{'a':[]}",
                            "{\"a\":[],}",
                            "{\"a\":[{},]}",
                            "{\"a\":[{} {}]}",
                            "{} {}",
                            "{}x",
                            "x{}",
                            "<html></html>",
                            "{\"a\":[{\"b\":1}]} trailing",
                            "{\"a\":\"\xff\"}",
                            "{\"x\":\"\xc3\"}",
                            "{\"x\":\"\n\"}",
                            "{\"x\":\"unclosed}"}) {
        CAPTURE(bad);
        CHECK_FALSE(is_fit(bad));
    }
}

TEST_CASE("a member of the wrong kind is unfit where an array or object is read") {
    for (const char* bad : {R"({"a":{}})", R"({"a":"x"})", R"({"a":1})", R"({"a":null})",
                            R"({"a":[1]})", R"({"a":[[]]})", R"({"a":[null]})"}) {
        CAPTURE(bad);
        CHECK_FALSE(is_fit(bad));
    }
}

TEST_CASE("a member that is read may come once") {
    CHECK_FALSE(is_fit(R"({"a":[],"a":[]})"));
    CHECK_FALSE(is_fit(R"({"a":[{"b":1,"b":1}]})"));
    CHECK_FALSE(is_fit(R"({"a":[],"\u0061":[]})"));
    CHECK(is_fit(R"({"x":1,"x":2,"a":[{"b":1},{"b":1}]})"));
}

TEST_CASE("nesting that nobody asked for costs no stack") {
    const std::string deep = std::string(1u << 20, '[') + std::string(1u << 20, ']');
    CHECK(is_fit("{\"x\":" + deep + ",\"a\":[]}"));
    CHECK_FALSE(is_fit("{\"a\":" + deep + "}"));
    CHECK_FALSE(is_fit(std::string(1u << 20, '[')));
}

TEST_CASE("a body at the budget is read, one byte more is unfit") {
    std::string body = "{\"a\":[]}";
    body.append(limits::kAnswerBytes - body.size(), ' ');
    CHECK(is_fit(body));
    CHECK_FALSE(is_fit(body + ' '));
}

TEST_CASE("wiping leaves nothing of a text, not even behind its end") {
    std::string text = "a secret that is followed by more of it";
    const std::string_view buffer(text.data(), text.size());  // stays where it is
    text.resize(10);
    json::wipe(text);
    CHECK(text.empty());
    CHECK(text.data() == buffer.data());
    CHECK(buffer.find_first_not_of('\0') == std::string_view::npos);
}
