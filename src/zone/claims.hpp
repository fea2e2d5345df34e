// Claims: which questions some process is asking at the moment, so that the others wait for its
// answer and do not ask themselves.
//
// The table has a fixed size; when there is no place for a claim, the question is asked without one
// and at worst asked twice.
#pragma once

#include <cstdint>

#include "certguard/access_record.hpp"
#include "zone/zone.hpp"

namespace certguard::zone {

struct ClaimTaken {
    enum class Outcome {
        mine,    // ask, then settle_claim() with TICKET (0: there was no place for a claim)
        others,  // OWNER is asking
        failed,  // somebody asked in vain since the caller began to wait; FAILURE says how
    };
    Outcome outcome = Outcome::mine;
    std::uint64_t ticket = 0;
    std::uint32_t owner = 0;
    std::uint32_t failure = 0;
};

struct ClaimRequest {
    std::uint16_t lookup;
    RecordId id;
    std::uint32_t owner;
    std::uint64_t now;
    std::uint64_t until;    // the owner is taken for dead then
    std::uint64_t waiting;  // since when the caller waits: earlier failures are not its business
};

/// Nobody waits for a claim of its own: it is taken over.
ClaimTaken take_claim(Zone& zone, const ClaimRequest& request) noexcept;

/// Ends the claim with TICKET. FAILURE 0: the answer is stored, or the question given up; else it
/// is told for a moment to those who wait.
void settle_claim(Zone& zone, const ClaimRequest& request, std::uint64_t ticket,
                  std::uint32_t failure) noexcept;

/// Ends whatever claims OWNER has on this question.
void end_claim_of(Zone& zone, std::uint16_t lookup, const RecordId& id,
                  std::uint32_t owner) noexcept;

/// Ends the claims on ID in all lookups; all claims there are when ID is null.
void end_claims(Zone& zone, const RecordId* id) noexcept;

}  // namespace certguard::zone
