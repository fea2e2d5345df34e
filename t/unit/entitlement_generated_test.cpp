// Certificates out of our own generator, against the plainest matcher that follows the rules.
#include <algorithm>
#include <random>

#include "entitlement_helpers.hpp"
#include "reference_matcher.hpp"
#include "sample_paths.hpp"

using namespace certguard::test;

namespace {

using Random = std::mt19937;

std::size_t below(Random& random, std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
}

const std::string& one_of(Random& random, const Paths& choices) {
    return choices[below(random, choices.size())];
}

/// COUNT different paths over few words, so that they share beginnings and ends.
Paths random_paths(Random& random, Format format, std::size_t count) {
    Paths words = {"a",
                   "b",
                   "os",
                   "$x",
                   "$releasever",
                   "\xC3\xA9",
                   "\xE6\x97\xA5",
                   "os-",
                   "a.b",
                   "longer-than-eight-bytes",
                   "$"};
    if (format == Format::v1) {
        words.insert(words.end(), {"a$x", "os-$basearch"});
    }
    while (words.size() < count / 20) {
        words.push_back("word" + std::to_string(words.size()));
    }
    Paths paths;
    while (paths.size() < count) {
        std::string path;
        for (std::size_t depth = 1 + below(random, 7); depth > 0; --depth) {
            path += "/" + one_of(random, words);
        }
        paths.push_back(path);
        if (paths.size() == count) {
            std::sort(paths.begin(), paths.end());
            paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
        }
    }
    std::shuffle(paths.begin(), paths.end(), random);
    return paths;
}

/// A path like one of AUTHORIZED, with something changed.
std::string random_request(Random& random, const Paths& authorized) {
    auto segments = reference::split(one_of(random, authorized));
    for (std::string& segment : segments) {
        switch (below(random, 12)) {
            case 0: segment = "a"; break;
            case 1: segment += "x"; break;
            case 2: segment.clear(); break;
            case 3: segment = "other"; break;
            default: break;
        }
    }
    if (below(random, 3) == 0) {
        segments.resize(1 + below(random, segments.size()));
    }
    if (below(random, 3) == 0) {
        segments.push_back("below");
    }
    std::string path;
    for (const std::string& segment : segments) {
        path += "/" + segment;
    }
    return path;
}

/// What the encoder keeps of PATHS: without those below another one.
Paths without_covered(Paths paths) {
    std::sort(paths.begin(), paths.end());
    Paths kept;
    for (const std::string& path : paths) {
        const bool covered = std::any_of(kept.begin(), kept.end(), [&](const std::string& shorter) {
            return path.compare(0, shorter.size() + 1, shorter + "/") == 0;
        });
        if (!covered) {
            kept.push_back(path);
        }
    }
    return kept;
}

void check_against_reference(Random& random, Format format, const Paths& paths, int requests) {
    const auto entitlement = good(format == Format::v1 ? decode_v1(paths) : decode_v3(paths));
    for (int i = 0; i < requests; ++i) {
        const std::string path = random_request(random, paths);
        CAPTURE(path);
        CHECK(allows(entitlement, path) == reference_covers(format, paths, path));
        CHECK(touches(entitlement, path) == reference_touches(format, paths, path));
    }
}

}  // namespace

TEST_CASE("v3: random entitlements decode to their paths and match as the rules say") {
    Random random(20260401);
    for (const std::size_t count : {1, 2, 3, 12, 60, 200, 600}) {
        for (int round = 0; round < (count < 100 ? 10 : 2); ++round) {
            CAPTURE(count, round);
            const Paths paths = random_paths(random, Format::v3, count);
            CHECK(good(decode_v3(paths)).paths(100000) == without_covered(paths));
            check_against_reference(random, Format::v3, paths, 60);
        }
    }
}

TEST_CASE("v1: random entitlements decode to their paths and match as the rules say") {
    Random random(20260402);
    for (const std::size_t count : {1, 2, 3, 12, 60, 185, 600}) {
        for (int round = 0; round < (count < 100 ? 10 : 2); ++round) {
            CAPTURE(count, round);
            const Paths paths = random_paths(random, Format::v1, count);
            Paths sorted = paths;
            std::sort(sorted.begin(), sorted.end());
            CHECK(good(decode_v1(paths)).paths(100000) == sorted);
            check_against_reference(random, Format::v1, paths, 60);
        }
    }
}

TEST_CASE("node counts on both sides of the one-byte and two-byte forms") {
    for (const std::size_t leaves : {124, 125, 126, 127, 252, 253, 254, 255, 65533}) {
        // A root with this many different children of one child each, and one shared leaf.
        Paths paths;
        for (std::size_t i = 0; i < leaves; ++i) {
            paths.push_back("/p" + std::to_string(i) + "/q" + std::to_string(i));
        }
        CAPTURE(leaves);
        CHECK(certguard::rhsm_encoder::tree_of(paths).nodes.size() == leaves + 2);
        const auto entitlement = good(decode_v3(paths));
        CHECK(entitlement.paths(100000).size() == leaves);
        CHECK(allows(entitlement, paths.back()));
        CHECK(!allows(entitlement, "/p0/q1"));
    }
}

TEST_CASE("20,000 paths of a Katello server, in both formats") {
    Random random(20260403);
    for (const Paths& paths : {mixed_paths(20000), custom_paths(20000)}) {
        Paths sorted = paths;
        std::sort(sorted.begin(), sorted.end());
        for (const Format format : {Format::v3, Format::v1}) {
            const auto entitlement =
                good(format == Format::v1 ? decode_v1(paths) : decode_v3(paths));
            CHECK((entitlement.paths(100000) == sorted));
            check_against_reference(random, format, paths, 3);
            for (std::size_t i = 0; i < paths.size(); i += 997) {
                CHECK(allows(entitlement, paths[i] + "/repodata/repomd.xml"));
                CHECK(!allows(entitlement, paths[i].substr(0, paths[i].rfind('/'))));
            }
        }
    }
}
