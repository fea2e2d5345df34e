// Names of request headers that carry an identity and that no client may send.
//
// A name is compared the way the laxest backend would read it: ASCII case does not count, and
// every character that is no letter or digit counts as '-' (WSGI, Rack and CGI fold '-' and '_').
// A trailing '*' in an entry makes it a prefix.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace certguard {

/// By these a proxy tells whom it asks for: with the client's certificate as one line of PEM, or
/// with the consumer UUID that it has found in it.
inline constexpr std::string_view kProxiedCertificate = "X-RHSM-SSL-CLIENT-CERT";
inline constexpr std::string_view kProxiedHost = "HostUUID";

class IdentityHeaders {
  public:
    /// What no client may send: X-CLIENT-CERT, SSL-CLIENT-*, REMOTE-USER*, and the
    /// two above.
    IdentityHeaders();
    /// ENTRIES and nothing else; each must be valid, see strip_entry_problem().
    explicit IdentityHeaders(std::initializer_list<std::string_view> entries);
    /// What not even a trusted proxy may send: the same without these two.
    static IdentityHeaders of_trusted_proxies();

    /// ENTRY must be valid, see strip_entry_problem(). Adding twice is harmless.
    void add(std::string_view entry);

    /// Asked for every header of every request: allocates nothing, and is one table look-up for
    /// names that share neither length nor first letter with an entry.
    bool contains(std::string_view name) const noexcept;

  private:
    struct Entry {
        std::string folded;
        bool is_prefix;
    };
    std::vector<Entry> entries_;
    // By the name's length (the last one: and longer): bit n is set when some entry could match a
    // name of that length whose folded first character is n mod 64.
    std::array<std::uint64_t, 64> first_characters_{};
};

/// Why NAME can't be a header that certguard sets: not a header name (RFC 9110 5.1), or one that
/// HTTP or nginx itself needs (Host, Content-Length, Authorization, ...). Empty when it can.
std::string header_name_problem(std::string_view name);

/// Why ENTRY, a name or a prefix with '*' behind it, can't be stripped from requests. Also empty
/// when it can; a prefix must not cover any of the names that HTTP or nginx needs.
std::string strip_entry_problem(std::string_view entry);

}  // namespace certguard
