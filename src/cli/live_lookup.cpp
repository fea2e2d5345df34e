#include "cli/live_lookup.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "certguard/curl_client.hpp"
#include "certguard/hosts_file.hpp"
#include "certguard/name_resolver.hpp"
#include "certguard/origin.hpp"
#include "certguard/poll_event_loop.hpp"
#include "printable.hpp"

namespace certguard::cli {
namespace {

constexpr std::chrono::milliseconds kResolveLimit{5000};
// For one host: an answer that does not fit in is used all the same.
constexpr std::size_t kCacheBytes = 1u << 20;
// What the lookup's own deadline may be late by.
constexpr std::chrono::milliseconds kPatience{1000};

std::string name_of(const LookupSettings& settings) {
    return "lookup " + quoted(settings.name);
}

/// Keeps the first answer of another source that is none: a HostLookup makes one result of all, and
/// remembers no message of a host that is not known.
class WatchedSource final : public LookupSource {
  public:
    explicit WatchedSource(LookupSource& inner) : inner_(inner) {}

    std::unique_ptr<Pending> ask_host(const HostQuestion& question,
                                      Done<HostAnswer> done) override {
        return inner_.ask_host(question, noting(std::move(done)));
    }
    std::unique_ptr<Pending> ask_environment(std::string_view key, Done<NameList> done) override {
        return inner_.ask_environment(key, noting(std::move(done)));
    }
    std::unique_ptr<Pending> ask_public(Done<NameList> done) override {
        return inner_.ask_public(noting(std::move(done)));
    }

    LookupStatus status() const noexcept { return status_; }
    const std::string& message() const noexcept { return message_; }

  private:
    template <class T>
    Done<T> noting(Done<T> done) {
        return [this, done = std::move(done)](Answer<T> answer) {
            if (answer.status != LookupStatus::found && status_ == LookupStatus::found) {
                status_ = answer.status;
                message_ = answer.message;
            }
            done(std::move(answer));
        };
    }

    LookupSource& inner_;
    LookupStatus status_ = LookupStatus::found;
    std::string message_;
};

/// Everything that one question needs, for as long as it takes. Members in the order in which they
/// need each other.
class Asking {
  public:
    Asking(const LookupSettings& settings, std::unique_ptr<PollEventLoop> loop,
           std::unique_ptr<CurlClient> client)
        : settings_(settings),
          loop_(std::move(loop)),
          memory_(kCacheBytes),
          cache_(AccessCache::attach(memory_)),
          client_(std::move(client)),
          http_(client_.get(), *loop_),
          source_(make_lookup_source(settings, http_)),
          watched_(*source_),
          lookup_(
              settings, watched_, *cache_, *loop_, [](LogLevel, const std::string&) {},
              settings.hosts ? std::string_view(settings.hosts->digest) : std::string_view()) {}

    LookupAnswer ask(const HostQuestion& question) {
        const std::uint64_t began = loop_->now_ms();
        bool is_answered = false;
        LookupAnswer answer;
        answer.result.message = name_of(settings_) + ": no answer in time";
        const auto waiter = lookup_.ask(question, [&](const LookupResult& result) {
            answer.result = result;
            is_answered = true;
        });
        loop_->run_until([&] { return is_answered; },
                         settings_.connect_timeout + settings_.timeout + kPatience);
        answer.exchanges = http_.exchanges();
        answer.status = watched_.status();
        if (answer.result.message.empty()) {
            answer.result.message = watched_.message();
        }
        answer.ms = loop_->now_ms() - began;
        return answer;
    }

  private:
    const LookupSettings& settings_;
    std::unique_ptr<PollEventLoop> loop_;
    PrivateMemory memory_;
    std::unique_ptr<AccessCache> cache_;
    std::unique_ptr<CurlClient> client_;  // null for a source that asks nobody
    WatchedHttpClient http_;
    std::unique_ptr<LookupSource> source_;
    WatchedSource watched_;
    HostLookup lookup_;
};

LookupAnswer no_address(const LookupSettings& settings, const Error& error) {
    LookupAnswer answer;
    answer.result.message = name_of(settings) + ": " + error.message;
    return answer;
}

}  // namespace

std::string_view LookupAnswer::word() const noexcept {
    switch (result.outcome) {
        case LookupOutcome::known: return "known";
        case LookupOutcome::unknown_host: return "unknown_host";
        case LookupOutcome::misconfigured: return "misconfigured";
        case LookupOutcome::unavailable: break;
    }
    return status == LookupStatus::refused ? "refused" : "unavailable";
}

NameList LookupAnswer::public_names() const {
    NameList names = result.access ? result.access->pullable_names() : NameList();
    names.erase(
        std::remove_if(names.begin(), names.end(),
                       [this](const std::string& name) { return !result.access->is_public(name); }),
        names.end());
    return names;
}

Result<LookupAnswer> ask_lookup(const LookupSettings& settings, const HostQuestion& question) {
    auto loop = std::make_unique<PollEventLoop>();
    std::unique_ptr<CurlClient> client;
    if (!settings.url.empty()) {
        auto made = CurlClient::create(*loop, settings, {});
        if (!made) {
            return Error{made.error().reason, name_of(settings) + ": " + made.error().message};
        }
        client = std::move(made).value();
        const auto addresses = resolve_name(parse_origin(settings.url).value().host, kResolveLimit);
        if (!addresses) {
            return no_address(settings, addresses.error());
        }
        client->set_addresses(*addresses);
    }
    return Asking(settings, std::move(loop), std::move(client)).ask(question);
}

}  // namespace certguard::cli
