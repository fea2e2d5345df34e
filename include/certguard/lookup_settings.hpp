// One entry of the policy's `lookups`: where a host's content view environments are asked for, and
// how long an answer holds. Plain data, filled by the policy reader.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace certguard {

struct HostsFile;  // hosts_file.hpp

enum class LookupSourceType { foreman, catalog, consumer, certificate, file };
/// The word of the policy. Static storage.
std::string_view source_word(LookupSourceType source) noexcept;

struct LookupSettings {
    std::string name;
    LookupSourceType source = LookupSourceType::foreman;
    std::string url;              // "https://foreman.example.com", no path; http for loopback only
    std::string ca_pem;           // the CA bundle's text; empty: the system's CAs
    std::string user;             // Basic
    std::string password;         // secret: never in a log, a message or --json
    std::string certificate_pem;  // this proxy's own client certificate; empty: none
    std::string key_pem;          // secret
    std::shared_ptr<const HostsFile> hosts;  // for LookupSourceType::file, else null
    std::chrono::milliseconds connect_timeout{2000};
    std::chrono::milliseconds timeout{5000};
    std::size_t connections = 8;                // at most, per worker
    std::chrono::milliseconds fresh{300'000};   // use without asking
    std::chrono::milliseconds stale{3600'000};  // use when Katello fails to answer
    std::chrono::milliseconds unknown{30'000};  // remember "no such host"
};

}  // namespace certguard
