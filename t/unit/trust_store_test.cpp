#include "certguard/trust_store.hpp"

#include <fstream>
#include <iterator>
#include <limits>

#include "trust_test_helpers.hpp"

using namespace certguard;
using namespace certguard::test;

namespace {

std::string read(const std::string& name) {
    std::ifstream in(CERTGUARD_TEST_DATA "/vectors/real/" + name);
    return std::string(std::istreambuf_iterator<char>(in), {});
}

Spec ending(Spec spec, std::int64_t not_before, std::int64_t not_after) {
    spec.not_before = not_before;
    spec.not_after = not_after;
    return spec;
}

Spec without_key_identifiers(Spec spec) {
    spec.key_identifiers = false;
    return spec;
}

Spec for_purposes(Spec spec, const std::string& purposes) {
    spec.purposes = purposes;
    return spec;
}

/// The verdict is the same all through its window, and another one on both sides of it.
void check_window(const TrustStore& store, const Identity& leaf, std::int64_t from,
                  std::int64_t until, std::int64_t now) {
    const TrustVerdict verdict = verify(store, leaf, now);
    CHECK(verdict.holds_from == from);
    CHECK(verdict.holds_until == until);
    CHECK(verify(store, leaf, from).message == verdict.message);
    CHECK(verify(store, leaf, until).message == verdict.message);
    CHECK(verify(store, leaf, from - 1).message != verdict.message);
    CHECK(verify(store, leaf, until + 1).message != verdict.message);
}

}  // namespace

TEST_CASE("a leaf of a CA in the bundle is trusted") {
    const Identity root = make_ca(named("Root"));
    const Identity leaf = make_leaf(named("leaf"), &root);
    CHECK(verify(*store_of(root.pem()), leaf).reason == Reason::ok);
}

TEST_CASE("RSA certificates are verified like those with EC keys") {
    Spec spec = named("RSA Root");
    spec.key = test_pki::make_key(test_pki::KeyType::rsa_2048);
    const Identity root = make_ca(spec);
    const Identity leaf = make_leaf(named("leaf"), &root);
    CHECK(verify(*store_of(root.pem()), leaf).reason == Reason::ok);
}

TEST_CASE("pulp_certguard's own test certificate is trusted by its CA") {
    const auto store = store_of(read("ca-pulp-katello-default.pem"));
    const auto leaf = Certificate::from_pem(read("pulp-v3.4-one-two-var.pem"));
    REQUIRE(leaf.ok());
    CHECK(store->verify(**leaf, kNow).reason == Reason::ok);
}

TEST_CASE("a chain may lead over intermediates, which come from the bundle only") {
    const Identity root = make_ca(named("Root"));
    const Identity upper = make_ca(named("Upper"), &root);
    const Identity lower = make_ca(named("Lower"), &upper);
    const Identity leaf = make_leaf(named("leaf"), &lower);

    SECTION("in any order") {
        CHECK(verify(*store_of(lower.pem() + root.pem() + upper.pem()), leaf).reason == Reason::ok);
    }
    SECTION("the issuer is missing") {
        const TrustVerdict verdict = verify(*store_of(root.pem() + upper.pem()), leaf);
        CHECK(verdict.reason == Reason::untrusted_issuer);
        CHECK(contains(verdict.message, "its issuer CN=Lower is not among the guard's CAs"));
    }
    SECTION("one above is missing: the chain must reach a self-signed CA") {
        const std::string missing = GENERATE("CN=Upper", "CN=Root");
        const Identity other = make_ca(named("Other"));
        const TrustStore::Built built =
            build(lower.pem() + (missing == "CN=Upper" ? root.pem() : upper.pem() + other.pem()));
        REQUIRE(built.store != nullptr);
        CHECK(contains(lines(built.warnings), "CN=Lower is an intermediate CA, and no chain"));
        CHECK(contains(lines(built.warnings), ", " + missing + " is missing perhaps"));
        const TrustVerdict verdict = verify(*built.store, leaf);
        CHECK(verdict.reason == Reason::untrusted_issuer);
        CHECK(contains(verdict.message, "put " + missing + " into the guard's ca too"));
    }
}

