#include "certguard/trust_files.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <functional>

#include "certguard/limits.hpp"
#include "temporary_directory.hpp"
#include "trust_test_helpers.hpp"

using namespace certguard;
using namespace certguard::test;

namespace {

using Refreshed = TrustFiles::Refreshed;

/// A guard's ca.pem and crl.pem on disk, with a root, another root and a leaf of each.
struct Site {
    Identity root = make_ca(named("Root"));
    Identity other = make_ca(named("Other"));
    Identity leaf = make_leaf(named("leaf"), &root);
    Identity other_leaf = make_leaf(named("other leaf"), &other);
    TemporaryDirectory directory;
    std::string ca = directory.write("ca.pem", root.pem());
    std::string crl = directory.path("crl.pem");
    TrustFiles files{{ca}, {}};

    Site() { REQUIRE(files.load(kNow).store != nullptr); }

    /// Goes on with a CRL that lists nothing, too.
    TrustFiles with_crl() {
        directory.write("crl.pem", crl_pem(revoking({}), root));
        return TrustFiles({ca}, {crl});
    }
    bool trusts(const TrustFiles& by, const Identity& identity) const {
        return verify(*by.current(), identity).reason == Reason::ok;
    }
};

bool is_nothing(const Refreshed& found) {
    return found.store == nullptr && found.errors.empty() && found.warnings.empty() &&
           found.read.empty() && !found.unsettled;
}

/// The two looks that a change takes; adopts what comes out.
Refreshed settle(TrustFiles& files, std::int64_t now = kNow) {
    const Refreshed first = files.refresh(now);
    CHECK(first.unsettled);
    CHECK(first.store == nullptr);
    CHECK(first.errors.empty());
    Refreshed found = files.refresh(now);
    if (found.store != nullptr) {
        files.adopt(found.store);
    }
    CHECK(is_nothing(files.refresh(now)));
    return found;
}

}  // namespace

TEST_CASE("loading makes the store current") {
    Site site;
    CHECK(site.trusts(site.files, site.leaf));
    CHECK(is_nothing(site.files.refresh(kNow)));
}

TEST_CASE("what can't be loaded is reported for every file, and nothing is current") {
    const Identity root = make_ca(named("Root"));
    const TemporaryDirectory directory;
    TrustFiles files({directory.path("none.pem"), directory.write("text.pem", "hello")},
                     {directory.path(".")});
    const Refreshed found = files.load(kNow);
    CHECK(found.store == nullptr);
    CHECK(files.current() == nullptr);
    REQUIRE(found.errors.size() == 3);
    CHECK(found.errors[0].name == directory.path("none.pem"));
    CHECK(found.errors[0].text == "can't be opened: No such file or directory");
    CHECK(found.errors[1].name == directory.path("text.pem"));
    CHECK(found.errors[2].text == "is a directory, expected a regular file");
}

TEST_CASE("a file larger than the limit is not loaded") {
    const TemporaryDirectory directory;
    const std::string path = directory.write("ca.pem", "");
    REQUIRE(::truncate(path.c_str(), limits::kTrustFileBytes + 1) == 0);
    CHECK(contains(lines(TrustFiles({path}, {}).load(kNow).errors), "at most 16777216 are read"));
}

TEST_CASE("a file that is replaced or written to is read again once it has settled") {
    Site site;
    SECTION("replaced") {
        site.directory.replace("ca.pem", site.other.pem());
    }
    SECTION("written to") {
        site.directory.write("ca.pem", site.other.pem());
    }
    SECTION("replaced by a link") {
        site.directory.write("elsewhere.pem", site.other.pem());
        site.directory.remove("ca.pem");
        REQUIRE(::symlink("elsewhere.pem", site.ca.c_str()) == 0);
    }
    const Refreshed found = settle(site.files);
    REQUIRE(found.store != nullptr);
    CHECK(found.read == std::vector<std::string>{site.ca});
    CHECK(found.errors.empty());
    CHECK(site.trusts(site.files, site.other_leaf));
    CHECK(!site.trusts(site.files, site.leaf));
}

