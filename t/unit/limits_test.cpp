// Every budget, at its edge.
#include "certguard/limits.hpp"

#include "entitlement_helpers.hpp"
#include "path_graph.hpp"
#include "path_listing.hpp"
#include "test_pki.hpp"

using namespace certguard;
using namespace certguard::test;
using namespace std::string_literals;
using rhsm_encoder::Payload;

namespace {

bool is_bad(const Result<Entitlement>& decoded) {
    return !decoded.ok() && decoded.error().reason == Reason::bad_certificate;
}

/// A payload for one path "/a", with END as the other word; its bits are DIGITS.
Payload two_words(std::uint32_t nodes, std::string_view digits) {
    return {"a\0"s, rhsm_encoder::node_count(nodes), rhsm_encoder::bits(digits)};
}

/// The root has COUNT variables that lead to inner nodes which lead to one leaf, all by "x".
PathTree wide_tree(std::uint32_t count) {
    PathGraph graph;
    std::vector<std::uint32_t> canonical;
    graph.words = *WordTable::split("$\0x"s, '\0', canonical);
    const std::uint32_t leaf = count + 1;
    graph.first_edge.push_back(0);
    for (std::uint32_t node = 1; node <= count; ++node) {
        graph.edges.push_back({0 | PathEdge::kVariable, node});
    }
    for (std::uint32_t node = 1; node <= leaf; ++node) {
        graph.first_edge.push_back(static_cast<std::uint32_t>(graph.edges.size()));
        if (node < leaf) {
            graph.edges.push_back({1, leaf});
        }
    }
    graph.first_edge.push_back(static_cast<std::uint32_t>(graph.edges.size()));
    return PathTree(std::move(graph));
}

}  // namespace

TEST_CASE("limits: certificate bytes") {
    const test_pki::Key key = test_pki::make_key();
    const auto der_with = [&](std::size_t filler) {
        test_pki::Spec spec;
        spec.key = key;
        spec.serial = "01";
        spec.not_before = 1700000000;
        spec.extensions = {{"1.2.3.4", std::string(filler, 'x')}};
        return test_pki::make_leaf(spec, nullptr);
    };
    // Everything but the filler has the same size, save for the signature's few bytes.
    const std::size_t frame =
        der_with(limits::kCertificateBytes).der().size() - limits::kCertificateBytes;
    bool met_edge = false;
    for (int attempt = 0; attempt < 200 && !met_edge; ++attempt) {
        const auto identity = der_with(limits::kCertificateBytes - frame);
        met_edge = identity.der().size() == limits::kCertificateBytes;
        if (met_edge) {
            CHECK(Certificate::from_der(identity.der()).ok());
            CHECK(Certificate::from_pem(identity.pem()).ok());
            CHECK(Certificate::from_openssl(identity.certificate.get()).ok());
        }
    }
    CHECK(met_edge);
    const auto larger = der_with(limits::kCertificateBytes - frame + 100);
    CHECK(!Certificate::from_der(larger.der()).ok());
    CHECK(!Certificate::from_pem(larger.pem()).ok());
    CHECK(!Certificate::from_openssl(larger.certificate.get()).ok());
}

TEST_CASE("limits: URLs of a v1 certificate") {
    BareExtensions extensions;
    extensions.add("4.1", "");
    for (std::size_t i = 0; i < limits::kUrls; ++i) {
        extensions.add("2." + std::to_string(i) + ".1.6", rhsm_encoder::utf8_string("/a"));
    }
    CHECK(allows(good(Entitlement::decode(extensions.list())), "/a"));
    extensions.add("2." + std::to_string(limits::kUrls) + ".1.6", rhsm_encoder::utf8_string("/a"));
    CHECK(is_bad(Entitlement::decode(extensions.list())));
}

TEST_CASE("limits: bytes of an inflated dictionary") {
    const auto payload = [](std::size_t bytes) {
        Payload payload = rhsm_encoder::encode(rhsm_encoder::tree_of({"/a"}));
        payload.dictionary = std::string(bytes - 1, 'a') + '\0';
        return payload.bytes();
    };
    CHECK(decode_payload(payload(limits::kInflatedBytes)).ok());
    CHECK(is_bad(decode_payload(payload(limits::kInflatedBytes + 1))));
}

TEST_CASE("limits: words of a dictionary") {
    const auto payload = [](std::size_t words) {
        const auto codes = rhsm_encoder::huffman_codes(words);
        Payload payload;
        payload.dictionary = "a\0"s + std::string(words - 2, '\0');
        payload.count = "\3";
        payload.bits = rhsm_encoder::bits(codes[0] + "0" + codes[1] + codes[1] + codes[1]);
        return payload.bytes();
    };
    CHECK(good(decode_payload(payload(limits::kWords))).paths(10) == Paths{"/a"});
    CHECK(is_bad(decode_payload(payload(limits::kWords + 1))));
}

TEST_CASE("limits: nodes of a payload") {
    const auto payload = [](std::uint32_t nodes) {
        // The root leads to the last, lightest-coded node; all others are leaves.
        const std::string code = rhsm_encoder::huffman_codes(nodes - 1).back();
        return two_words(nodes, "0" + code + "1" + std::string(nodes - 1, '1')).bytes();
    };
    CHECK(good(decode_payload(payload(limits::kNodes))).paths(10) == Paths{"/a"});
    CHECK(is_bad(decode_payload(payload(limits::kNodes + 1))));
}

