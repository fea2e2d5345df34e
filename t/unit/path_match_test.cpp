// Which request paths an authorized path opens: the rules as tables.
#include "entitlement_helpers.hpp"
#include "reference_matcher.hpp"

using namespace certguard::test;

namespace {

struct Row {
    const char* authorized;
    const char* path;
    bool allowed;
};

template <class Decode>
void check(const Row& row, Format format, Decode decode) {
    CAPTURE(row.authorized, row.path);
    CHECK(allows(good(decode(Paths{row.authorized})), row.path) == row.allowed);
    CHECK(reference_covers(format, {row.authorized}, row.path) == row.allowed);
}

}  // namespace

TEST_CASE("v1 and v3: an authorized path opens itself and what lies below it") {
    const Row rows[] = {
        {"/foo/path/never", "/foo/path/never", true},
        {"/foo/path/never", "/foo/path/never/", true},
        {"/foo/path/never", "/foo/path/never/x/y", true},
        {"/foo/path/never", "foo/path/never", true},
        {"/foo/path/never", "//foo///path/never//x", true},
        {"/foo/path/never", "/foo/path/neverland", false},
        {"/foo/path/never", "/foo/path/neve", false},
        {"/foo/path/never", "/foo/path", false},
        {"/foo/path/never", "/foo", false},
        {"/foo/path/never", "/", false},
        {"/foo/path/never", "", false},
        {"/foo/path/never", "/x/foo/path/never", false},
        {"/foo/path/never", "/foo/path/x/never", false},
        {"/foo/path/never", "/Foo/path/never", false},
        {"/foo/path/never", "/foo/path/listing", false},
        {"foo/path", "/foo/path/x", true},
        {"/foo/path/", "/foo/path", true},
        {"/rhui/1.2/os", "/rhui/1x2/os", false},
        {"/a/(b)[c]*", "/a/(b)[c]*", true},
        {"/a/(b)[c]*", "/a/bbbb", false},
        {"/a b/c", "/a b/c", true},
        {"/a%20b", "/a b", false},
        {"/a%20b", "/a%20b", true},
        {"/a+b", "/a b", false},
        {"/x/PATH END", "/x/anything", false},
        {"/x/PATH END", "/x/PATH END/y", true},
        {"/\xC3\xA9/\xE6\x97\xA5", "/\xC3\xA9/\xE6\x97\xA5/x", true},
        {"/\xC3\xA9", "/e\xCC\x81", false},  // no Unicode normalisation
        {"/\xC3\xA9", "/\xC3\x89", false},
        {"/\xC3\xA9", "/\xC3", false},
    };
    for (const Row& row : rows) {
        check(row, Format::v1, decode_v1);
        check(row, Format::v3, decode_v3);
    }
}

TEST_CASE("v1 and v3: a variable stands for one segment that is not empty") {
    const Row rows[] = {
        {"/a/$x/b", "/a/1/b", true},
        {"/a/$x/b", "/a/1/b/c", true},
        {"/a/$x/b", "/a/$x/b", true},
        {"/a/$x/b", "/a/$y/b", true},
        {"/a/$x/b", "/a/b", false},
        {"/a/$x/b", "/a//b", false},
        {"/a/$x/b", "/a/1/2/b", false},
        {"/a/$x/b", "/a/1/c", false},
        {"/a/$x", "/a/8", true},
        {"/a/$x", "/a/8/x", true},
        {"/a/$x", "/a/", false},
        {"/$x", "/anything", true},
        {"/$x", "/", false},
        {"/$x", "", false},
        {"/$x/$y", "/1/2", true},
        {"/$x/$y", "/1", false},
        {"/a/$", "/a/v", true},
        {"/a/$$x/c", "/a/v/c", true},
        {"/a/$x$y/c", "/a/v/c", true},
        {"/a/${x}/c", "/a/v/c", true},
        {"/a/$x-suffix/c", "/a/v/c", true},
        {"/a/$x", "/a/\xFF\xFE", true},
        {"/a/$x", "/a/b\\c", true},
    };
    for (const Row& row : rows) {
        check(row, Format::v1, decode_v1);
        check(row, Format::v3, decode_v3);
    }
}

