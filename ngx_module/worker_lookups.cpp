#include "worker_lookups.hpp"

#include <algorithm>
#include <stdexcept>

#include "certguard/curl_client.hpp"
#include "certguard/hosts_file.hpp"
#include "certguard/lookup_source.hpp"
#include "certguard/origin.hpp"

namespace certguard::ngx {
namespace {

ngx_uint_t nginx_level(LogLevel level) noexcept {
    switch (level) {
        case LogLevel::error: return NGX_LOG_ERR;
        case LogLevel::warning: return NGX_LOG_WARN;
        case LogLevel::notice: break;
    }
    return NGX_LOG_NOTICE;
}

void log(LogLevel level, const std::string& line) {
    const ngx_str_t text = borrow(line);
    ngx_log_error(nginx_level(level), ngx_cycle->log, 0, "certguard: %V", &text);
}

/// For the sources that ask nobody.
class NoHttpClient final : public HttpClient {
  public:
    std::unique_ptr<Transfer> get(HttpRequest, std::function<void(HttpResponse)>) override {
        return nullptr;
    }
};

}  // namespace

const std::string* lookup_name(const GuardSettings& guard) noexcept {
    if (guard.lookup) {
        return &guard.lookup->name;
    }
    return guard.require_host ? &guard.require_host->name : nullptr;
}

bool needs_lookups(const Policy& policy) noexcept {
    return std::any_of(policy.guards.begin(), policy.guards.end(),
                       [](const Guard& guard) { return lookup_name(guard.settings) != nullptr; });
}

// Members in the order in which they need each other.
struct WorkerLookups::Lookup {
    Lookup(const LookupSettings& settings, const AddressList& addresses, AccessCache& cache,
           EventLoop& loop, LookupMeter* meter)
        : name(settings.name),
          was_found(!addresses.empty()),
          client(make_client(settings, addresses, loop)),
          source(make_lookup_source(settings, *client)),
          lookup(settings, *source, cache, loop, log,
                 settings.hosts ? std::string_view(settings.hosts->digest) : std::string_view(),
                 meter) {}

    std::unique_ptr<HttpClient> make_client(const LookupSettings& settings,
                                            const AddressList& addresses, EventLoop& loop) {
        if (settings.url.empty()) {
            return std::make_unique<NoHttpClient>();
        }
        auto made = CurlClient::create(loop, settings, addresses);
        if (!made) {
            throw std::runtime_error(made.error().message);
        }
        CurlClient* const curl = made->get();
        resolver = std::make_unique<NameResolver>(
            loop, parse_origin(settings.url).value().host, addresses.empty(),
            [this, curl](const Result<AddressList>& found) { take(*curl, found); });
        return std::move(*made);
    }

    /// All workers look up the same name, so the first one speaks for them; and only when something
    /// has changed. The master has told already what it did not find.
    void take(CurlClient& curl, const Result<AddressList>& found) {
        if (found) {
            curl.set_addresses(*found);
        }
        if (found.ok() != was_found && ngx_worker == 0) {
            log(found ? LogLevel::notice : LogLevel::warning,
                "lookup \"" + name +
                    "\": " + (found ? "its server has an address again" : found.error().message));
        }
        was_found = found.ok();
    }

    const std::string name;
    bool was_found;
    std::unique_ptr<NameResolver> resolver;
    std::unique_ptr<HttpClient> client;
    std::unique_ptr<LookupSource> source;
    HostLookup lookup;
};

WorkerLookups::WorkerLookups(const Policy& policy, const std::vector<AddressList>& addresses,
                             SharedMemory& memory, WorkerCounters* counters)
    : policy_(policy),
      cache_(AccessCache::attach(memory)),
      lookups_(policy.lookups.size()),
      of_guards_(policy.guards.size()) {
    if (cache_ == nullptr) {
        throw std::runtime_error("the zone is too small");
    }
    for (std::size_t g = 0; g < policy.guards.size(); ++g) {
        const std::string* const name = lookup_name(policy.guards[g].settings);
        if (name == nullptr) {
            continue;
        }
        const auto at = std::find_if(policy.lookups.begin(), policy.lookups.end(),
                                     [&](const auto& each) { return each.name == *name; });
        const auto index = static_cast<std::size_t>(at - policy.lookups.begin());
        if (lookups_[index] == nullptr) {
            lookups_[index] =
                std::make_unique<Lookup>(policy.lookups[index], addresses[index], *cache_, loop_,
                                         counters == nullptr ? nullptr : counters->meter(index));
        }
        of_guards_[g] = &lookups_[index]->lookup;
    }
}

WorkerLookups::~WorkerLookups() = default;

HostLookup* WorkerLookups::find(const Guard& guard) noexcept {
    const auto index = static_cast<std::size_t>(&guard - policy_.guards.data());
    return index < of_guards_.size() ? of_guards_[index] : nullptr;
}

const HostLookup* WorkerLookups::at(std::size_t lookup) const noexcept {
    return lookups_[lookup] == nullptr ? nullptr : &lookups_[lookup]->lookup;
}

std::size_t WorkerLookups::questions() const noexcept {
    std::size_t sum = 0;
    for (const auto& lookup : lookups_) {
        sum += lookup == nullptr ? 0 : lookup->lookup.questions();
    }
    return sum;
}

void WorkerLookups::drain() {
    for (const auto& lookup : lookups_) {
        if (lookup != nullptr) {
            lookup->lookup.drain();
        }
    }
}

}  // namespace certguard::ngx
