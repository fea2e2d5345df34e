#include "zone/claims.hpp"

#include <algorithm>
#include <cstring>

namespace certguard::zone {

namespace {

constexpr std::uint8_t kFree = 0;
constexpr std::uint8_t kRunning = 1;
constexpr std::uint8_t kFailed = 2;

constexpr std::uint32_t kPlaces = 8;              // where one claim may be
constexpr std::uint64_t kFailureToldFor = 2'000;  // ms; the longest poll is much shorter
constexpr std::uint64_t kLongestClaim = 600'000;  // ms; no timeout is as long

class Places {
  public:
    Places(Zone& zone, const Digest& key) noexcept
        : claims_(zone.claims()), count_(zone.layout().claim_count) {
        std::uint32_t words[4];
        std::memcpy(words, key.data(), sizeof words);
        first_ = zone.checksum(words, 4, 0xc1a1);
    }
    Claim& operator[](std::uint32_t i) const noexcept {
        return claims_[(std::uint64_t{first_} + i) % count_];
    }

  private:
    Claim* claims_;
    std::uint32_t count_;
    std::uint32_t first_;
};

bool is_about(const Claim& claim, std::uint16_t lookup, const RecordId& id) noexcept {
    return claim.state != kFree && claim.lookup == lookup && claim.key == id.key &&
           claim.kind == static_cast<std::uint8_t>(id.kind);
}

/// The claim on this question; null when there is none.
Claim* find_claim(Zone& zone, std::uint16_t lookup, const RecordId& id) noexcept {
    const Places places(zone, id.key);
    for (std::uint32_t i = 0; i < kPlaces; ++i) {
        if (is_about(places[i], lookup, id)) {
            return &places[i];
        }
    }
    return nullptr;
}

/// A place that is free or that nobody alive needs any more; null when there is none.
Claim* free_place(Zone& zone, const Digest& key, std::uint64_t now) noexcept {
    const Places places(zone, key);
    for (std::uint32_t i = 0; i < kPlaces; ++i) {
        if (places[i].state == kFree || places[i].until <= now) {
            return &places[i];
        }
    }
    return nullptr;
}

}  // namespace

ClaimTaken take_claim(Zone& zone, const ClaimRequest& request) noexcept {
    Claim* claim = find_claim(zone, request.lookup, request.id);
    if (claim != nullptr && claim->until > request.now + kLongestClaim) {
        zone.fault();
    }
    if (claim != nullptr && request.now < claim->until) {
        if (claim->state == kRunning && claim->owner != request.owner) {
            return {ClaimTaken::Outcome::others, 0, claim->owner, 0};
        }
        if (claim->state == kFailed && claim->until > request.waiting + kFailureToldFor) {
            return {ClaimTaken::Outcome::failed, 0, claim->owner, claim->failure};
        }
    }
    if (claim == nullptr) {
        claim = free_place(zone, request.id.key, request.now);
    }
    if (claim == nullptr) {
        return {};
    }
    *claim = Claim{};
    claim->key = request.id.key;
    claim->lookup = request.lookup;
    claim->kind = static_cast<std::uint8_t>(request.id.kind);
    claim->state = kRunning;
    claim->owner = request.owner;
    claim->ticket = ++zone.header().ticket;
    claim->until = request.until;
    return {ClaimTaken::Outcome::mine, claim->ticket, request.owner, 0};
}

void settle_claim(Zone& zone, const ClaimRequest& request, std::uint64_t ticket,
                  std::uint32_t failure) noexcept {
    Claim* claim = find_claim(zone, request.lookup, request.id);
    if (claim == nullptr || claim->ticket != ticket) {
        return;  // it has been purged, or taken over
    }
    if (failure == 0) {
        *claim = Claim{};
        return;
    }
    claim->state = kFailed;
    claim->failure = failure;
    claim->until = request.now + kFailureToldFor;
}

void end_claim_of(Zone& zone, std::uint16_t lookup, const RecordId& id,
                  std::uint32_t owner) noexcept {
    Claim* claim = find_claim(zone, lookup, id);
    if (claim != nullptr && claim->owner == owner) {
        *claim = Claim{};
    }
}

void end_claims(Zone& zone, const RecordId* id) noexcept {
    Claim* const claims = zone.claims();
    std::for_each(claims, claims + zone.layout().claim_count, [id](Claim& claim) {
        if (id == nullptr ||
            (claim.key == id->key && claim.kind == static_cast<std::uint8_t>(id->kind))) {
            claim = Claim{};
        }
    });
}

}  // namespace certguard::zone