TEST_CASE("v1 only: a variable may have a literal head in its segment") {
    const Row rows[] = {
        {"/content/rhel-$releasever/os", "/content/rhel-8/os", true},
        {"/content/rhel-$releasever/os", "/content/rhel-$releasever/os", true},
        {"/content/rhel-$releasever/os", "/content/rhel-/os", false},
        {"/content/rhel-$releasever/os", "/content/rhel/os", false},
        {"/content/rhel-$releasever/os", "/content/xrhel-8/os", false},
        {"/c/a.$b", "/c/a.1", true},
        {"/c/a.$b", "/c/ax1", false},
        {"/c/a.$b", "/c/a.1/below", true},
        {"/c/pre$x-post/y", "/c/pre9/y", true},
        {"/c/pre$x-post/y", "/c/pre/y", false},
    };
    for (const Row& row : rows) {
        check(row, Format::v1, decode_v1);
    }
}

TEST_CASE("v3 only: a dollar sign inside a word is an ordinary character") {
    const Row rows[] = {
        {"/c/rhel-$releasever/os", "/c/rhel-8/os", false},
        {"/c/rhel-$releasever/os", "/c/rhel-$releasever/os", true},
        {"/c/a$", "/c/ab", false},
        {"/c/a$", "/c/a$", true},
    };
    for (const Row& row : rows) {
        check(row, Format::v3, decode_v3);
    }
}

TEST_CASE("v1 only: empty URLs and empty segments") {
    const Row rows[] = {
        {"", "", true},    {"", "/", true},           {"/", "//", true},        {"/", "/a", false},
        {"", "/a", false}, {"/a//b", "/a//b", false}, {"/a//b", "/a/b", false},
    };
    for (const Row& row : rows) {
        check(row, Format::v1, decode_v1);
    }
}

TEST_CASE("v3 only: the root can't be authorized, so it opens nothing") {
    const Paths paths = {"/", "/a", "//"};
    const auto entitlement = good(decode_v3(paths));
    CHECK(entitlement.paths(10) == Paths{"/a"});
    for (const char* path : {"", "/", "//", "/b"}) {
        CAPTURE(path);
        CHECK(!allows(entitlement, path));
        CHECK(!reference_covers(Format::v3, paths, path));
    }
    CHECK(touches(entitlement, ""));
    CHECK(reference_touches(Format::v3, paths, ""));
    CHECK(!decode_v3({"/"}).ok());
    CHECK(!reference_touches(Format::v3, {"/"}, ""));
}

TEST_CASE("a path that a backend could resolve to another one opens nothing") {
    for (const char* authorized : {"/ok", "/$any", "/ok/$x/$y"}) {
        for (const Paths& one : {Paths{authorized}}) {
            for (const auto& entitlement : {good(decode_v1(one)), good(decode_v3(one))}) {
                CAPTURE(authorized);
                CHECK(allows(entitlement, "/ok/a/b"));
                for (const std::string& path :
                     {std::string("/ok/./b"), std::string("/ok/../b"), std::string("/ok/a/.."),
                      std::string("/ok/a/b/."), std::string("./ok/a/b"), std::string("../ok/a/b"),
                      std::string("/ok/a/b\n"), std::string("/ok/a/b\n/c"),
                      std::string("/ok/\x7F/b"), std::string("/ok/\x1F/b"),
                      std::string("/ok/a/b\0", 8),
                      std::string("/ok/a/long-enough-for-two-words\t/b"),
                      std::string("\r/ok/a/b")}) {
                    CAPTURE(path);
                    CHECK(!allows(entitlement, path));
                    CHECK(!touches(entitlement, path));
                }
                for (const char* path : {"/ok/.a/b", "/ok/..a/b", "/ok/a./b..", "/ok/.../b",
                                         "/ok/a\\..\\b/c", "/ok/\x80/\xFF", "/ok/~/b"}) {
                    CAPTURE(path);
                    CHECK(allows(entitlement, path));
                }
            }
        }
    }
}

