// Names to addresses without ever blocking the event loop: getaddrinfo(3) runs in a thread of its
// own, which is left behind when it hangs (a dead DNS server can take half a minute) and touches
// nothing of ours but what it was started with.
//
// The master looks a name up once, with resolve_name(); a worker keeps the answer fresh with a
// NameResolver. The HTTP client never resolves anything itself.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "certguard/event_loop.hpp"
#include "certguard/result.hpp"

namespace certguard {

/// IP addresses in numbers ("192.0.2.1", "2001:db8::1"), in the order to be tried; never empty in
/// an answer.
using AddressList = std::vector<std::string>;

/// Looks a name up, blocking as long as it takes. Called in threads; must not throw.
using NameLookup = std::function<Result<AddressList>(const std::string& name)>;

/// What the system says (getaddrinfo): hosts file, DNS, ...; 16 addresses at most.
Result<AddressList> look_up_name(const std::string& name);

/// Looks NAME up, blocking for LIMIT at most. An IP address is its own answer. When there is an
/// answer in time the thread has ended: the caller may fork.
Result<AddressList> resolve_name(const std::string& name, std::chrono::milliseconds limit,
                                 NameLookup lookup = look_up_name);

/// Looks NAME up again and again, one lookup at a time, and reports each answer on the event loop.
/// Destroying it ends the reports; a lookup under way is left to itself.
class NameResolver {
  public:
    struct Times {
        std::chrono::milliseconds every{60'000};  // from one lookup to the next
        std::chrono::milliseconds retry{10'000};  // after a failure
        std::chrono::milliseconds poll{500};      // how often a lookup under way is looked at
    };
    using Report = std::function<void(Result<AddressList>)>;

    /// The first lookup starts after TIMES.every, or at once with START_NOW (when the master found
    /// no address). For an IP address nothing is ever looked up or reported. REPORT may destroy the
    /// resolver. LOOP must outlive it.
    NameResolver(EventLoop& loop, std::string name, bool start_now, Report report);
    NameResolver(EventLoop& loop, std::string name, bool start_now, Report report, Times times,
                 NameLookup lookup);
    ~NameResolver();
    NameResolver(const NameResolver&) = delete;
    NameResolver& operator=(const NameResolver&) = delete;

  private:
    class Run;
    std::shared_ptr<Run> run_;
};

}  // namespace certguard