TEST_CASE("a leaf of another CA is not trusted, whatever it claims") {
    const Identity root = make_ca(named("Root"));
    const auto store = store_of(root.pem());

    SECTION("another name") {
        const Identity other = make_ca(named("Other"));
        const TrustVerdict verdict = verify(*store, make_leaf(named("leaf"), &other));
        CHECK(verdict.reason == Reason::untrusted_issuer);
        CHECK(contains(verdict.message, "its issuer CN=Other is not among the guard's CAs"));
    }
    SECTION("the same name, another key identifier") {
        const Identity other = make_ca(named("Root"));
        const TrustVerdict verdict = verify(*store, make_leaf(named("leaf"), &other));
        CHECK(verdict.reason == Reason::untrusted_issuer);
        CHECK(contains(verdict.message, "another key has signed it"));
    }
    SECTION("the same name, no key identifier: the signature decides, and is all that is told") {
        const Identity other = make_ca(without_key_identifiers(named("Root")));
        const Spec expired = ending(named("leaf"), kNow - 9 * kDay, kNow - 8 * kDay);
        const TrustVerdict verdict =
            verify(*store, make_leaf(without_key_identifiers(expired), &other));
        CHECK(verdict.reason == Reason::untrusted_issuer);
        CHECK(contains(verdict.message, "another key has signed it"));
    }
    SECTION("self-signed") {
        const TrustVerdict verdict = verify(*store, make_leaf(named("leaf"), nullptr));
        CHECK(verdict.reason == Reason::untrusted_issuer);
        CHECK(contains(verdict.message, "self-signed"));
    }
    SECTION("issued by a leaf") {
        const Identity leaf = make_leaf(named("leaf"), &root);
        CHECK(verify(*store, make_leaf(named("below"), &leaf)).reason == Reason::untrusted_issuer);
    }
}

TEST_CASE("of two CAs with the same name, each one's leaves are trusted") {
    const bool with_identifiers = GENERATE(true, false);
    CAPTURE(with_identifiers);
    Spec spec = named("Katello");
    spec.key_identifiers = with_identifiers;
    Spec leaf_spec = named("leaf");
    leaf_spec.key_identifiers = with_identifiers;
    const Identity older = make_ca(spec);
    const Identity newer = make_ca(spec);
    const Identity third = make_ca(spec);
    const auto store = store_of(older.pem() + newer.pem());

    CHECK(verify(*store, make_leaf(leaf_spec, &older)).reason == Reason::ok);
    CHECK(verify(*store, make_leaf(leaf_spec, &newer)).reason == Reason::ok);
    CHECK(verify(*store, make_leaf(leaf_spec, &third)).reason == Reason::untrusted_issuer);

    SECTION("and the failure of the one that signed is told") {
        const Spec expired = ending(leaf_spec, kNow - 9 * kDay, kNow - 8 * kDay);
        CHECK(verify(*store, make_leaf(expired, &older)).reason == Reason::expired);
        CHECK(verify(*store, make_leaf(expired, &newer)).reason == Reason::expired);
    }
    SECTION("each has a CRL of its own") {
        const Identity leaf = make_leaf(leaf_spec, &older);
        const auto with_crls =
            store_of(older.pem() + newer.pem(),
                     {crl_pem(revoking({leaf}), newer) + crl_pem(revoking({}), older)});
        CHECK(verify(*with_crls, leaf).reason == Reason::ok);
    }
}

TEST_CASE("of two intermediates with the same name, each one's leaves are trusted") {
    const Identity root = make_ca(named("Root"));
    const Identity other_root = make_ca(named("Other Root"));
    const Identity one = make_ca(without_key_identifiers(named("Sub")), &root);
    const Identity two = make_ca(without_key_identifiers(named("Sub")), &other_root);
    const auto store = store_of(one.pem() + two.pem() + root.pem() + other_root.pem());
    const Spec spec = without_key_identifiers(named("leaf"));
    CHECK(verify(*store, make_leaf(spec, &one)).reason == Reason::ok);
    CHECK(verify(*store, make_leaf(spec, &two)).reason == Reason::ok);
}

TEST_CASE("a renewed CA with the old key takes the place of the expired one") {
    const Identity old = make_ca(ending(named("Root"), kNow - 9 * kDay, kNow - kDay));
    Spec spec = named("Root");
    spec.key = old.key;
    const Identity renewed = make_ca(spec);
    const Identity leaf = make_leaf(named("leaf"), &old);
    CHECK(verify(*store_of(old.pem() + renewed.pem()), leaf).reason == Reason::ok);
}

