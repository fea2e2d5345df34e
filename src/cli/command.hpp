// The command `certguard`: one function per subcommand, each from plain options to an exit status.
//
// Answers go to OUT, problems to ERR. No function exits, prints elsewhere or keeps state, so tests
// call them like any other function.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace certguard::cli {

struct Streams {
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
};

/// Exit statuses: scripts read them as an answer.
inline constexpr int kYes = 0;
inline constexpr int kNo = 1;
inline constexpr int kTrouble = 2;

struct CheckOptions {
    std::string policy;
    bool json = false;
};

/// Reads a policy and all files that it names. kNo: it has errors; kTrouble: there is no such file.
int check(const CheckOptions& options, Streams streams);

struct InspectOptions {
    std::string certificate;
    bool json = false;
};

/// Shows what a certificate says. kNo: it claims to be an entitlement but can't be decoded.
int inspect(const InspectOptions& options, Streams streams);

struct PathsOptions {
    std::string certificate;
    std::string path;
    bool json = false;
};

/// Does the certificate authorize one path? "allow", "deny" or "error" and why.
int paths(const PathsOptions& options, Streams streams);

struct PathsBatchOptions {
    std::string file;  // "-": standard input
    bool json = false;
};

/// The same for each line of a file. kYes: every line was answered; kTrouble: some was malformed.
int paths_batch(const PathsBatchOptions& options, Streams streams);

struct ExplainOptions {
    std::string policy;
    std::string guard;
    std::string certificate;  // empty: the client shows none
    std::string uri;
    std::string method = "GET";
    std::optional<std::string> authorization;  // the header's value; secret, never shown
    bool can_pass = false;                     // the location has a certguard_pass
    std::optional<std::string> at;             // see parse_time()
    bool offline = false;                      // ask no lookup
    bool json = false;
};

/// The decision that nginx would take, and each step that leads to it. kYes: granted; kTrouble:
/// nobody can tell, because a lookup gives no answer.
int explain(const ExplainOptions& options, Streams streams);

struct HostOptions {
    std::string uuid;
    std::string policy;
    std::optional<std::string> lookup;  // required when the policy has several
    std::string certificate;            // the host's; for sources that show it, else empty
    bool json = false;
};

/// What a lookup says about a host, asked here and now. kNo: there is no such host; kTrouble: the
/// lookup gives no answer, or one that can't be right.
int host(const HostOptions& options, Streams streams);

/// Parses ARGUMENTS, without the program's name, and runs the subcommand.
int run(const std::vector<std::string>& arguments, Streams streams);

}  // namespace certguard::cli
