#include "path_match.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "certguard/limits.hpp"
#include "node_set.hpp"

namespace certguard {
namespace {

/// The high bit of each byte is clear for a control character (below 0x20, or 0x7F): eight
/// characters at once, and no carry from one byte into the next.
std::uint64_t mark_printable(const char* eight) noexcept {
    constexpr std::uint64_t kOnes = 0x0101010101010101u;
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, eight, sizeof bytes);
    // One more, modulo 0x80, puts the control characters in a row: 0x00 to 0x20.
    const std::uint64_t rotated = ((bytes & kOnes * 0x7F) + kOnes) & kOnes * 0x7F;
    return (rotated + kOnes * 0x5F) | bytes;
}

bool has_control_character(std::string_view path) noexcept {
    constexpr std::uint64_t kHighBits = 0x8080808080808080u;
    std::uint64_t printable = kHighBits;
    std::size_t at = 0;
    for (; at + 8 <= path.size(); at += 8) {
        printable &= mark_printable(path.data() + at);
    }
    char rest[8] = {' ', ' ', ' ', ' ', ' ', ' ', ' ', ' '};
    std::copy(path.begin() + at, path.end(), rest);
    return (printable & mark_printable(rest)) != kHighBits;
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

bool fits_variable(const WordTable& words, PathEdge variable, std::string_view segment) noexcept {
    if (!variable.has_head()) {
        return !segment.empty();
    }
    std::string_view head = words.word(variable.number());
    head = head.substr(0, head.find('$'));
    return segment.size() > head.size() && segment.substr(0, head.size()) == head;
}

/// Can EDGE be a segment of a path that is harmless? No other path is ever authorized.
bool is_harmless(const WordTable& words, PathEdge edge) noexcept {
    if (edge.is_variable() && !edge.has_head()) {
        return true;
    }
    const std::string_view text = words.word(edge.number());
    if (edge.is_variable()) {
        return !has_control_character(text.substr(0, text.find('$')));
    }
    return text != "." && text != ".." && !has_control_character(text);
}

/// A set of nodes that moves from the root along a path, segment by segment.
class PathWalk {
  public:
    explicit PathWalk(const PathGraph& graph) : graph_(graph) { from_->add(0); }
    PathWalk(const PathWalk&) = delete;
    PathWalk& operator=(const PathWalk&) = delete;

    /// yes: an authorized path ended on the way or with PATH.
    Match follow(std::string_view path);
    /// Unless follow() said yes: does some authorized path go on from here?
    Match goes_on();

  private:
    static constexpr std::uint32_t kNotLookedUp = WordTable::kNone - 1;

    Match step(std::uint32_t node);
    Match step_over_many(PathGraph::Edges edges);

    Match reach(std::uint32_t node) {
        if (graph_.is_leaf(node)) {
            return Match::yes;
        }
        to_->add(node);
        return spend_step();
    }

    Match spend_step() noexcept {
        return ++steps_ <= limits::kMatchSteps ? Match::no : Match::too_complex;
    }

    const PathGraph& graph_;
    NodeSet sets_[2] = {NodeSet(graph_.nodes()), NodeSet(graph_.nodes())};
    NodeSet* from_ = &sets_[0];
    NodeSet* to_ = &sets_[1];
    std::string_view segment_;
    std::uint32_t word_ = kNotLookedUp;  // segment_ in the word table
    std::size_t steps_ = 0;
};

Match PathWalk::follow(std::string_view path) {
    if (has_control_character(path) || has_dot_segment(path)) {
        from_->clear();
        return Match::no;
    }
    skip_slashes(path);
    do {  // the empty path has one segment, the empty one
        segment_ = take_segment(path);
        word_ = kNotLookedUp;
        for (std::size_t i = 0; i < from_->size(); ++i) {
            const Match match = step((*from_)[i]);
            if (match != Match::no) {
                return match;
            }
        }
        std::swap(from_, to_);
        to_->clear();
    } while (!path.empty() && !from_->empty());
    return Match::no;
}

Match PathWalk::step(std::uint32_t node) {
    constexpr std::size_t kFew = 4;  // so many words are compared faster than one is looked up
    const PathGraph::Edges edges = graph_.edges_of(node);
    if (edges.size() > kFew) {
        return step_over_many(edges);
    }
    for (const PathEdge edge : edges) {
        const bool fits = edge.is_variable() ? fits_variable(graph_.words, edge, segment_)
                                             : graph_.words.word(edge.word) == segment_;
        if (fits) {
            const Match match = reach(edge.next);
            if (match != Match::no) {
                return match;
            }
        }
    }
    return Match::no;
}

Match PathWalk::step_over_many(PathGraph::Edges edges) {
    if (word_ == kNotLookedUp) {
        word_ = graph_.words.find(segment_, steps_);
    }
    const PathEdge* edge = std::lower_bound(edges.begin(), edges.end(), PathEdge{word_, 0});
    for (; edge != edges.end() && edge->word == word_; ++edge) {
        const Match match = reach(edge->next);
        if (match != Match::no) {
            return match;
        }
    }
    for (edge = edges.end(); edge != edges.begin() && (edge - 1)->is_variable();) {
        --edge;
        const Match match =
            fits_variable(graph_.words, *edge, segment_) ? reach(edge->next) : spend_step();
        if (match != Match::no) {
            return match;
        }
    }
    return Match::no;
}

Match PathWalk::goes_on() {
    // Hardly anything keeps a node from leading to a leaf, so as a rule the first try succeeds.
    constexpr int kTries = 64;
    if (!from_->empty()) {
        std::uint32_t node = (*from_)[0];
        for (int i = 0; i < kTries; ++i) {
            const PathEdge edge = *graph_.edges_of(node).begin();
            if (!is_harmless(graph_.words, edge)) {
                break;
            }
            node = edge.next;
            if (graph_.is_leaf(node)) {
                return Match::yes;
            }
        }
    }
    for (std::size_t i = 0; i < from_->size(); ++i) {
        for (const PathEdge edge : graph_.edges_of((*from_)[i])) {
            if (!is_harmless(graph_.words, edge)) {
                if (spend_step() != Match::no) {
                    return Match::too_complex;
                }
                continue;
            }
            if (graph_.is_leaf(edge.next)) {
                return Match::yes;
            }
            if (spend_step() != Match::no) {
                return Match::too_complex;
            }
            from_->add(edge.next);
        }
    }
    return Match::no;
}

}  // namespace

Match match_prefix(const PathGraph& graph, std::string_view path) {
    return PathWalk(graph).follow(path);
}

Match match_prefix_or_beyond(const PathGraph& graph, std::string_view path) {
    PathWalk walk(graph);
    const bool is_root = path.find_first_not_of('/') == path.npos;
    const Match match = is_root ? Match::no : walk.follow(path);
    return match == Match::no ? walk.goes_on() : match;
}

}  // namespace certguard
