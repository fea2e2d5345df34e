#include "path_walk.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "certguard/limits.hpp"

namespace certguard {
namespace {

bool has_control_character(std::string_view path) noexcept {
    constexpr std::uint64_t kOnes = 0x0101010101010101u;
    constexpr std::uint64_t kHighBits = kOnes * 0x80;
    const auto some_byte_below = [](std::uint64_t bytes, std::uint64_t limit) {
        return ((bytes - kOnes * limit) & ~bytes & kHighBits) != 0;
    };
    while (!path.empty()) {
        std::uint64_t bytes = kOnes * ' ';
        const std::size_t taken = std::min(path.size(), sizeof bytes);
        std::memcpy(&bytes, path.data(), taken);
        if (some_byte_below(bytes, 0x20) || some_byte_below(bytes ^ kOnes * 0x7F, 1)) {
            return true;
        }
        path.remove_prefix(taken);
    }
    return false;
}

bool has_dot_segment(std::string_view path) noexcept {
    const auto ends_at = [path](std::size_t at) { return at >= path.size() || path[at] == '/'; };
    for (auto at = path.find('.'); at != path.npos; at = path.find('.', at + 1)) {
        const bool starts = at == 0 || path[at - 1] == '/';
        if (starts && (ends_at(at + 1) || (path[at + 1] == '.' && ends_at(at + 2)))) {
            return true;
        }
    }
    return false;
}

void skip_slashes(std::string_view& path) noexcept {
    while (!path.empty() && path[0] == '/') {
        path.remove_prefix(1);
    }
}

/// The segment that PATH begins with; moves PATH to the next one.
std::string_view take_segment(std::string_view& path) noexcept {
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    skip_slashes(path);
    return segment;
}

/// The first edge with this word, or the end.
const PathEdge* find_word(PathGraph::Edges edges, std::uint32_t word) noexcept {
    constexpr std::size_t kFew = 8;  // up to here one after the other is faster
    if (word == WordTable::kNone) {
        return edges.end();
    }
    if (edges.size() > kFew) {
        return std::lower_bound(edges.begin(), edges.end(), PathEdge{word, 0});
    }
    return std::find_if(edges.begin(), edges.end(),
                        [word](PathEdge edge) { return edge.word == word; });
}

bool fits_variable(const WordTable& words, PathEdge variable, std::string_view segment) noexcept {
    if (!variable.has_head()) {
        return !segment.empty();
    }
    std::string_view head = words.word(variable.number());
    head = head.substr(0, head.find('$'));
    return segment.size() > head.size() && segment.substr(0, head.size()) == head;
}

}  // namespace

Match PathWalk::follow(std::string_view path) {
    if (has_control_character(path) || has_dot_segment(path)) {
        from_.clear();
        return Match::no;
    }
    skip_slashes(path);
    do {  // the empty path has one segment, the empty one
        const std::string_view segment = take_segment(path);
        const std::uint32_t word = graph_.words.find(segment, steps_);
        for (std::size_t i = 0; i < from_.size(); ++i) {
            const Match match = step(from_[i], segment, word);
            if (match != Match::no) {
                return match;
            }
        }
        std::swap(from_, to_);
        to_.clear();
    } while (!path.empty() && !from_.empty());
    return Match::no;
}

Match PathWalk::step(std::uint32_t node, std::string_view segment, std::uint32_t word) {
    const PathGraph::Edges edges = graph_.edges_of(node);
    for (const PathEdge* edge = find_word(edges, word); edge != edges.end(); ++edge) {
        if (edge->word != word) {
            break;
        }
        const Match match = reach(edge->next);
        if (match != Match::no) {
            return match;
        }
    }
    for (const PathEdge* edge = edges.end(); edge != edges.begin();) {
        --edge;
        if (!edge->is_variable()) {
            break;
        }
        const Match match = fits_variable(graph_.words, *edge, segment) ? reach(edge->next)
                            : spend()                                   ? Match::no
                                                                        : Match::too_complex;
        if (match != Match::no) {
            return match;
        }
    }
    return Match::no;
}

bool PathWalk::spend() noexcept {
    return ++steps_ <= limits::kMatchSteps;
}

Match PathWalk::reach(std::uint32_t node) {
    if (graph_.is_leaf(node)) {
        return Match::yes;
    }
    if (!spend()) {
        return Match::too_complex;
    }
    to_.add(node);
    return Match::no;
}

Match PathWalk::goes_on() {
    // Only a cycle can keep a node from leading to a leaf, so as a rule the first try succeeds.
    constexpr int kTries = 64;
    if (!from_.empty()) {
        std::uint32_t node = from_[0];
        for (int i = 0; i < kTries; ++i) {
            node = graph_.edges_of(node).begin()->next;
            if (graph_.is_leaf(node)) {
                return Match::yes;
            }
        }
    }
    for (std::size_t i = 0; i < from_.size(); ++i) {
        for (const PathEdge edge : graph_.edges_of(from_[i])) {
            if (graph_.is_leaf(edge.next)) {
                return Match::yes;
            }
            if (!spend()) {
                return Match::too_complex;
            }
            from_.add(edge.next);
        }
    }
    return Match::no;
}

}  // namespace certguard
