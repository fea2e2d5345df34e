// Writes RHSM entitlements as Candlepin does: path trees (v3) and one extension per URL (v1).
//
// Written from the description of the format and not from the decoder, so that each checks the
// other. In parts, so that a test can damage one of them and keep the rest right.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "test_pki.hpp"

namespace certguard::rhsm_encoder {

/// Node 0 is the root; each node lists its children: a word and the number of a node.
struct Tree {
    using Children = std::vector<std::pair<std::string, std::size_t>>;
    std::vector<Children> nodes;
};

/// The tree that Candlepin (from 4.6.2 on) makes of PATHS: equal subtrees are one node, a path
/// below another one of PATHS is left out. Nodes are numbered by how often they are referred to.
Tree tree_of(const std::vector<std::string>& paths);

/// A payload in its three parts.
struct Payload {
    std::string dictionary;  // the words, each with a NUL behind it; not compressed
    std::string count;
    std::string bits;

    std::string bytes() const;
};

/// TREE's payload; a third node is added to one with only two, as Candlepin does.
Payload encode(const Tree& tree);
/// The bytes of the payload for PATHS; empty when there are no paths.
std::string payload_of(const std::vector<std::string>& paths);

std::string zlib_compressed(std::string_view bytes);
/// COUNT in the shortest form.
std::string node_count(std::uint32_t count);
/// The codes of leaves that weigh 1, 2, 3, ...; "0" and "1" for bits.
std::vector<std::string> huffman_codes(std::size_t leaves);
/// Characters '0' and '1' as bits, padded with zeros to whole bytes. Others are skipped.
std::string bits(std::string_view digits);

/// CONTENT as a DER value with this tag.
std::string der(unsigned char tag, std::string_view content);
std::string utf8_string(std::string_view text);
std::string octet_string(std::string_view bytes);

/// The extensions of a v3 certificate. SCA: Simple Content Access, not an ordinary entitlement.
std::vector<test_pki::Extension> v3_extensions(const std::vector<std::string>& paths,
                                               bool sca = false);
/// The extensions of a v1 certificate; CONTENT_NAME is "ueber_content" in an org debug one.
std::vector<test_pki::Extension> v1_extensions(const std::vector<std::string>& urls,
                                               const std::string& content_name = "content");

}  // namespace certguard::rhsm_encoder
