// The path match against the plainest possible one. The first byte says what the rest is:
//   1 or 3   lines: the authorized paths of a v1 or v3 certificate, and the path that is asked for
//   otherwise, the tree of a v3 payload, with duplicates, cycles and dead ends: the number of its
//       edges, two bytes for each (its node; its word and child); then the path
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bare_extensions.hpp"
#include "byte_cursor.hpp"
#include "certguard/entitlement.hpp"
#include "entitlement_properties.hpp"
#include "naive_tree.hpp"
#include "reference_matcher.hpp"
#include "require.hpp"
#include "rhsm_encoder.hpp"
#include "utf8.hpp"

namespace {

using namespace certguard::test;
using certguard::ByteCursor;
using certguard::Entitlement;
using certguard::Result;
using certguard::fuzz::NaiveTree;
using certguard::fuzz::require;
using certguard::fuzz::says_yes;
namespace rhsm_encoder = certguard::rhsm_encoder;
namespace test_pki = certguard::test_pki;
using Paths = std::vector<std::string>;

Result<Entitlement> decode(const std::vector<test_pki::Extension>& extensions) {
    return Entitlement::decode(BareExtensions(extensions).list());
}

bool is_no_utf8(const std::string& text) {
    return certguard::find_bad_utf8(text) != text.npos;
}

void check_answers(const Entitlement& entitlement, const std::string& path, bool covered,
                   bool touched) {
    require(says_yes(entitlement.authorizes(path)) == covered);
    require(says_yes(entitlement.touches(path)) == touched);
}

/// A URL that is no UTF-8 hides those behind it.
void check_v1(Paths urls, const std::string& path) {
    const auto decoded = decode(rhsm_encoder::v1_extensions(urls));
    const auto unreadable = std::find_if(urls.begin(), urls.end(), is_no_utf8);
    const bool has_unreadable = unreadable != urls.end();
    urls.erase(unreadable, urls.end());
    require(decoded.ok() == (!urls.empty() || !has_unreadable));
    if (decoded.ok()) {
        require(decoded->broken_tail().empty() != has_unreadable);
        check_answers(*decoded, path, reference_covers(Format::v1, urls, path),
                      reference_touches(Format::v1, urls, path));
    }
}

void check_v3(const Paths& paths, const std::string& path) {
    const auto has_nul = [](const std::string& text) { return text.find('\0') != text.npos; };
    if (std::any_of(paths.begin(), paths.end(), has_nul)) {
        return;  // a dictionary has no way to write it
    }
    const auto decoded = decode(rhsm_encoder::v3_extensions(paths));
    if (decoded.ok()) {
        check_answers(*decoded, path, reference_covers(Format::v3, paths, path),
                      reference_touches(Format::v3, paths, path));
    } else {
        const bool names_no_path = !reference_touches(Format::v3, paths, "/");
        require(names_no_path || std::any_of(paths.begin(), paths.end(), is_no_utf8));
    }
}

Paths lines_of(std::string_view text) {
    Paths lines(1);
    for (const char c : text) {
        if (c == '\n') {
            lines.emplace_back();
        } else {
            lines.back() += c;
        }
    }
    return lines;
}

void check_paths(Format format, std::string_view input) {
    constexpr std::size_t kMost = 500;
    Paths paths = lines_of(input.substr(0, kMost));
    const std::string path = paths.back();
    paths.pop_back();
    if (format == Format::v1) {
        check_v1(paths, path);
    } else {
        check_v3(paths, path);
    }
}

rhsm_encoder::Tree read_tree(ByteCursor& in) {
    constexpr std::size_t kNodes = 8;
    constexpr std::size_t kMostEdges = 24;
    const std::vector<std::string> words = {"a", "b", "$x", "$", "aa", "a$", "c", ".."};
    rhsm_encoder::Tree tree;
    tree.nodes.resize(kNodes);
    for (std::size_t edges = in.byte().value_or(0) % (kMostEdges + 1); edges > 0; --edges) {
        const std::size_t node = in.byte().value_or(0) % kNodes;
        const std::size_t what = in.byte().value_or(0);
        const std::size_t child = 1 + what / words.size() % (kNodes - 1);  // never the root
        tree.nodes[node].emplace_back(words[what % words.size()], child);
    }
    return tree;
}

void check_tree(std::string_view input) {
    constexpr std::size_t kMostPath = 12;
    ByteCursor in(input);
    const rhsm_encoder::Tree tree = read_tree(in);
    const std::string path(in.rest().substr(0, kMostPath));
    const auto decoded = decode(
        {{"1.3.6.1.4.1.2312.9.6", rhsm_encoder::utf8_string("3.4")},
         {"1.3.6.1.4.1.2312.9.7", rhsm_encoder::octet_string(rhsm_encoder::encode(tree).bytes())}});
    require(decoded.ok() == !tree.nodes[0].empty());
    if (decoded.ok()) {
        const NaiveTree naive(tree);
        check_answers(*decoded, path, naive.covers(path), naive.touches(path));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::string_view kind = input.substr(0, 1);
    const std::string_view rest = input.substr(kind.size());
    if (kind == "1") {
        check_paths(Format::v1, rest);
    } else if (kind == "3") {
        check_paths(Format::v3, rest);
    } else {
        check_tree(rest);
    }
    return 0;
}