TEST_CASE("limits: nodes of v1 URLs") {
    const std::string url((limits::kNodes - 1) * 2, '/');
    std::string filled = url;
    for (std::size_t i = 1; i < filled.size(); i += 2) {
        filled[i] = 'a';
    }
    CHECK(decode_v1({filled}).ok());
    CHECK(is_bad(decode_v1({filled + "/a"})));
}

TEST_CASE("limits: children of all nodes") {
    const auto payload = [](std::size_t edges) {
        std::string digits;
        for (std::size_t i = 0; i < edges; ++i) {
            digits += "00";  // "a", node 1
        }
        return two_words(3, digits + "111").bytes();
    };
    CHECK(good(decode_payload(payload(limits::kEdges))).paths(10) == Paths{"/a"});
    CHECK(is_bad(decode_payload(payload(limits::kEdges + 1))));
}

TEST_CASE("limits: steps of a match") {
    // One step looks the segment up, one more takes each alternative.
    const auto most = static_cast<std::uint32_t>(limits::kMatchSteps);
    CHECK(wide_tree(most - 1).covers("/x") == Match::no);
    CHECK(wide_tree(most).covers("/x") == Match::too_complex);
    CHECK(wide_tree(most).touches("/x") == Match::too_complex);
    CHECK(wide_tree(most / 2).covers("/x/x") == Match::yes);
}

TEST_CASE("a match that is given up denies, as an error") {
    std::string payload;
    {
        // Every node leads to all nodes by "$", none of them to a leaf for the path "/x/x/...".
        rhsm_encoder::Tree tree;
        const std::size_t nodes = 400;
        tree.nodes.resize(nodes + 1);
        for (std::size_t node = 0; node < nodes; ++node) {
            for (std::size_t next = 1; next < nodes; ++next) {
                tree.nodes[node].emplace_back("$", next);
            }
        }
        tree.nodes[1].emplace_back("end", nodes);
        payload = rhsm_encoder::encode(tree).bytes();
    }
    const auto entitlement = good(decode_payload(payload));
    CHECK(allows(entitlement, "/x/end"));
    const auto answer = entitlement.authorizes("/x/x/x/x");
    REQUIRE(!answer.ok());
    CHECK(answer.error().reason == Reason::bad_certificate);
    CHECK(!entitlement.touches("/x/x/x/x").ok());
}

TEST_CASE("limits: listed paths, their bytes, and the steps to find them") {
    bool complete = false;
    const auto three = good(decode_v3({"/a", "/b", "/c"}));
    CHECK(three.paths(3, &complete).size() == 3);
    CHECK(complete);
    CHECK(three.paths(2, &complete).size() == 2);
    CHECK(!complete);

    INFO("bytes: 2^20 paths of 40 words each, 1000 bytes a word");
    rhsm_encoder::Tree wide;
    for (std::size_t i = 0; i < 40; ++i) {
        wide.nodes.push_back({{std::string(1000, 'a'), i + 1}, {std::string(1000, 'b'), i + 1}});
    }
    wide.nodes.emplace_back();
    const auto listed = good(decode_payload(rhsm_encoder::encode(wide).bytes()))
                            .paths(limits::kListedPaths, &complete);
    CHECK(!complete);
    CHECK(listed.size() == limits::kListedBytes / (40 * 1001));

    INFO("bytes, too: a leaf, and 20 words of 1 MiB on a way to nowhere");
    rhsm_encoder::Tree nowhere;
    nowhere.nodes = {{{"leaf", 1}, {std::string(1u << 20, 'a'), 2}}, {}};
    for (std::size_t node = 2; node < 22; ++node) {
        nowhere.nodes.push_back({{std::string(1u << 20, 'a'), node + 1}});
    }
    nowhere.nodes.push_back({{"back", 2}});
    CHECK(good(decode_payload(rhsm_encoder::encode(nowhere).bytes())).paths(10, &complete) ==
          Paths{"/leaf"});
    CHECK(!complete);

    INFO("steps: a node that leads back to itself, again and again, and in the end to a leaf");
    for (const std::size_t edges : {limits::kListedSteps, limits::kListedSteps + 1}) {
        PathGraph graph;
        std::vector<std::uint32_t> canonical;
        graph.words = *WordTable::split("a\0"s, '\0', canonical);
        graph.edges.assign(edges - 1, {0, 0});
        graph.edges.push_back({0, 1});
        graph.first_edge = {0, static_cast<std::uint32_t>(edges),
                            static_cast<std::uint32_t>(edges)};
        const bool fits = edges == limits::kListedSteps;
        const PathListing found = list_paths(graph, 10);
        CHECK(found.complete == fits);
        CHECK(found.paths.size() == (fits ? 1 : 0));
    }

    INFO("steps, too: 12 nodes that all lead to each other, and no way out");
    rhsm_encoder::Tree maze;
    maze.nodes.resize(13);
    for (std::size_t node = 0; node < 13; ++node) {
        for (std::size_t next = 1; next < 13; ++next) {
            maze.nodes[node].emplace_back("w" + std::to_string(next), next);
        }
    }
    CHECK(good(decode_payload(rhsm_encoder::encode(maze).bytes())).paths(10, &complete).empty());
    CHECK(!complete);
}
