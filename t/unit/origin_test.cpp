#include "certguard/origin.hpp"

#include <string>

#include "catch.hpp"

using certguard::is_ip_address;
using certguard::parse_origin;

TEST_CASE("a lookup's URL is a scheme, a host and perhaps a port") {
    struct Case {
        std::string url;
        bool tls;
        std::string host;
        int port;
        bool is_address;
    };
    const auto c =
        GENERATE(Case{"https://foreman.example.com", true, "foreman.example.com", 443, false},
                 Case{"https://foreman.example.com:8443", true, "foreman.example.com", 8443, false},
                 Case{"https://katello_1", true, "katello_1", 443, false},
                 Case{"https://3.example.com", true, "3.example.com", 443, false},
                 Case{"https://192.0.2.1", true, "192.0.2.1", 443, true},
                 Case{"https://[2001:db8::1]:65535", true, "2001:db8::1", 65535, true},
                 Case{"http://127.0.0.1", false, "127.0.0.1", 80, true},
                 Case{"http://127.8.9.1:1", false, "127.8.9.1", 1, true},
                 Case{"http://[::1]:3000", false, "::1", 3000, true});
    CAPTURE(c.url);
    const auto origin = parse_origin(c.url);
    REQUIRE(origin.ok());
    CHECK(origin->text == c.url);
    CHECK(origin->tls == c.tls);
    CHECK(origin->host == c.host);
    CHECK(origin->port == c.port);
    CHECK(origin->is_address == c.is_address);
}

TEST_CASE("any other URL is refused with what was expected") {
    struct Case {
        std::string url;
        std::string message;
    };
    const auto c = GENERATE(
        Case{"", "expected https://"}, Case{"foreman.example.com", "expected https://"},
        Case{"HTTPS://foreman.example.com", "expected https://"},
        Case{"ftp://foreman.example.com", "expected https://"},
        Case{"https://", "expected a host name"}, Case{"https://:443", "expected a host name"},
        Case{"https://foreman.example.com/", "expected no path"},
        Case{"https://foreman.example.com/api", "expected no path"},
        Case{"https://foreman.example.com?x", "expected no path"},
        Case{"https://foreman.example.com#x", "expected no path"},
        Case{"https://admin:changeme@foreman.example.com", "keys of their own"},
        Case{"https://foreman.example.com:", "expected a port"},
        Case{"https://foreman.example.com:0", "expected a port"},
        Case{"https://foreman.example.com:65536", "expected a port"},
        Case{"https://foreman.example.com:+443", "expected a port"},
        Case{"https://foreman.example.com:443x", "expected a port"},
        Case{"https://[::1", "expected a host name"}, Case{"https://[::1]x", "expected a port"},
        Case{"https://[fe80::1%25eth0]", "expected a host name"},
        Case{"https://[127.0.0.1]", "expected a host name"},
        Case{"https://2001:db8::1", "expected a host name"},
        Case{"https://foreman.example.com.", "expected a host name"},
        Case{"https://.example.com", "expected a host name"},
        Case{"https://foreman..example.com", "expected a host name"},
        Case{"https://foreman example.com", "expected a host name"},
        Case{"https://foreman.example.com\r\nHost: x", "expected a host name"},
        Case{"https://b\xc3\xbc"
             "cher.example",
             "expected a host name"},
        Case{"https://2130706433", "expected a host name"},
        Case{"https://0x7f.0x1", "expected a host name"},
        Case{"https://127.1", "expected a host name"},
        Case{"https://127.0.0.1.", "expected a host name"},
        Case{std::string("https://127.0.0.1\0.example", 26), "expected a host name"},
        Case{"https://" + std::string(254, 'a'), "expected a host name"},
        Case{"http://foreman.example.com", "loopback addresses"},
        Case{"http://localhost", "loopback addresses"},
        Case{"http://192.0.2.1", "loopback addresses"},
        Case{"http://[2001:db8::1]", "loopback addresses"},
        Case{"http://[::ffff:127.0.0.1]", "loopback addresses"});
    CAPTURE(c.url);
    const auto origin = parse_origin(c.url);
    REQUIRE_FALSE(origin.ok());
    CAPTURE(origin.error().message);
    CHECK(origin.error().message.find(c.message) != std::string::npos);
    CHECK(origin.error().message.find("changeme") == std::string::npos);
}

TEST_CASE("a host name may be as long as DNS allows") {
    CHECK(parse_origin("https://" + std::string(253, 'a')).ok());
}

TEST_CASE("addresses are told from names") {
    CHECK(is_ip_address("192.0.2.1"));
    CHECK(is_ip_address("2001:db8::1"));
    CHECK_FALSE(is_ip_address("[::1]"));
    CHECK_FALSE(is_ip_address("127.1"));
    CHECK_FALSE(is_ip_address("localhost"));
    CHECK_FALSE(is_ip_address(""));
    CHECK_FALSE(is_ip_address(std::string("::1\0x", 5)));
}
