// Who can be asked about a host: Foreman, Katello's catalog, Candlepin, the certificate, a file.
//
// A source turns one question into zero or more HTTP requests and the answer into plain data. It
// keeps no cache and no retry: these are the lookup's (host_lookup.hpp). All it remembers between
// questions is what never changes. Wire formats and versions: reference/katello.md 3.
//
// Threads: everything happens on the event loop's thread. DONE is called exactly once, perhaps
// before ask_*() returns (then the returned Pending is null); never after Pending was destroyed.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace certguard {

/// Container repository names, sorted bytewise, unique. Whole names: nothing is a prefix.
using NameList = std::vector<std::string>;

struct EnvironmentRef {
    std::string label;  // "Dev/web", "Library"; empty when the source can't tell: opens no path
    std::string key;    // asks for its names, see ask_environment(); empty: nothing to ask
};

struct HostAnswer {
    std::string organization;                  // label; empty when the source does not tell
    std::vector<EnvironmentRef> environments;  // in the host's own order
    NameList repositories;                     // from sources that give the host's names directly
};

class HttpClient;
struct LookupSettings;

enum class LookupStatus {
    found,          // VALUE is the answer
    unknown_host,   // there is no such host (any more)
    refused,        // 401 or 403: this proxy may not ask; an operator's error
    unavailable,    // nobody answers: timeout, refused connection, TLS, 502, 503, 504
    failed,         // no answer to this question, perhaps to others: 3xx, 500, too large, no JSON
    misconfigured,  // an answer that can't be right: more than one host with this UUID
};

template <class T>
struct Answer {
    LookupStatus status = LookupStatus::unavailable;
    T value{};
    std::string message;  // for the admin unless found; one line, nothing secret
};

/// Whom a question is about. Views: valid until the Pending of the question is gone.
struct HostQuestion {
    std::string_view uuid;             // 36 characters, lower case
    std::string_view certificate_pem;  // LF line ends; for the sources that show it
    std::string_view certificate_der;
};

class LookupSource {
  public:
    /// A question under way; destroying it cancels the question.
    class Pending {
      public:
        virtual ~Pending() = default;
    };
    template <class T>
    using Done = std::function<void(Answer<T>)>;

    virtual ~LookupSource() = default;

    virtual std::unique_ptr<Pending> ask_host(const HostQuestion& question,
                                              Done<HostAnswer> done) = 0;
    /// The names in one content view environment; shared by all hosts in it.
    virtual std::unique_ptr<Pending> ask_environment(std::string_view key, Done<NameList> done) = 0;
    /// The names that anybody may pull without a login. A source that can't tell answers with none.
    virtual std::unique_ptr<Pending> ask_public(Done<NameList> done) = 0;
};

/// The source that SETTINGS name. CLIENT must outlive the source, and the source its questions.
std::unique_ptr<LookupSource> make_lookup_source(const LookupSettings& settings,
                                                 HttpClient& client);

}  // namespace certguard
