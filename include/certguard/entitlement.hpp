// What an RHSM certificate entitles to: the authorized paths that Candlepin wrote into it.
//
// decode() reads both formats (v1: one extension per URL; v3: a Huffman-coded path tree) into one
// PathTree, once per certificate. Format and rules: reference/rhsm.md sections 1 to 9, with the
// deviations D1 to D10 of its section 15. All work is bounded by limits.hpp.
//
// Ownership: an Entitlement owns all of its memory and outlives the certificate.
// Errors: Reason::bad_certificate when the payload breaks the format, Reason::not_entitled when
// the certificate is of another kind (identity, product, plain X.509) and names no paths at all.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "certguard/certificate.hpp"
#include "certguard/path_tree.hpp"
#include "certguard/result.hpp"

namespace certguard {

enum class CertificateKind {
    entitlement_v1,
    entitlement_v3,
    content_access,  // v3 with entitlement type OrgLevel: Simple Content Access
    org_debug,       // v1 with the one content set "ueber_content"
    identity,        // no RHSM extension, a consumer UUID as CN
    product,
    other,
};

/// "entitlement v1", "content access (SCA)", ... for people. Static storage.
std::string_view kind_name(CertificateKind kind) noexcept;

/// Tells the kinds apart by their extensions alone (rhsm.md section 4); never fails.
CertificateKind kind_of(const Certificate& certificate);

class Entitlement {
  public:
    static Result<Entitlement> decode(const Certificate& certificate);
    /// The same from bare extensions; what the fuzz target drives.
    static Result<Entitlement> decode(const std::vector<RhsmExtension>& extensions);

    /// match: request. Some authorized path is a whole-segment prefix of PATH, which is decoded
    /// and has lost its prefix already. Slashes at both ends and repeated ones do not count.
    /// ok() with true or false; Reason::bad_certificate when the certificate can't answer: not all
    /// of its paths could be read, or comparing them would exceed limits::kMatchSteps.
    Result<bool> authorizes(std::string_view path) const;

    /// match: base_path. Some authorized path lies at, above or below BASE_PATH. Errors as above.
    Result<bool> touches(std::string_view base_path) const;

    /// Up to MOST authorized paths with a leading slash, sorted bytewise; see PathTree::paths().
    std::vector<std::string> paths(std::size_t most, bool* complete = nullptr) const {
        return tree_.paths(most, complete);
    }
    /// Why not all of its paths could be read, in words; empty when all could.
    const std::string& broken_tail() const noexcept { return broken_tail_; }

    /// The certificate format version's text: "1.0" when the certificate has none.
    const std::string& version() const noexcept { return version_; }
    std::size_t memory() const noexcept;

  private:
    Entitlement() = default;
    Result<bool> answer(Match match) const;

    PathTree tree_;
    std::string version_;
    // v1 URLs are read in certificate order: what an earlier one allows stands, everything else
    // is an error when a later one can't be read (rhsm.md section 3). Empty when all could.
    std::string broken_tail_;
};

}  // namespace certguard