TEST_CASE("a verdict tells since when the certificate or a CA above it is expired") {
    const Identity root = make_ca(named("Root"));
    const Identity sub = make_ca(ending(named("Sub"), kNow - 9 * kDay, kNow - kDay), &root);
    const auto store = store_of(root.pem() + sub.pem());
    const TrustVerdict below = verify(*store, make_leaf(named("leaf"), &sub));
    CHECK(below.reason == Reason::expired);
    CHECK(below.since == kNow - kDay);
    const TrustVerdict own =
        verify(*store, make_leaf(ending(named("leaf"), kNow - 9 * kDay, kNow - 2 * kDay), &root));
    CHECK(own.reason == Reason::expired);
    CHECK(own.since == kNow - 2 * kDay);
    CHECK(verify(*store, make_leaf(named("leaf"), &root)).since == std::nullopt);
}

TEST_CASE("an intermediate below two roots is trusted when one way is good") {
    const Identity expired = make_ca(ending(named("Expired"), kNow - 9 * kDay, kNow - kDay));
    const Identity root = make_ca(named("Root"));
    Spec spec = named("Sub");
    const Identity crossed = make_ca(spec, &expired);
    spec.key = crossed.key;
    const Identity direct = make_ca(spec, &root);
    const Identity leaf = make_leaf(named("leaf"), &crossed);
    CHECK(
        verify(*store_of(crossed.pem() + expired.pem() + direct.pem() + root.pem()), leaf).reason ==
        Reason::ok);
    CHECK(verify(*store_of(crossed.pem() + expired.pem() + root.pem()), leaf).reason ==
          Reason::expired);
}

TEST_CASE("CAs that have signed each other in a circle are no anchor") {
    const Identity root = make_ca(named("Root"));
    const Identity a = make_ca(named("A"));
    Spec spec = named("B");
    const Identity b = make_ca(spec, &a);
    spec = named("A");
    spec.key = a.key;
    const Identity a_below_b = make_ca(spec, &b);
    const auto store = store_of(root.pem() + b.pem() + a_below_b.pem());
    CHECK(verify(*store, make_leaf(named("leaf"), &b)).reason == Reason::untrusted_issuer);
}

TEST_CASE("dates are checked at the given time, on every link, to OpenSSL's second") {
    const std::int64_t from = kNow - 3 * kDay;
    const std::int64_t until = kNow + 3 * kDay;
    const Identity root = make_ca(named("Root"));
    Identity sub = make_ca(named("Sub"), &root);
    Identity leaf = make_leaf(named("leaf"), &sub);
    std::string late = "the certificate expired at 2027-01-18 08:00:00 UTC";
    std::string early = "the certificate is not valid before 2027-01-12 08:00:00 UTC";
    Identity top = root;

    SECTION("the leaf") {
        leaf = make_leaf(ending(named("leaf"), from, until), &sub);
    }
    SECTION("the intermediate") {
        sub = make_ca(ending(named("Sub"), from, until), &root);
        leaf = make_leaf(named("leaf"), &sub);
        late = "the certificate's CA CN=Sub expired at 2027-01-18 08:00:00 UTC";
        early = "the certificate's CA CN=Sub is not valid before 2027-01-12 08:00:00 UTC";
    }
    SECTION("the root") {
        top = make_ca(ending(named("Root"), from, until));
        sub = make_ca(named("Sub"), &top);
        leaf = make_leaf(named("leaf"), &sub);
        late = "the certificate's CA CN=Root expired at 2027-01-18 08:00:00 UTC";
        early = "the certificate's CA CN=Root is not valid before 2027-01-12 08:00:00 UTC";
    }
    const auto store = store_of(top.pem() + sub.pem());

    CHECK(verify(*store, leaf, from - 1).reason == Reason::not_yet_valid);
    CHECK(contains(verify(*store, leaf, from - 1).message, early));
    CHECK(verify(*store, leaf, from).reason == Reason::ok);
    CHECK(verify(*store, leaf, until - 1).reason == Reason::ok);
    // OpenSSL 3 refuses in the very second of notAfter.
    CHECK(verify(*store, leaf, until).reason == Reason::expired);
    CHECK(contains(verify(*store, leaf, until).message, late));

    check_window(*store, leaf, from, until - 1, kNow);
}

