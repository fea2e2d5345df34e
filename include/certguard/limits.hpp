// Every budget of the core in one place. An input over a budget ends in an error that names it,
// never in more work or memory. Each has a test at its edge that names it, in
// t/unit/limits_test.cpp or with its subject.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace certguard::limits {

/// DER of one certificate. TLS stops at 100 KiB per chain; the command also reads larger files.
inline constexpr std::size_t kCertificateBytes = 4u << 20;
/// Text of a name in a certificate (CN, O, whole subject) that is used or shown.
inline constexpr std::size_t kNameBytes = 1024;
/// Authorized paths (URL extensions) of one v1 certificate.
inline constexpr std::size_t kUrls = 65536;
/// Bytes that the dictionary of an RHSM v3 payload may inflate to.
inline constexpr std::size_t kInflatedBytes = 4u << 20;
/// Words of that dictionary.
inline constexpr std::size_t kWords = 1u << 20;
/// Nodes of a path tree.
inline constexpr std::size_t kNodes = 1u << 20;
/// Children in a path tree, all nodes together.
inline constexpr std::size_t kEdges = 1u << 21;
/// Tree edges that one path check may visit before it gives up and denies.
inline constexpr std::size_t kMatchSteps = 1u << 18;
/// Paths that are listed of a certificate (a tree of few bytes can describe 2^40 of them), their
/// bytes altogether, and the edges that may be visited to find them.
inline constexpr std::size_t kListedPaths = 65536;
inline constexpr std::size_t kListedBytes = 16u << 20;
inline constexpr std::size_t kListedSteps = 1u << 20;

/// The policy file, and the nesting of its YAML.
inline constexpr std::size_t kPolicyBytes = 1u << 20;
inline constexpr std::size_t kPolicyDepth = 16;
/// Guards and lookups of a policy; each has counters in the zone.
inline constexpr std::size_t kGuards = 64;
inline constexpr std::size_t kLookups = 32;
/// A CA bundle or CRL file, and the objects in it.
inline constexpr std::size_t kTrustFileBytes = 16u << 20;
inline constexpr std::size_t kTrustObjects = 4096;
/// Different CAs of one name in a guard: each is tried for a leaf of that issuer.
inline constexpr std::size_t kCasOfOneName = 16;
/// CAs in a chain, the anchor included; chains that are tried per issuing CA, and the steps of
/// looking for them.
inline constexpr std::size_t kChainLength = 10;
inline constexpr std::size_t kChains = 16;
inline constexpr std::size_t kChainSteps = 256;

/// What pulpcore-content accepts as one header field (its max_field_size), and what a policy's
/// max_header may say instead: room for any certificate, and for no more than TLS lets through.
inline constexpr std::size_t kDefaultMaxHeader = 16u << 10;
inline constexpr std::size_t kLeastMaxHeader = 1u << 10;
inline constexpr std::size_t kMostMaxHeader = 1u << 20;

/// One entry of a flatpak index (a repository with all its images, icons included) or one other
/// member of that document, and the nesting of its JSON.
inline constexpr std::size_t kIndexEntryBytes = 4u << 20;
inline constexpr std::size_t kIndexDepth = 32;

/// A container repository's name (as in the OCI distribution specification), and a Katello label.
inline constexpr std::size_t kRepositoryName = 255;
inline constexpr std::size_t kLabel = 128;

/// HTTP requests of one lookup and worker that wait for a connection, and the head of an answer.
inline constexpr std::size_t kQueuedRequests = 1024;
inline constexpr std::size_t kResponseHeadBytes = 64u << 10;
/// The body of one answer to a lookup, the pages of an answer, and the repositories in all of them.
inline constexpr std::size_t kAnswerBytes = 16u << 20;
inline constexpr std::size_t kAnswerPages = 64;
inline constexpr std::size_t kAnswerNames = 100'000;
/// A lookup's files: the hosts file, and a password or private key.
inline constexpr std::size_t kHostsFileBytes = 8u << 20;
inline constexpr std::size_t kSecretBytes = 64u << 10;
/// Content view environments of one host.
inline constexpr std::size_t kHostEnvironments = 256;

/// Certificates that a worker remembers, and the memory their remains may take.
inline constexpr std::size_t kRememberedCertificates = 4096;
inline constexpr std::size_t kRememberedBytes = 32u << 20;

/// Clients of a worker that wait for a lookup, those among them that wait for one host, and the
/// questions that a worker asks at the same time; beyond that a request is answered at once.
inline constexpr std::size_t kLookupWaiters = 8192;
inline constexpr std::size_t kHostWaiters = 2048;
inline constexpr std::size_t kLookupQuestions = 256;
/// Labels and keys of a host's environments in the zone, and any one name, label or message there.
inline constexpr std::size_t kProfileBytes = 64u << 10;
inline constexpr std::size_t kCachedText = 4096;
/// Failures in a row that open the circuit; for how long; and for how long a refusal does, which
/// Foreman counts: after 30 of them in five minutes it locks the address out.
inline constexpr unsigned kFailuresInARow = 5;
inline constexpr std::chrono::milliseconds kCircuitOpenFor{5'000};
inline constexpr std::chrono::milliseconds kRefusedOpenFor{30'000};
/// Hosts that a worker keeps ready to ask, and the memory of their names.
inline constexpr std::size_t kLocalHosts = 1024;
inline constexpr std::size_t kLocalBytes = 8u << 20;

}  // namespace certguard::limits
