// Where a lookup's requests go: LookupSettings::url, taken apart and checked.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "certguard/result.hpp"

namespace certguard {

struct Origin {
    std::string text;        // as given: "https://foreman.example.com"; a path goes right behind it
    bool tls = true;         // https
    std::string host;        // a name, or an IP address without brackets
    std::uint16_t port = 0;  // the scheme's own when none is given
    bool is_address = false;  // HOST is an IP address: there is nothing to resolve
};

/// Accepts https://HOST and https://HOST:PORT with nothing behind it, and http:// for loopback
/// addresses (127.0.0.0/8 and [::1], not their names). HOST is a name of ASCII letters, digits,
/// "-", "_" and "." or an IP address, IPv6 in brackets. The error says what is wrong and what is
/// expected, without quoting the URL, which might hold a password.
Result<Origin> parse_origin(std::string_view url);

/// Is TEXT an IP address in numbers, IPv4 ("192.0.2.1") or IPv6 ("2001:db8::1", no brackets)?
bool is_ip_address(const std::string& text);

}  // namespace certguard
