#include "certguard/identity_headers.hpp"

#include "catch.hpp"

using namespace certguard;

TEST_CASE("identity headers are known in every spelling that a backend may fold") {
    const IdentityHeaders headers;
    for (const char* name :
         {"X-CLIENT-CERT", "x-client-cert", "X_CLIENT_CERT", "x-Client_Cert", "X.Client.Cert",
          "x!client~cert", "X-RHSM-SSL-CLIENT-CERT", "x_rhsm_ssl_client_cert", "SSL-CLIENT-S-DN",
          "ssl_client_verify", "SSL-Client-", "HostUUID", "hostuuid", "REMOTE-USER", "Remote_User",
          "REMOTE_USER_EMAIL"}) {
        CAPTURE(name);
        CHECK(headers.contains(name));
    }
}

TEST_CASE("other headers are left alone") {
    const IdentityHeaders headers;
    for (const char* name :
         {"", "X", "X-CLIENT-CER", "X-CLIENT-CERTS", "XX-CLIENT-CERT", "Host", "Host-UUID",
          "SSL-CLIENT", "X-SSL-CLIENT-CERT", "REMOTE", "User-Agent", "Accept", "X-CLIENT--CERT"}) {
        CAPTURE(name);
        CHECK_FALSE(headers.contains(name));
    }
}

TEST_CASE("a trusted proxy may name its own client, and nothing else") {
    const IdentityHeaders headers = IdentityHeaders::of_trusted_proxies();
    for (const char* name : {"X-RHSM-SSL-CLIENT-CERT", "x_rhsm_ssl_client_cert", "HostUUID"}) {
        CAPTURE(name);
        CHECK_FALSE(headers.contains(name));
    }
    for (const char* name : {"X-CLIENT-CERT", "x_client_cert", "SSL-CLIENT-S-DN",
                             "ssl_client_verify", "REMOTE-USER", "REMOTE_USER_EMAIL"}) {
        CAPTURE(name);
        CHECK(headers.contains(name));
    }
}

TEST_CASE("a list can have names of its own only") {
    const IdentityHeaders headers({"Authorization", "If-*"});
    CHECK(headers.contains("authorization"));
    CHECK(headers.contains("If-Match"));
    CHECK_FALSE(headers.contains("HostUUID"));
    CHECK_FALSE(headers.contains("X-CLIENT-CERT"));
}

TEST_CASE("names and prefixes of the site can be added") {
    IdentityHeaders headers;
    headers.add("X-Site_User");
    headers.add("My-Sso-*");
    headers.add("X-Site_User");
    CHECK(headers.contains("x_site-user"));
    CHECK(headers.contains("MY_SSO_GROUPS"));
    CHECK(headers.contains("my-sso-"));
    CHECK_FALSE(headers.contains("my-sso"));
    CHECK_FALSE(headers.contains("x-site-users"));
    CHECK(headers.contains("X-CLIENT-CERT"));
}

TEST_CASE("names of any length are compared whole") {
    for (const std::size_t length : {1u, 62u, 63u, 64u, 65u, 300u}) {
        CAPTURE(length);
        const std::string name(length, 'q');
        IdentityHeaders headers;
        headers.add(name);
        CHECK(headers.contains(name));
        CHECK_FALSE(headers.contains(name + 'q'));
        CHECK_FALSE(headers.contains(name.substr(1)));
        CHECK_FALSE(headers.contains(name.substr(1) + 'z'));
        headers.add(name + '*');
        CHECK(headers.contains(name + 'q'));
        CHECK_FALSE(headers.contains(name.substr(1)));
    }
}

TEST_CASE("a header can be forwarded when its name is valid and free") {
    for (const char* name : {"X-CLIENT-CERT", "X-RHSM-SSL-CLIENT-CERT", "SSL-CLIENT-CERT", "Q",
                             "X-Forwarded-Client-Cert", "x_y", "Hosts", "Hos"}) {
        CAPTURE(name);
        CHECK(header_name_problem(name).empty());
    }
}

TEST_CASE("a header that HTTP or nginx needs can't be forwarded in any spelling") {
    for (const char* name : {"Host",
                             "HOST",
                             "connection",
                             "Content-Length",
                             "Content_Length",
                             "content-type",
                             "Content-Range",
                             "Transfer-Encoding",
                             "Authorization",
                             "Proxy-Authorization",
                             "Proxy-Connection",
                             "Cookie",
                             "Expect",
                             "Upgrade",
                             "TE",
                             "Trailer",
                             "Range",
                             "If-Range",
                             "If-Match",
                             "If-None-Match",
                             "If-Modified-Since",
                             "If-Unmodified-Since",
                             "Accept",
                             "Accept-Encoding",
                             "Accept-Language",
                             "User-Agent",
                             "Referer",
                             "Via",
                             "Keep-Alive",
                             "X-Forwarded-For",
                             "X-Real-IP",
                             "Date",
                             "Depth",
                             "Destination",
                             "Overwrite"}) {
        CAPTURE(name);
        CHECK(header_name_problem(name).find("needs itself") != std::string::npos);
        CHECK(strip_entry_problem(name).find("needs itself") != std::string::npos);
    }
}

TEST_CASE("what is no header name is refused with the character that is wrong") {
    CHECK(header_name_problem("") == "an empty name");
    CHECK(header_name_problem("X CERT") ==
          "\"X CERT\" is no header name: \" \" can't be part of one");
    CHECK(header_name_problem("X-Ü") ==
          "\"X-Ü\" is no header name: \"\\xc3\" can't be part of one");
    CHECK(header_name_problem("X-A:") == "\"X-A:\" is no header name: \":\" can't be part of one");
    CHECK(header_name_problem("X\r\nA") ==
          "\"X\\r\\nA\" is no header name: \"\\r\" can't be part of one");
    CHECK(header_name_problem("--") == "\"--\" has neither a letter nor a digit");
    CHECK(header_name_problem("X-*") == "\"X-*\" is no single header: no * here");
}

TEST_CASE("a prefix to strip must not cover a header that is needed") {
    CHECK(strip_entry_problem("X-Site-*").empty());
    CHECK(strip_entry_problem("SSL-*").empty());
    CHECK(strip_entry_problem("Hosts*").empty());
    CHECK(strip_entry_problem("*") == "an empty name");
    CHECK(strip_entry_problem("-*") == "\"-\" has neither a letter nor a digit");
    CHECK(strip_entry_problem("X-*-A") == "\"X-*-A\" is no single header: no * here");
    CHECK(strip_entry_problem("X-*-*") == "\"X-*-*\" has a * that is not at its end");
    CHECK(strip_entry_problem("X-*") ==
          "\"X-*\" covers \"x-forwarded-for\", which HTTP or nginx needs itself");
    for (const char* entry : {"H*", "host*", "Content-L*", "A*", "If-Mod*", "CON*"}) {
        CAPTURE(entry);
        CHECK(strip_entry_problem(entry).find("needs itself") != std::string::npos);
    }
}
