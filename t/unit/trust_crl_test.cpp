// Revocation: which CRL counts, when, and for whom.
#include "trust_test_helpers.hpp"

using namespace certguard;
using namespace certguard::test;

namespace {

const std::string kIssuingDistributionPoint = "2.5.29.28";

CrlSpec current(CrlSpec spec, std::int64_t this_update, std::optional<std::int64_t> next_update) {
    spec.this_update = this_update;
    spec.next_update = next_update;
    return spec;
}

CrlSpec with_extension(CrlSpec spec, const std::string& oid, const std::string& der) {
    spec.extensions.push_back({oid, der, true});
    return spec;
}

/// What a build with this one CRL complains about.
std::string errors_of(const std::string& bundle, const std::string& crl) {
    const TrustStore::Built built = build(bundle, {crl});
    CHECK((built.store == nullptr) == !built.errors.empty());
    return lines(built.errors);
}

struct Pki {
    Identity root = make_ca(named("Root"));
    Identity leaf = make_leaf(named("leaf"), &root);
    Identity other_leaf = make_leaf(named("other"), &root);

    std::shared_ptr<const TrustStore> with(const std::string& crl) const {
        return store_of(root.pem(), {crl});
    }
};

}  // namespace

TEST_CASE("a revoked leaf is refused, others of the CA are not") {
    const Pki pki;
    const std::string pem = crl_pem(revoking({pki.leaf}), pki.root);
    const std::string der = test_pki::der(*make_crl(revoking({pki.leaf}), pki.root));
    for (const std::string& crl : {pem, "text before\n" + pem + "text behind\n", der}) {
        const auto store = pki.with(crl);
        const TrustVerdict verdict = verify(*store, pki.leaf);
        CHECK(verdict.reason == Reason::revoked);
        CHECK(contains(verdict.message, certificate_of(pki.leaf)->serial()));
        CHECK(contains(verdict.message, "CN=Root"));
        CHECK(verify(*store, pki.other_leaf).reason == Reason::ok);
    }
}