TEST_CASE("a refresh leaves the current store alone until it is adopted") {
    Site site;
    site.directory.replace("ca.pem", site.other.pem());
    REQUIRE(site.files.refresh(kNow).unsettled);
    const Refreshed found = site.files.refresh(kNow);
    REQUIRE(found.store != nullptr);
    CHECK(site.trusts(site.files, site.leaf));
    site.files.adopt(found.store);
    CHECK(!site.trusts(site.files, site.leaf));
}

TEST_CASE("a file that is being written is not read until two looks see the same") {
    Site site;
    const std::string whole = site.other.pem() + site.root.pem();
    for (std::size_t size : {std::size_t{0}, whole.size() / 4, site.other.pem().size()}) {
        site.directory.write("ca.pem", whole.substr(0, size));
        CHECK(site.files.refresh(kNow).unsettled);
    }
    site.directory.write("ca.pem", whole);
    CHECK(settle(site.files).store != nullptr);
    CHECK(site.trusts(site.files, site.leaf));
    CHECK(site.trusts(site.files, site.other_leaf));
}

TEST_CASE("a file that never comes to rest is read nevertheless") {
    Site site;
    std::string text = site.other.pem();
    int looks = 0;
    for (Refreshed found; found.store == nullptr && looks < 100; ++looks) {
        site.directory.write("ca.pem", text += "\n");
        found = site.files.refresh(kNow);
    }
    CHECK(looks == 20);
}

TEST_CASE("a bad file is reported once, and what was read before stays in force") {
    Site site;
    struct Damage {
        std::function<void(Site&)> apply;
        std::string message;
    };
    const auto damage = GENERATE(
        Damage{[](Site& s) { s.directory.write("ca.pem", ""); }, "is empty, expected CA"},
        Damage{[](Site& s) { s.directory.write("ca.pem", s.root.pem().substr(0, 200)); },
               "line 1: the CERTIFICATE block has no END line"},
        Damage{[](Site& s) { s.directory.replace("ca.pem", std::string("\0\x01\xFF\n", 4)); },
               "holds no CERTIFICATE block"},
        Damage{[](Site& s) { s.directory.remove("ca.pem"); },
               "can't be opened: No such file or directory"},
        Damage{[](Site& s) {
                   s.directory.remove("ca.pem");
                   REQUIRE(::mkdir(s.ca.c_str(), 0700) == 0);
               },
               "is a directory, expected a regular file"},
        Damage{[](Site& s) {
                   s.directory.remove("ca.pem");
                   REQUIRE(::mkfifo(s.ca.c_str(), 0600) == 0);
               },
               "is a FIFO, expected a regular file"});
    CAPTURE(damage.message);
    damage.apply(site);
    const Refreshed found = settle(site.files);
    CHECK(found.store == nullptr);
    REQUIRE(found.errors.size() == 1);
    CHECK(found.errors[0].name == site.ca);
    CHECK(contains(found.errors[0].text, damage.message));
    CHECK(contains(found.errors[0].text, "; what was read before stays in force"));
    CHECK(site.trusts(site.files, site.leaf));
    site.directory.remove("ca.pem");

    SECTION("the next good version is taken") {
        site.directory.write("ca.pem", site.other.pem());
        CHECK(settle(site.files).store != nullptr);
        CHECK(site.trusts(site.files, site.other_leaf));
    }
    SECTION("the old version is told to be back") {
        site.directory.write("ca.pem", site.root.pem());
        const Refreshed back = settle(site.files);
        CHECK(back.store == nullptr);
        CHECK(back.read == std::vector<std::string>{site.ca});
    }
    SECTION("another bad version is reported again") {
        site.directory.write("ca.pem", "other text");
        CHECK(settle(site.files).errors.size() == 1);
    }
}

TEST_CASE("a file that was only touched changes nothing") {
    Site site;
    REQUIRE(::chmod(site.ca.c_str(), 0640) == 0);
    CHECK(is_nothing(settle(site.files)));
}