TEST_CASE("a verdict's window ends where something begins or ends") {
    const Identity root = make_ca(named("Root"));
    const Identity leaf = make_leaf(ending(named("leaf"), kNow - kDay, kNow + kDay), &root);
    const auto store = store_of(root.pem());

    SECTION("good: the leaf's dates") {
        check_window(*store, leaf, kNow - kDay, kNow + kDay - 1, kNow);
    }
    SECTION("not yet valid: until it is") {
        CHECK(verify(*store, leaf, kNow - 2 * kDay).holds_until == kNow - kDay - 1);
    }
    SECTION("expired: at least until the CA ends too") {
        const TrustVerdict verdict = verify(*store, leaf, kNow + 2 * kDay);
        CHECK(verdict.holds_from <= kNow + kDay + 1);
        CHECK(verdict.holds_until >= kNow + 10 * kDay - 1);
    }
    SECTION("with a CRL: not beyond its update and next update") {
        CrlSpec spec = revoking({});
        spec.this_update = kNow - 100;
        spec.next_update = kNow + 100;
        check_window(*store_of(root.pem(), {crl_pem(spec, root)}), leaf, kNow - 100, kNow + 99,
                     kNow);
    }
}

TEST_CASE("no time is too early or too late to ask for") {
    const Identity root = make_ca(named("Root"));
    const Identity leaf = make_leaf(named("leaf"), &root);
    const auto store = store_of(root.pem());
    const TrustVerdict early = verify(*store, leaf, 0);
    CHECK(early.reason == Reason::not_yet_valid);
    CHECK(verify(*store, leaf, early.holds_from).message == early.message);
    const TrustVerdict late = verify(*store, leaf, 253'402'300'799);
    CHECK(late.reason == Reason::expired);
    CHECK(late.holds_until == 253'402'300'799);
    CHECK(verify(*store, leaf, std::numeric_limits<std::int64_t>::min()).reason != Reason::ok);
    CHECK(verify(*store, leaf, std::numeric_limits<std::int64_t>::max()).reason != Reason::ok);
}

TEST_CASE("a leaf must be usable as a TLS client") {
    const Identity root = make_ca(named("Root"));
    const auto store = store_of(root.pem());
    const auto reason = [&](const char* purposes) {
        return verify(*store, make_leaf(for_purposes(named("leaf"), purposes), &root)).reason;
    };
    CHECK(reason("") == Reason::ok);
    CHECK(reason("client") == Reason::ok);
    CHECK(reason("server,client") == Reason::ok);
    CHECK(reason("server") == Reason::wrong_purpose);
    CHECK(reason("email") == Reason::wrong_purpose);

    SECTION("and so must what its CA may issue") {
        const Identity sub = make_ca(for_purposes(named("Sub"), "server"), &root);
        const TrustVerdict verdict =
            verify(*store_of(root.pem() + sub.pem()), make_leaf(named("leaf"), &sub));
        CHECK(verdict.reason == Reason::wrong_purpose);
        CHECK(contains(verdict.message, "CA CN=Sub"));
    }
}

TEST_CASE("a critical extension that nobody knows makes a leaf bad") {
    const Identity root = make_ca(named("Root"));
    Spec spec = named("leaf");
    spec.extensions.push_back({"1.2.3.4", "\x05\x00", true});
    const TrustVerdict verdict = verify(*store_of(root.pem()), make_leaf(spec, &root));
    CHECK(verdict.reason == Reason::bad_certificate);
    CHECK(contains(verdict.message, "unhandled critical extension"));
}

TEST_CASE("names in messages can't break the line or the log") {
    const Identity root = make_ca(named("Root"));
    const Identity other = make_ca(named("Evil\nroot: granted\x1b[2J\xC3\xA9"));
    const TrustVerdict verdict = verify(*store_of(root.pem()), make_leaf(named("leaf"), &other));
    CHECK(contains(verdict.message, "CN=Evil\\0Aroot: granted\\1B[2J\\C3\\A9 "));
}

TEST_CASE("a store says when its first CA and CRL end") {
    const Identity root = make_ca(named("Root"));
    const Identity other = make_ca(ending(named("Other"), kNow - kDay, kNow + kDay));
    CHECK(store_of(root.pem() + other.pem())->first_ca_expiry() == kNow + kDay);
    CHECK(store_of(root.pem())->first_crl_expiry() == 0);
    CHECK(store_of(root.pem(), {crl_pem(revoking({}), root)})->first_crl_expiry() ==
          kNow + 5 * kDay);
}

TEST_CASE("two stores never share an id") {
    const std::string pem = make_ca(named("Root")).pem();
    CHECK(store_of(pem)->id() != store_of(pem)->id());
}
