// Names of request headers that carry an identity and that no client may send.
//
// A name is compared the way the laxest backend would read it: ASCII case does not count, and
// every character that is no letter or digit counts as '-' (WSGI, Rack and CGI fold '-' and '_').
// A trailing '*' in an entry makes it a prefix.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace certguard {

class IdentityHeaders {
  public:
    /// X-CLIENT-CERT, X-RHSM-SSL-CLIENT-CERT, SSL-CLIENT-*, HostUUID, REMOTE-USER.
    IdentityHeaders();

    /// NAME must be valid, see header_name_problem(). Adding twice is harmless.
    void add(std::string_view name);
    bool contains(std::string_view name) const noexcept;

  private:
    std::vector<std::string> exact_;
    std::vector<std::string> prefixes_;
    std::uint64_t lengths_ = 0;  // bit n: some exact name has n characters
};

/// Why NAME can't be stripped or forwarded: not a header name, or one that HTTP or nginx itself
/// needs (Host, Content-Length, Authorization, ...). Empty when it can.
std::string header_name_problem(std::string_view name);

}  // namespace certguard