TEST_CASE("a new CRL takes effect, a bad one does not") {
    Site site;
    TrustFiles files = site.with_crl();
    REQUIRE(files.load(kNow).store != nullptr);
    CHECK(site.trusts(files, site.leaf));
    site.directory.replace("crl.pem", crl_pem(revoking({site.leaf}), site.root));
    CHECK(settle(files).store != nullptr);
    CHECK(!site.trusts(files, site.leaf));

    SECTION("of another CA") {
        site.directory.replace("crl.pem", crl_pem(revoking({}), site.other));
    }
    SECTION("empty") {
        site.directory.write("crl.pem", "");
    }
    SECTION("gone") {
        site.directory.remove("crl.pem");
    }
    CHECK(settle(files).errors.size() == 1);
    CHECK(verify(*files.current(), site.leaf).reason == Reason::revoked);
}

TEST_CASE("a broken CA file does not keep a new CRL from taking effect") {
    Site site;
    TrustFiles files = site.with_crl();
    REQUIRE(files.load(kNow).store != nullptr);
    const std::string revoked = crl_pem(revoking({site.leaf}), site.root);

    SECTION("when both change at once") {
        site.directory.write("ca.pem", "oops");
        site.directory.write("crl.pem", revoked);
        const Refreshed found = settle(files);
        CHECK(found.errors.size() == 1);
        CHECK(found.read == std::vector<std::string>{site.crl});
    }
    SECTION("when it was broken before: that is not reported a second time") {
        site.directory.write("ca.pem", "oops");
        CHECK(settle(files).errors.size() == 1);
        site.directory.write("crl.pem", revoked);
        CHECK(settle(files).errors.empty());
    }
    CHECK(verify(*files.current(), site.leaf).reason == Reason::revoked);
}

TEST_CASE("a CA and its CRL may be replaced one after the other") {
    Site site;
    TrustFiles files = site.with_crl();
    REQUIRE(files.load(kNow).store != nullptr);

    site.directory.replace("ca.pem", site.other.pem());
    const Refreshed first = settle(files);
    CHECK(first.store == nullptr);
    REQUIRE(first.errors.size() == 1);
    CHECK(first.errors[0].name == site.crl);
    CHECK(site.trusts(files, site.leaf));

    site.directory.replace("crl.pem", crl_pem(revoking({}), site.other));
    const Refreshed second = settle(files);
    CHECK(second.errors.empty());
    CHECK(second.read == std::vector<std::string>{site.ca, site.crl});
    CHECK(site.trusts(files, site.other_leaf));
    CHECK(!site.trusts(files, site.leaf));
}

TEST_CASE("time alone brings warnings, each once") {
    Site site;
    TrustFiles files = site.with_crl();  // until five days after kNow, the CA until ten days after
    REQUIRE(files.load(kNow).warnings.empty());
    CHECK(is_nothing(files.refresh(kNow + 4 * kDay - 1)));
    CHECK(contains(lines(files.refresh(kNow + 4 * kDay).warnings), "must be replaced before"));
    CHECK(is_nothing(files.refresh(kNow + 4 * kDay + 1)));
    CHECK(contains(lines(files.refresh(kNow + 5 * kDay).warnings), "was to be replaced before"));
    CHECK(is_nothing(files.refresh(kNow + 5 * kDay + 1)));
    CHECK(contains(lines(files.refresh(kNow + 10 * kDay).warnings), "CN=Root expired at"));
    CHECK(is_nothing(files.refresh(kNow + 10 * kDay + 1)));
}

TEST_CASE("a warning that stands is not repeated when a file changes") {
    Site site;
    site.directory.write("ca.pem", site.root.pem() + site.root.key_pem());
    CHECK(contains(lines(settle(site.files).warnings), "private key"));
    site.directory.write("ca.pem", site.root.pem() + site.root.key_pem() + site.other.pem());
    const Refreshed found = settle(site.files);
    CHECK(found.store != nullptr);
    CHECK(found.warnings.empty());
}