TEST_CASE("a verdict tells since when the certificate is revoked") {
    const Pki pki;
    CrlSpec spec = revoking({pki.leaf});
    const auto verdict = [&] { return verify(*pki.with(crl_pem(spec, pki.root)), pki.leaf); };
    const std::string line = "is revoked by the CRL of CN=Root";

    SECTION("by its entry in the CRL") {
        spec.revocation_date = "270110120000Z";
        CHECK(verdict().since == 1'799'582'400);
        CHECK(contains(verdict().message, line + " since 2027-01-10 12:00:00 UTC"));
    }
    SECTION("in a CRL that OpenSSL judges") {
        spec.revocation_date = "270110120000Z";
        spec = with_extension(spec, kIssuingDistributionPoint, "\x30\x03\x81\x01\xFF");
        CHECK(verdict().since == 1'799'582'400);
    }
    SECTION("unless that has no date that can be read") {
        for (const char* date : {"yesterday", "271399999999Z", "\n"}) {
            spec.revocation_date = date;
            CHECK(verdict().reason == Reason::revoked);
            CHECK(verdict().since == std::nullopt);
            CHECK(verdict().message.substr(verdict().message.size() - line.size()) == line);
        }
    }
}

TEST_CASE("among many revoked certificates each one is found") {
    const Pki pki;
    std::vector<Identity> revoked;
    for (int i = 0; i < 40; ++i) {
        Spec spec = named("leaf");
        spec.key = pki.leaf.key;
        revoked.push_back(make_leaf(spec, &pki.root));
    }
    const auto store = pki.with(crl_pem(revoking(revoked), pki.root));
    for (const Identity& identity : revoked) {
        CHECK(verify(*store, identity).reason == Reason::revoked);
    }
    CHECK(verify(*store, pki.leaf).reason == Reason::ok);
}

TEST_CASE("a CRL counts from its update until before its next update") {
    const Pki pki;
    const std::int64_t from = kNow - 100;
    const std::int64_t until = kNow + 100;
    const auto store = pki.with(crl_pem(current(revoking({}), from, until), pki.root));
    CHECK(verify(*store, pki.leaf, from - 1).reason == Reason::crl_missing);
    CHECK(contains(verify(*store, pki.leaf, from - 1).message, "in the future"));
    CHECK(verify(*store, pki.leaf, from).reason == Reason::ok);
    CHECK(verify(*store, pki.leaf, until - 1).reason == Reason::ok);
    CHECK(verify(*store, pki.leaf, until).reason == Reason::crl_expired);
    CHECK(contains(verify(*store, pki.leaf, until).message,
                   "crl0.pem was to be replaced before 2027-01-15 08:01:40 UTC"));
    CHECK(verify(*store, pki.leaf, until).since == until);
    CHECK(verify(*store, pki.leaf, from - 1).since == std::nullopt);
}

TEST_CASE("of several overdue CRLs the last one tells since when") {
    const Pki pki;
    const auto until = [&](std::int64_t next_update) {
        return crl_pem(current(revoking({}), kNow - 5 * kDay, next_update), pki.root);
    };
    const auto store = store_of(pki.root.pem(), {until(kNow - kDay), until(kNow - 2 * kDay)});
    CHECK(verify(*store, pki.leaf).reason == Reason::crl_expired);
    CHECK(verify(*store, pki.leaf).since == kNow - kDay);
}

TEST_CASE("of CRLs that OpenSSL judges, a single overdue one tells since when") {
    const Pki pki;
    const auto crl = [&](const std::string& scope, std::int64_t next_update) {
        const CrlSpec spec = current(revoking({}), kNow - 5 * kDay, next_update);
        return crl_pem(with_extension(spec, kIssuingDistributionPoint, scope), pki.root);
    };
    const std::string leaves = "\x30\x03\x81\x01\xFF";
    const std::string cas = crl("\x30\x03\x82\x01\xFF", kNow + kDay);
    const std::string line = "the CRL of the certificate's CA CN=Root is past its next update";

    const TrustVerdict one =
        verify(*store_of(pki.root.pem(), {cas, crl(leaves, kNow - kDay)}), pki.leaf);
    CHECK(one.reason == Reason::crl_expired);
    CHECK(one.since == kNow - kDay);
    CHECK(contains(one.message, line + " of 2027-01-14 08:00:00 UTC"));

    const TrustVerdict two = verify(
        *store_of(pki.root.pem(), {cas, crl(leaves, kNow - kDay), crl(leaves, kNow - 2 * kDay)}),
        pki.leaf);
    CHECK(two.reason == Reason::crl_expired);
    CHECK(two.since == std::nullopt);
    CHECK(contains(two.message, line + ";"));
}

TEST_CASE("a CRL without a next update never grows old") {
    const Pki pki;
    const auto store =
        pki.with(crl_pem(current(revoking({pki.leaf}), kNow, std::nullopt), pki.root));
    CHECK(verify(*store, pki.leaf, kNow + 9 * kDay).reason == Reason::revoked);
    CHECK(verify(*store, pki.other_leaf, kNow + 9 * kDay).reason == Reason::ok);
    CHECK(store->first_crl_expiry() == 0);
    CHECK(store->warnings(kNow + 9 * kDay).empty());
}

TEST_CASE("the newest current CRL of a CA decides") {
    const Pki pki;
    const std::string older = crl_pem(revoking({pki.leaf}), pki.root);
    const std::string newer =
        crl_pem(current(revoking({pki.other_leaf}), kNow - kDay, kNow + kDay), pki.root);
    const auto store = store_of(pki.root.pem(), {newer, older});
    CHECK(verify(*store, pki.leaf).reason == Reason::ok);
    CHECK(verify(*store, pki.other_leaf).reason == Reason::revoked);
    SECTION("once it is over, the older one does again") {
        CHECK(verify(*store, pki.leaf, kNow + kDay).reason == Reason::revoked);
        CHECK(verify(*store, pki.other_leaf, kNow + kDay).reason == Reason::ok);
    }
}

TEST_CASE("with CRLs, a CA without one has its leaves refused") {
    const Pki pki;
    const Identity other = make_ca(named("Other"));
    const TrustStore::Built built =
        build(pki.root.pem() + other.pem(), {crl_pem(revoking({}), pki.root)});
    REQUIRE(built.store != nullptr);
    CHECK(contains(lines(built.warnings), "CN=Other has no CRL"));
    CHECK(!contains(lines(built.warnings), "CN=Root"));
    CHECK(verify(*built.store, pki.leaf).reason == Reason::ok);
    CHECK(verify(*built.store, make_leaf(named("leaf"), &other)).reason == Reason::crl_missing);
}

TEST_CASE("only the leaf's own issuer needs a CRL") {
    const Identity root = make_ca(named("Root"));
    const Identity sub = make_ca(named("Sub"), &root);
    const Identity leaf = make_leaf(named("leaf"), &sub);
    const TrustStore::Built built = build(root.pem() + sub.pem(), {crl_pem(revoking({leaf}), sub)});
    REQUIRE(built.store != nullptr);
    CHECK(built.warnings.empty());
    CHECK(verify(*built.store, leaf).reason == Reason::revoked);
    CHECK(verify(*built.store, make_leaf(named("other"), &sub)).reason == Reason::ok);
}

TEST_CASE("a revoked CA opens nothing to the leaves below it") {
    const Identity root = make_ca(named("Root"));
    const Identity sub = make_ca(named("Sub"), &root);
    const Identity lowest = make_ca(named("Lowest"), &sub);
    const std::string bundle = root.pem() + sub.pem() + lowest.pem();
    const std::string none_of_lowest = crl_pem(revoking({}), lowest);
    const Identity leaf = make_leaf(named("leaf"), &lowest);

    const auto message = [&](const Identity& revoked, const Identity& issuer) {
        const auto store = store_of(bundle, {none_of_lowest, crl_pem(revoking({revoked}), issuer)});
        const TrustVerdict verdict = verify(*store, leaf);
        CHECK(verdict.reason == Reason::revoked);
        return verdict.message;
    };
    CHECK(contains(message(lowest, sub), "the certificate's CA CN=Lowest, serial number"));
    CHECK(contains(message(sub, root), "the certificate's CA CN=Sub, serial number"));
    CHECK(contains(message(sub, root), "is revoked by the CRL of CN=Root"));

    SECTION("but to those of other CAs") {
        const auto store = store_of(bundle, {none_of_lowest, crl_pem(revoking({lowest}), sub),
                                             crl_pem(revoking({}), root)});
        CHECK(verify(*store, make_leaf(named("leaf"), &sub)).reason == Reason::ok);
        CHECK(verify(*store, make_leaf(named("leaf"), &root)).reason == Reason::ok);
    }
}

TEST_CASE("an overdue CRL also refuses what is below the CAs that it covers") {
    const Identity root = make_ca(named("Root"));
    const Identity sub = make_ca(named("Sub"), &root);
    const Identity leaf = make_leaf(named("leaf"), &sub);
    const std::int64_t until = kNow + kDay;
    const auto store = store_of(
        root.pem() + sub.pem(),
        {crl_pem(revoking({}), sub), crl_pem(current(revoking({}), kNow - kDay, until), root)});
    CHECK(verify(*store, leaf, until - 1).reason == Reason::ok);
    CHECK(verify(*store, leaf, until).reason == Reason::crl_expired);
    CHECK(contains(verify(*store, leaf, until).message, "CN=Root in crl1.pem"));
}

TEST_CASE("a partial CRL says of a CA what OpenSSL knows of it") {
    const Identity root = make_ca(named("Root"));
    const Identity sub = make_ca(named("Sub"), &root);
    const Identity other = make_ca(named("Other"), &root);
    const auto verdict = [&](const std::string& der, const Identity& issuer) {
        const CrlSpec spec = with_extension(revoking({sub}), kIssuingDistributionPoint, der);
        const auto store = store_of(
            root.pem() + sub.pem() + other.pem(),
            {crl_pem(revoking({}), sub), crl_pem(revoking({}), other), crl_pem(spec, root)});
        return verify(*store, make_leaf(named("leaf"), &issuer));
    };
    SECTION("for CAs only") {
        const std::string der = "\x30\x03\x82\x01\xFF";
        CHECK(verdict(der, sub).reason == Reason::revoked);
        CHECK(contains(verdict(der, sub).message, "the certificate's CA CN=Sub"));
        CHECK(verdict(der, other).reason == Reason::ok);
    }
    SECTION("for end entities only, so nothing of CAs") {
        CHECK(verdict("\x30\x03\x81\x01\xFF", sub).reason == Reason::ok);
    }
}

TEST_CASE("a revoked certificate that is expired too is told as expired") {
    const Pki pki;
    const auto store = pki.with(crl_pem(revoking({pki.leaf}), pki.root));
    CHECK(verify(*store, pki.leaf, kNow + 10 * kDay).reason == Reason::expired);
}

TEST_CASE("a forged certificate with a revoked serial number is told as foreign") {
    Spec spec = named("Root");
    spec.key_identifiers = false;
    const Identity root = make_ca(spec);
    const Identity forger = make_ca(spec);
    Spec leaf_spec = named("leaf");
    leaf_spec.serial = "1234";
    const Identity leaf = make_leaf(leaf_spec, &root);
    const auto store = store_of(root.pem(), {crl_pem(revoking({leaf}), root)});
    CHECK(verify(*store, leaf).reason == Reason::revoked);
    CHECK(verify(*store, make_leaf(leaf_spec, &forger)).reason == Reason::untrusted_issuer);
}

TEST_CASE("a CRL that none of the guard's CAs signed is an error") {
    const Pki pki;
    const Identity other = make_ca(named("Other"));
    const Identity same_name = make_ca(named("Root"));
    CHECK(contains(errors_of(pki.root.pem(), crl_pem(revoking({}), other)),
                   "crl0.pem: is a CRL of CN=Other, which is not among the guard's CAs"));
    CHECK(contains(errors_of(pki.root.pem(), crl_pem(revoking({}), same_name)),
                   "in the name of CN=Root, but the guard's CA of that name has not signed it"));
    const Identity leaf = make_leaf(named("Root"), nullptr);
    Spec spec = named("Root");
    spec.key = leaf.key;
    CHECK(errors_of(make_ca(spec).pem(), crl_pem(revoking({}), leaf)).empty());
}

TEST_CASE("a file that holds no complete CRL is an error") {
    const Pki pki;
    const std::string pem = crl_pem(revoking({}), pki.root);
    const std::string der = test_pki::der(*make_crl(revoking({}), pki.root));
    const auto errors = [&](const std::string& text) { return errors_of(pki.root.pem(), text); };
    CHECK(contains(errors(""), "crl0.pem: is empty"));
    CHECK(contains(errors("hello"), "holds no X509 CRL block and is no DER"));
    CHECK(contains(errors(pki.root.pem()), "holds no X509 CRL block"));
    CHECK(contains(errors(pem.substr(0, pem.size() / 2)), "has no END line"));
    CHECK(contains(errors(der.substr(0, der.size() - 1)), "the CRL can't be read: "));
    CHECK(contains(errors(der + '\0'), "has 1 bytes behind its end"));
    CHECK(contains(errors(pem + pem.substr(0, 60)), "the X509 CRL block has no END line"));
}

TEST_CASE("CRLs that can't stand for themselves are errors") {
    const Pki pki;
    const auto errors = [&](const std::string& oid, const std::string& der) {
        return errors_of(pki.root.pem(), crl_pem(with_extension(revoking({}), oid, der), pki.root));
    };
    CHECK(contains(errors("2.5.29.27", "\x02\x01\x01"), "is a delta CRL"));
    CHECK(contains(errors(kIssuingDistributionPoint, "\x30\x03\x84\x01\xFF"), "indirect CRL"));
    CHECK(contains(errors(kIssuingDistributionPoint, "\x30\x7f"), "can't be read"));
}

TEST_CASE("what OpenSSL knows of partial CRLs holds") {
    const Pki pki;
    const auto reason = [&](const std::string& oid, const std::string& der, const Identity& leaf) {
        const CrlSpec spec = with_extension(revoking({pki.leaf}), oid, der);
        return verify(*pki.with(crl_pem(spec, pki.root)), leaf).reason;
    };
    SECTION("for end entities only") {
        const std::string der = "\x30\x03\x81\x01\xFF";
        CHECK(reason(kIssuingDistributionPoint, der, pki.leaf) == Reason::revoked);
        CHECK(reason(kIssuingDistributionPoint, der, pki.other_leaf) == Reason::ok);
    }
    SECTION("for CAs only") {
        const std::string der = "\x30\x03\x82\x01\xFF";
        CHECK(reason(kIssuingDistributionPoint, der, pki.other_leaf) == Reason::crl_missing);
    }
    SECTION("for one distribution point") {
        const std::string point = "\xA0\x10\xA0\x0E\x86\x0Chttp://crl/1";
        Spec spec = named("with a distribution point");
        spec.extensions.push_back({"2.5.29.31", "\x30\x14\x30\x12" + point});
        const Identity leaf = make_leaf(spec, &pki.root);
        CHECK(reason(kIssuingDistributionPoint, "\x30\x12" + point, leaf) == Reason::ok);
        CHECK(reason(kIssuingDistributionPoint, "\x30\x12" + point, pki.other_leaf) ==
              Reason::crl_missing);
    }
    SECTION("with a critical extension that nobody knows") {
        CHECK(reason("1.2.3.4", "\x05\x00", pki.other_leaf) == Reason::crl_missing);
    }
}

TEST_CASE("an admin is warned a day before a CRL has to be replaced, and when it is overdue") {
    const Pki pki;
    const auto store = pki.with(crl_pem(current(revoking({}), kNow - kDay, kNow + kDay), pki.root));
    CHECK(store->warnings(kNow - 1).empty());
    const std::string soon =
        "crl0.pem: the CRL of CN=Root must be replaced before 2027-01-16 08:00:00 UTC";
    CHECK(contains(lines(store->warnings(kNow)), soon));
    CHECK(lines(store->warnings(kNow + kDay - 1)) == lines(store->warnings(kNow)));
    CHECK(contains(lines(store->warnings(kNow + kDay)), "was to be replaced before"));

    SECTION("but not when another one lasts longer") {
        const auto both =
            store_of(pki.root.pem(),
                     {crl_pem(current(revoking({}), kNow - kDay, kNow + kDay), pki.root),
                      crl_pem(current(revoking({}), kNow - kDay, kNow + 9 * kDay), pki.root)});
        CHECK(both->warnings(kNow + kDay).empty());
    }
}
