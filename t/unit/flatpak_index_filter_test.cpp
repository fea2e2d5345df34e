#include "certguard/flatpak_index_filter.hpp"

#include <random>
#include <string>

#include "catch.hpp"
#include "certguard/limits.hpp"
#include "reference_index.hpp"

using certguard::FlatpakIndexFilter;
using namespace std::string_literals;

namespace {

bool is_granted(std::string_view name) {
    return name == "acme/a" || name == "acme/b";
}

struct Filtered {
    std::string out;
    std::string problem;  // empty when the document was accepted

    bool operator==(const Filtered& other) const {
        return out == other.out && problem == other.problem;
    }
};

/// Feeds JSON in pieces, each as long as NEXT_LENGTH says.
template <class NextLength>
Filtered filter_in_pieces(std::string_view json, NextLength next_length) {
    FlatpakIndexFilter filter(is_granted);
    Filtered result;
    bool good = true;
    while (!json.empty()) {
        const std::string_view piece = json.substr(0, next_length());
        json.remove_prefix(piece.size());
        good = filter.write(piece, result.out) && good;
    }
    good = filter.finish(result.out) && good;
    CHECK(good == (filter.problem() == nullptr));
    result.problem = good ? "" : filter.problem();
    return result;
}

/// The same whatever the pieces are, and what the reference makes of JSON.
Filtered filter(const std::string& json) {
    const Filtered whole = filter_in_pieces(json, [&] { return json.size(); });
    CHECK(filter_in_pieces(json, [] { return 1; }) == whole);
    std::mt19937 random(7);
    for (int i = 0; i < 8; ++i) {
        CHECK(filter_in_pieces(json, [&] { return random() % 20; }) == whole);
    }
    CHECK(reference_index::difference(json, whole.problem.empty(), whole.out, is_granted) == "");
    return whole;
}

std::string problem_of(const std::string& json) {
    const Filtered result = filter(json);
    CHECK(result.out.find("secret") == std::string::npos);
    CHECK((result.problem.empty() || result.out.empty() || result.out.back() != '}' ||
           !reference_index::read(result.out, is_granted).is_good));
    return result.problem;
}

std::string entry(const std::string& name) {
    return R"({"Name":")" + name + R"(","Images":[{"Tags":["latest"],"Labels":{"Name":"x"}}]})";
}

std::string index_of(const std::string& entries) {
    return R"({"Registry":"https://katello.example.com","Results":[)" + entries + "]}";
}

std::string granted(const std::string& entries) {
    return R"({"Registry":"/","Results":[)" + entries + "]}";
}

}  // namespace

TEST_CASE("an index is reduced to the entries that are granted") {
    CHECK(filter(index_of(entry("acme/a") + "," + entry("acme/secret") + "," + entry("acme/b"))) ==
          Filtered{granted(entry("acme/a") + "," + entry("acme/b")), ""});
    CHECK(filter(index_of(entry("secret") + "," + entry("acme/b"))) ==
          Filtered{granted(entry("acme/b")), ""});
    CHECK(filter(index_of(entry("acme/a") + "," + entry("secret"))) ==
          Filtered{granted(entry("acme/a")), ""});
    CHECK(filter(index_of(entry("secret"))) == Filtered{granted(""), ""});
    CHECK(filter(index_of("")) == Filtered{granted(""), ""});
}

