#include "certguard/entitlement.hpp"

#include <utility>

#include "certguard/limits.hpp"
#include "der_value.hpp"
#include "entitlement_payload.hpp"
#include "printable.hpp"
#include "rhsm_fields.hpp"
#include "url_graph.hpp"

namespace certguard {
namespace {

Error bad(std::string what) {
    return Error{Reason::bad_certificate, std::move(what)};
}

struct Version {
    std::string text;
    std::uint32_t major;
};

/// The grammar is [0-9]{1,9} up to a dot or the end; no extension means 1.0.
Result<Version> read_version(const RhsmFields& fields) {
    if (!fields.version) {
        return Version{"1.0", 1};
    }
    const auto text = der_text(*fields.version);
    if (!text.ok()) {
        return bad("unreadable certificate format version: " + text.error().message);
    }
    const std::string_view digits = text->substr(0, text->find('.'));
    if (digits.empty() || digits.size() > 9 ||
        digits.find_first_not_of("0123456789") != digits.npos) {
        return bad("the certificate format version " + quoted(*text, 32) + " is no number");
    }
    return Version{printable(text->substr(0, 32)),
                   static_cast<std::uint32_t>(std::stoul(std::string(digits)))};
}

bool is_text(std::optional<std::string_view> value, std::string_view wanted) {
    if (!value) {
        return false;
    }
    const auto text = der_text(*value);
    return text.ok() && *text == wanted;
}

CertificateKind kind_of(const RhsmFields& fields) {
    const auto version = read_version(fields);
    if (version.ok() && version->major >= 3) {
        return is_text(fields.type, "OrgLevel") ? CertificateKind::content_access
                                                : CertificateKind::entitlement_v3;
    }
    if (fields.order_name) {
        const bool is_debug =
            fields.content_urls.size() == 1 && is_text(fields.content_name, "ueber_content");
        return is_debug ? CertificateKind::org_debug : CertificateKind::entitlement_v1;
    }
    return fields.has_product ? CertificateKind::product : CertificateKind::other;
}

Error not_an_entitlement(CertificateKind kind) {
    return Error{Reason::not_entitled, "this certificate names no content, it is of the kind: " +
                                           std::string(kind_name(kind))};
}

struct Decoded {
    PathTree tree;
    std::string broken_tail;
};

Result<Decoded> decode_v3(const RhsmFields& fields) {
    if (!fields.payload) {
        return bad("the certificate says that it has an entitlement payload, but has none");
    }
    const auto payload = der_content(*fields.payload, DerTag::octet_string);
    if (!payload.ok()) {
        return bad("unreadable entitlement payload: " + payload.error().message);
    }
    auto graph = read_payload(*payload);
    if (!graph.ok()) {
        return graph.error();
    }
    return Decoded{PathTree(std::move(*graph)), {}};
}

Result<Decoded> decode_v1(const RhsmFields& fields) {
    if (!fields.order_name) {
        return not_an_entitlement(kind_of(fields));
    }
    if (fields.content_urls.size() > limits::kUrls) {
        return bad("it has " + std::to_string(fields.content_urls.size()) +
                   " content URLs, certguard reads " + std::to_string(limits::kUrls));
    }
    Decoded decoded;
    std::vector<std::string_view> urls;
    for (const std::string_view value : fields.content_urls) {
        const auto url = der_text(value);
        if (!url.ok()) {
            decoded.broken_tail = "content URL " + std::to_string(urls.size() + 1) +
                                  " can't be read: " + url.error().message;
            break;
        }
        urls.push_back(*url);
    }
    if (urls.empty() && !decoded.broken_tail.empty()) {
        return bad(std::move(decoded.broken_tail));
    }
    auto graph = graph_of_urls(std::move(urls));
    if (!graph.ok()) {
        return graph.error();
    }
    decoded.tree = PathTree(std::move(*graph));
    return decoded;
}

}  // namespace

std::string_view kind_name(CertificateKind kind) noexcept {
    switch (kind) {
        case CertificateKind::entitlement_v1: return "entitlement v1";
        case CertificateKind::entitlement_v3: return "entitlement v3";
        case CertificateKind::content_access: return "content access (SCA)";
        case CertificateKind::org_debug: return "organization debug";
        case CertificateKind::identity: return "identity (consumer)";
        case CertificateKind::product: return "product";
        case CertificateKind::other: return "other";
    }
    return "other";
}

CertificateKind kind_of(const Certificate& certificate) {
    if (certificate.rhsm_extensions().empty() && certificate.host_uuid()) {
        return CertificateKind::identity;
    }
    return kind_of(find_rhsm_fields(certificate.rhsm_extensions()));
}

Result<Entitlement> Entitlement::decode(const Certificate& certificate) {
    const CertificateKind kind = certguard::kind_of(certificate);
    if (kind == CertificateKind::identity) {
        return not_an_entitlement(kind);
    }
    return decode(certificate.rhsm_extensions());
}

Result<Entitlement> Entitlement::decode(const std::vector<RhsmExtension>& extensions) {
    const RhsmFields fields = find_rhsm_fields(extensions);
    if (!fields.duplicate.empty()) {
        return bad("the extension of the " + std::string(fields.duplicate) +
                   " is there twice: which one counts can't be known");
    }
    const auto version = read_version(fields);
    if (!version.ok()) {
        return version.error();
    }
    auto decoded = version->major >= 3 ? decode_v3(fields) : decode_v1(fields);
    if (!decoded.ok()) {
        return decoded.error();
    }
    Entitlement entitlement;
    entitlement.tree_ = std::move(decoded->tree);
    entitlement.version_ = version->text;
    entitlement.broken_tail_ = std::move(decoded->broken_tail);
    return entitlement;
}

Result<bool> Entitlement::authorizes(std::string_view path) const {
    return answer(tree_.covers(path));
}

Result<bool> Entitlement::touches(std::string_view base_path) const {
    return answer(tree_.touches(base_path));
}

Result<bool> Entitlement::answer(Match match) const {
    if (match == Match::yes) {
        return true;
    }
    if (match == Match::too_complex) {
        return bad("its paths are made so that comparing them would take too long");
    }
    if (!broken_tail_.empty()) {
        return bad(broken_tail_);
    }
    return false;
}

std::size_t Entitlement::memory() const noexcept {
    return sizeof *this + tree_.memory() + version_.capacity() + broken_tail_.capacity();
}

}  // namespace certguard