TEST_CASE("literal and variable siblings are alternatives") {
    for (const bool v3 : {true, false}) {
        CAPTURE(v3);
        const Paths paths = {"/a/$x/b", "/a/lit/c", "/a/lit/$z/f", "/a/$y/d/e"};
        const auto entitlement = good(v3 ? decode_v3(paths) : decode_v1(paths));
        CHECK(entitlement.paths(10) == Paths{"/a/$x/b", "/a/$y/d/e", "/a/lit/$z/f", "/a/lit/c"});
        CHECK(allows(entitlement, "/a/lit/b"));
        CHECK(allows(entitlement, "/a/lit/c"));
        CHECK(allows(entitlement, "/a/lit/d/f"));
        CHECK(allows(entitlement, "/a/lit/d/e"));
        CHECK(allows(entitlement, "/a/other/d/e"));
        CHECK(!allows(entitlement, "/a/other/d/f"));
        CHECK(!allows(entitlement, "/a/other/c"));
        CHECK(!allows(entitlement, "/a/lit/d"));
    }
}

TEST_CASE("v1: a URL and one below it both count") {
    const auto entitlement = good(decode_v1({"/a/b/c", "/a", "/a/b", "/a-b", "/a/b", "a//"}));
    CHECK(entitlement.paths(10) == Paths{"/a", "/a-b", "/a/b", "/a/b/c"});
    CHECK(allows(entitlement, "/a/x"));
    CHECK(allows(entitlement, "/a-b/x"));
    CHECK(!allows(entitlement, "/a-"));
}

TEST_CASE("an authorized path that goes up, or holds control characters, opens no base path") {
    for (const char* path : {"/some/..", "/some/../other", "/some/./path", "/some/\x01/path",
                             "/some/a\x7f/$releasever", "/some/a/.."}) {
        for (const bool v3 : {false, true}) {
            CAPTURE(path, v3);
            const Paths paths = {path};
            const auto entitlement = good(v3 ? decode_v3(paths) : decode_v1(paths));
            CHECK(!touches(entitlement, "some"));
            CHECK(!touches(entitlement, ""));
            CHECK(!reference_touches(v3 ? Format::v3 : Format::v1, paths, "some"));
            CHECK(!reference_touches(v3 ? Format::v3 : Format::v1, paths, ""));
        }
    }
    const auto both = good(decode_v3({"/some/..", "/some/path/$basearch/os"}));
    CHECK(touches(both, "some"));
    CHECK(touches(both, "some/path"));
}

TEST_CASE("match: base_path opens what lies at, above or below an authorized path") {
    for (const bool v3 : {true, false}) {
        CAPTURE(v3);
        const Paths paths = {"/some/path/foo", "/other/$x/y"};
        const auto entitlement = good(v3 ? decode_v3(paths) : decode_v1(paths));
        for (const char* base : {"some", "some/path", "some/path/foo", "/some//path/", "",
                                 "some/path/foo/below", "other", "other/7", "other/7/y/z"}) {
            CAPTURE(base);
            CHECK(touches(entitlement, base));
            CHECK(reference_touches(v3 ? Format::v3 : Format::v1, paths, base));
        }
        for (const char* base : {"another/path", "some/path/bar", "some/pat", "some/path/foobar",
                                 "other/7/x", "path", "some/path/../path"}) {
            CAPTURE(base);
            CHECK(!touches(entitlement, base));
            CHECK(!reference_touches(v3 ? Format::v3 : Format::v1, paths, base));
        }
    }
}

TEST_CASE("a certificate with /some or /some/path opens the distribution some/path") {
    for (const char* url : {"/some", "/some/path"}) {
        CHECK(touches(good(decode_v3({url})), "some/path"));
        CHECK(allows(good(decode_v3({url})), "/some/path/repodata/repomd.xml"));
    }
}

TEST_CASE("an entitlement without any path opens nothing") {
    const auto entitlement = good(decode_v1({}));
    CHECK(!allows(entitlement, ""));
    CHECK(!allows(entitlement, "/a"));
    CHECK(!touches(entitlement, ""));
    CHECK(!touches(entitlement, "a"));
    CHECK(entitlement.paths(10).empty());
    CHECK(!certguard::PathTree().has_paths());
}