TEST_CASE("the registry of an index is always / and always there") {
    const std::string results = R"("Results":[)" + entry("acme/a") + "]";
    const std::string want = granted(entry("acme/a"));
    CHECK(filter("{" + results + "}").out == want);
    CHECK(filter("{" + results + R"(,"Registry":"https://x"})").out == want);
    CHECK(filter(R"({"Registry":null,)" + results + "}").out == want);
    CHECK(filter(R"({"Registry":{"Results":["x",{"Name":"acme/a"}]},)" + results + "}").out ==
          want);
    CHECK(filter(R"({"\u0052egistry":"https://x",)" + results + "}").out == want);
}

TEST_CASE("other members of an index are kept in their order") {
    CHECK(filter(R"({"Version":1,"Registry":"x","A":{"Results":[{"Name":"n"}]},"Results":[],)"
                 R"("Z":[1.50,"\u0061"]})")
              .out == R"({"Registry":"/","Version":1,"A":{"Results":[{"Name":"n"}]},"Results":[],)"
                      R"("Z":[1.50,"\u0061"]})");
}

TEST_CASE("an index comes out without the space between its tokens") {
    CHECK(
        filter(" {\n \"Registry\" : \"x\" ,\t\"A\" : 1 , \"Results\" : [ { \"Name\" : \"acme/a\" ,"
               " \"B b\" : [ 1 , 2 ] } ,\r\n { \"Name\" : \"no\" } ] } \n")
            .out == R"({"Registry":"/","A":1,"Results":[{"Name":"acme/a","B b":[1,2]}]})");
}

TEST_CASE("names are compared whole, after their escapes are read") {
    CHECK(filter(index_of(entry(R"(\u0061cme\/\u0061)"))).out ==
          granted(entry(R"(\u0061cme\/\u0061)")));
    const std::string escaped_key = R"({"\u004e\u0061me":"acme/a","Images":[]})";
    CHECK(filter(index_of(escaped_key)).out == granted(escaped_key));
    for (const char* other : {"acme/a ", "acme", "acme/aa", "ACME/A", "", "acme/a/b", "x/acme/a",
                              R"(acme\\/a)", R"(acme/\u00e1)", R"(acme/a\n)"}) {
        CAPTURE(other);
        CHECK(filter(index_of(entry(other))) == Filtered{granted(""), ""});
    }
}

TEST_CASE("only the Name of the entry itself counts") {
    for (const char* other : {
             R"({"Images":[{"Name":"acme/a"}]})",
             R"({"Images":{"Name":"acme/a"}})",
             R"({"Name":{"Name":"acme/a"}})",
             R"({"Name":["acme/a"]})",
             R"({"Name":null,"X":"acme/a"})",
             R"({"Name":1,"acme/a":"acme/a"})",
             R"({"name":"acme/a"})",
             R"({"Name ":"acme/a"})",
             R"({"X":"Name","Y":"acme/a"})",
             R"(["Name","acme/a"])",
             R"([{"Name":"acme/a"}])",
             R"("acme/a")",
             R"({})",
             R"([])",
             R"(null)",
             R"(-1.5e3)",
         }) {
        CAPTURE(other);
        CHECK(filter(index_of(other)) == Filtered{granted(""), ""});
        CHECK(filter(index_of(entry("acme/b") + "," + other + "," + entry("acme/a"))) ==
              Filtered{granted(entry("acme/b") + "," + entry("acme/a")), ""});
    }
}

TEST_CASE("a Name may come last in its entry") {
    const std::string last = R"({"Images":[{"Tags":[]},1],"Labels":"Name","Name":"acme/a"})";
    CHECK(filter(index_of(last)).out == granted(last));
    CHECK(filter(index_of(R"({"Secret":"x","Name":"secret"})")).out == granted(""));
}

TEST_CASE("an index that could be read in two ways is an error") {
    const std::string secret = entry("acme/secret");
    CHECK(problem_of(R"({"Results":[],"Results":[)" + secret + "]}") ==
          "the index has two Results");
    CHECK(problem_of(R"({"Results":[],"\u0052esults":[)" + secret + "]}") ==
          "the index has two Results");
    CHECK(problem_of(R"({"Results":[],"Registry":"a","Registry":"secret"})") ==
          "the index has two Registry");
    CHECK(problem_of(index_of(R"({"Name":"acme/a","Name":"acme/secret"})")) ==
          "an entry of the index has two Name");
    CHECK(problem_of(index_of(R"({"Name":"acme/secret","Images":[],"N\u0061me":"acme/a"})")) ==
          "an entry of the index has two Name");
    CHECK(problem_of(index_of(R"({"Name":null,"Name":"acme/a"})")) ==
          "an entry of the index has two Name");
}

TEST_CASE("what is no index is an error") {
    CHECK(problem_of("") == "the index ends before its end");
    CHECK(problem_of(" \n") == "the index ends before its end");
    CHECK(problem_of("[]") == "the index is no JSON object");
    CHECK(problem_of("\"Results\"") == "the index is no JSON object");
    CHECK(problem_of("7") == "the index is no JSON object");
    CHECK(problem_of("null") == "the index is no JSON object");
    CHECK(problem_of("<html>") == "no value where one must be");
    CHECK(problem_of("\xef\xbb\xbf{\"Results\":[]}") == "no value where one must be");
    CHECK(problem_of("\x1f\x8b\x08") == "no value where one must be");
    CHECK(problem_of("{}") == "the index has no Results");
    CHECK(problem_of(R"({"Registry":"/"})") == "the index has no Results");
    for (const char* other : {"null", "{}", "\"secret\"", "1", "true", R"({"Name":"acme/a"})"}) {
        CAPTURE(other);
        CHECK(problem_of(R"({"Results":)"s + other + "}") == "Results of the index is no array");
    }
}

TEST_CASE("an index that ends early or goes on behind its end is an error") {
    const std::string good = index_of(entry("acme/a") + "," + entry("acme/b"));
    for (std::size_t length = 0; length < good.size(); ++length) {
        CAPTURE(length);
        CHECK(problem_of(good.substr(0, length)) == "the index ends before its end");
    }
    CHECK(problem_of(good + "\n") == "");
    CHECK(problem_of(good + "x") == "text behind the document");
    CHECK(problem_of(good + good) == "text behind the document");
    CHECK(problem_of(good + "\0"s) == "text behind the document");
}

TEST_CASE("after an error nothing more comes out of an index") {
    FlatpakIndexFilter filter(is_granted);
    std::string out;
    CHECK(filter.write(R"({"Results":[{"Name":"acme/a"},)", out));
    CHECK_FALSE(filter.write("!" + entry("acme/b"), out));
    const std::string before = out;
    CHECK_FALSE(filter.write(entry("acme/b") + "]}", out));
    CHECK_FALSE(filter.write("", out));
    CHECK_FALSE(filter.finish(out));
    CHECK(out == before);
    CHECK(out == R"({"Registry":"/","Results":[{"Name":"acme/a"})");
    CHECK(filter.problem() == "no value where one must be"s);
}

TEST_CASE("nothing of an entry comes out before its end") {
    FlatpakIndexFilter filter(is_granted);
    std::string out;
    CHECK(filter.write(R"({"Results":[{"Name":"acme/a","Images":[1,2,3]})", out));
    CHECK(out == R"({"Registry":"/","Results":[)");
    CHECK(filter.write("]", out));
    CHECK(out == granted(R"({"Name":"acme/a","Images":[1,2,3]})").substr(0, out.size()));
    CHECK(filter.write("}", out));
    CHECK(out.back() == ']');
    CHECK(filter.finish(out));
    CHECK(out == granted(R"({"Name":"acme/a","Images":[1,2,3]})"));
}

TEST_CASE("an entry of an index has a limit, and its length counts without space") {
    const auto of_size = [](std::size_t size) {
        const std::string empty = R"({"Name":"acme/a","X":""})";
        return R"({"Name":"acme/a","X":")" + std::string(size - empty.size(), 'x') + "\"}";
    };
    const auto problem = [](const std::string& json) {
        return filter_in_pieces(json, [] { return 65536; }).problem;
    };
    constexpr std::size_t kMost = certguard::limits::kIndexEntryBytes;
    const std::string spaces(kMost, ' ');
    CHECK(problem(index_of(of_size(kMost))) == "");
    CHECK(problem(index_of(of_size(kMost) + "," + of_size(kMost))) == "");
    CHECK(problem(index_of(spaces + of_size(kMost) + spaces)) == "");
    CHECK(problem(index_of(of_size(kMost + 1))) == "an entry of the index is too large");
    const std::string key = R"("X":)";
    const std::string results = R"(,"Results":[]})";
    const auto text = [&](std::size_t size) {
        return "\"" + std::string(size - key.size() - 2, 'x') + "\"";
    };
    CHECK(problem("{" + key + text(kMost) + results) == "");
    CHECK(problem("{" + key + text(kMost + 1) + results) == "an entry of the index is too large");
    CHECK(problem(R"({"Registry":)" + text(2 * kMost) + results) == "");
}

TEST_CASE("an index may be nested to its limit and no deeper") {
    constexpr std::size_t kMost = certguard::limits::kIndexDepth;
    const auto nested = [](std::size_t depth) {  // in the document, in Results and in the entry
        return index_of(R"({"Name":"acme/a","X":)" + std::string(depth - 3, '[') +
                        std::string(depth - 3, ']') + "}");
    };
    CHECK(problem_of(nested(kMost)) == "");
    CHECK(problem_of(nested(kMost + 1)) == "values nested too deep");
}

TEST_CASE("a filter of indexes can be moved while it works") {
    FlatpakIndexFilter first(is_granted);
    std::string out;
    CHECK(first.write(R"({"Results":[{"Name":)", out));
    FlatpakIndexFilter second(std::move(first));
    CHECK(second.write(R"("acme/a"}]})", out));
    CHECK(second.finish(out));
    CHECK(out == granted(R"({"Name":"acme/a"})"));
}

TEST_CASE("random changes to an index give what the reference gives") {
    const std::string good = R"({"Registry":"x","V":1,"Results":[)" + entry("acme/a") +
                             R"(,{"Name":"secret"},)" + entry(R"(\u0061cme/b)") + "]}";
    const std::string alphabet = "{}[],:\"\\ 0u1Name/aRe";
    std::mt19937 random(3);
    int accepted = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::string json = good;
        for (std::size_t n = 1 + random() % 3; n > 0; --n) {
            const std::size_t at = random() % json.size();
            switch (random() % 3) {
                case 0: json[at] = alphabet[random() % alphabet.size()]; break;
                case 1: json.insert(at, 1, alphabet[random() % alphabet.size()]); break;
                default: json.erase(at, 1 + random() % 3); break;
            }
        }
        CAPTURE(json);
        const Filtered result = filter_in_pieces(json, [&] { return random() % 50; });
        const bool is_good = result.problem.empty();
        accepted += is_good ? 1 : 0;
        REQUIRE(reference_index::difference(json, is_good, result.out, is_granted) == "");
    }
    CHECK(accepted > 1'000);
    CHECK(accepted < 19'000);
}
