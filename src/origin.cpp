#include "certguard/origin.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace certguard {
namespace {

constexpr std::size_t kMostHostBytes = 253;

Error problem(std::string message) {
    return {Reason::internal_error, std::move(message)};
}

bool takes_prefix(std::string_view& text, std::string_view prefix) noexcept {
    if (text.substr(0, prefix.size()) != prefix) {
        return false;
    }
    text.remove_prefix(prefix.size());
    return true;
}

bool is_digits(std::string_view text) noexcept {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// "2130706433" and "0x7f.1" are addresses to some libraries and names to others.
bool looks_like_a_number(std::string_view label) noexcept {
    return is_digits(label) || label.substr(0, 2) == "0x" || label.substr(0, 2) == "0X";
}

bool is_host_name(std::string_view host) noexcept {
    constexpr std::string_view kAllowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    if (host.empty() || host.size() > kMostHostBytes ||
        host.find_first_not_of(kAllowed) != std::string_view::npos) {
        return false;
    }
    // No empty label: also no dot at the end, which libraries treat differently.
    if (host.front() == '.' || host.back() == '.' || host.find("..") != std::string_view::npos) {
        return false;
    }
    return !looks_like_a_number(host.substr(host.rfind('.') + 1));
}

// inet_pton(3) would stop at a NUL.
bool is_address(int family, const std::string& text, void* address) {
    return text.find('\0') == std::string::npos && ::inet_pton(family, text.c_str(), address) == 1;
}

bool is_ipv4(const std::string& text, in_addr* address) {
    return is_address(AF_INET, text, address);
}

bool is_ipv6(const std::string& text, in6_addr* address) {
    return is_address(AF_INET6, text, address);
}

bool is_loopback(const std::string& host) {
    in_addr v4{};
    in6_addr v6{};
    if (is_ipv4(host, &v4)) {
        return (ntohl(v4.s_addr) >> 24) == 127;
    }
    return is_ipv6(host, &v6) && IN6_IS_ADDR_LOOPBACK(&v6);
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (!is_digits(text) || error != std::errc() || port == 0) {
        return std::nullopt;
    }
    return port;
}

// Takes HOST, in brackets or not, off the front of AUTHORITY.
std::optional<std::string> take_host(std::string_view& authority) {
    if (takes_prefix(authority, "[")) {
        const std::size_t end = authority.find(']');
        if (end == std::string_view::npos) {
            return std::nullopt;
        }
        std::string host(authority.substr(0, end));
        authority.remove_prefix(end + 1);
        in6_addr ignored{};
        return is_ipv6(host, &ignored) ? std::optional(host) : std::nullopt;
    }
    const std::size_t end = std::min(authority.find(':'), authority.size());
    std::string host(authority.substr(0, end));
    authority.remove_prefix(end);
    in_addr ignored{};
    return is_ipv4(host, &ignored) || is_host_name(host) ? std::optional(host) : std::nullopt;
}

}  // namespace

bool is_ip_address(const std::string& text) {
    in_addr v4{};
    in6_addr v6{};
    return is_ipv4(text, &v4) || is_ipv6(text, &v6);
}

Result<Origin> parse_origin(std::string_view url) {
    Origin origin;
    origin.text = url;
    std::string_view rest = url;
    origin.tls = takes_prefix(rest, "https://");
    if (!origin.tls && !takes_prefix(rest, "http://")) {
        return problem("expected https:// and a host");
    }
    if (rest.find('@') != std::string_view::npos) {
        return problem(
            "a user and a password do not belong into the URL: they have keys of their own");
    }
    if (rest.find_first_of("/?#") != std::string_view::npos) {
        return problem("expected no path: the URL ends with the host or the port, without a slash");
    }
    auto host = take_host(rest);
    if (!host) {
        return problem("expected a host name in ASCII, or an IP address (IPv6 in brackets)");
    }
    origin.host = std::move(*host);
    origin.is_address = is_ip_address(origin.host);
    origin.port = origin.tls ? 443 : 80;
    if (!rest.empty()) {
        const auto port = takes_prefix(rest, ":") ? parse_port(rest) : std::nullopt;
        if (!port) {
            return problem("expected a port from 1 to 65535 behind the host");
        }
        origin.port = *port;
    }
    if (!origin.tls && !is_loopback(origin.host)) {
        return problem("http:// is for loopback addresses (127.0.0.1, [::1]) only: use https://");
    }
    return origin;
}

}  // namespace certguard
