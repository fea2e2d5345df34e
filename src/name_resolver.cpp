#include "certguard/name_resolver.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "certguard/origin.hpp"
#include "signals_blocked.hpp"

namespace certguard {
namespace {

constexpr std::size_t kMostAddresses = 16;

Error problem(const std::string& name, const std::string& what) {
    return {Reason::internal_error, "cannot resolve " + name + ": " + what};
}

// A lookup in a thread. The thread shares this with whoever waits for it and owns nothing else, so
// it may be forgotten at any time.
class Lookup {
  public:
    struct Started {
        std::shared_ptr<Lookup> lookup;
        std::thread thread;  // not joinable when there is none; then the answer says why
    };
    static Started start(const std::string& name, const NameLookup& lookup);

    /// The answer, once; nothing while there is none.
    std::optional<Result<AddressList>> take() {
        const std::lock_guard lock(mutex_);
        return std::exchange(answer_, std::nullopt);
    }

    std::optional<Result<AddressList>> wait(std::chrono::milliseconds limit) {
        std::unique_lock lock(mutex_);
        answered_.wait_for(lock, limit, [this] { return answer_.has_value(); });
        return std::exchange(answer_, std::nullopt);
    }

  private:
    void answer(Result<AddressList> answer) {
        const std::lock_guard lock(mutex_);
        answer_ = std::move(answer);
        answered_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable answered_;
    std::optional<Result<AddressList>> answer_;
};

Lookup::Started Lookup::start(const std::string& name, const NameLookup& lookup) {
    Started started{std::make_shared<Lookup>(), {}};
    const SignalsBlocked guard;
    try {
        started.thread =
            std::thread([shared = started.lookup, name, lookup] { shared->answer(lookup(name)); });
    } catch (const std::system_error& error) {
        started.lookup->answer(problem(name, std::string("no thread: ") + error.what()));
    }
    return started;
}

std::string numeric_address(const addrinfo& info) {
    char text[NI_MAXHOST] = "";
    if (::getnameinfo(info.ai_addr, info.ai_addrlen, text, sizeof text, nullptr, 0,
                      NI_NUMERICHOST) != 0) {
        return {};
    }
    return text;
}

}  // namespace

Result<AddressList> look_up_name(const std::string& name) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* found = nullptr;
    const int error = ::getaddrinfo(name.c_str(), nullptr, &hints, &found);
    if (error != 0) {
        return problem(name, ::gai_strerror(error));
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
    AddressList addresses;
    for (const addrinfo* info = found; info != nullptr && addresses.size() < kMostAddresses;
         info = info->ai_next) {
        // An address with a scope ("fe80::1%eth0") is no address to the HTTP client.
        std::string address = numeric_address(*info);
        if (is_ip_address(address) &&
            std::find(addresses.begin(), addresses.end(), address) == addresses.end()) {
            addresses.push_back(std::move(address));
        }
    }
    if (addresses.empty()) {
        return problem(name, "no usable address");
    }
    return addresses;
}

Result<AddressList> resolve_name(const std::string& name, std::chrono::milliseconds limit,
                                 NameLookup lookup) {
    if (is_ip_address(name)) {
        return AddressList{name};
    }
    Lookup::Started started = Lookup::start(name, lookup);
    auto answer = started.lookup->wait(limit);
    if (started.thread.joinable()) {
        // A thread that ends takes locks of the C library. If the caller forked in that moment,
        // they would stay locked in its children, whose own threads then never end.
        answer ? started.thread.join() : started.thread.detach();
    }
    if (!answer) {
        return problem(name, "no answer within " + std::to_string(limit.count()) + " ms");
    }
    return std::move(*answer);
}

// What the timer's handler keeps alive while REPORT destroys the resolver.
class NameResolver::Run : public std::enable_shared_from_this<NameResolver::Run> {
  public:
    Run(std::string name, Report report, Times times, NameLookup lookup)
        : name_(std::move(name)),
          report_(std::move(report)),
          times_(times),
          lookup_(std::move(lookup)) {}

    void begin(EventLoop& loop, bool start_now) {
        if (is_ip_address(name_)) {
            return;
        }
        timer_ = loop.timer([weak = weak_from_this()] {
            if (const auto run = weak.lock()) {
                run->step();
            }
        });
        next(start_now ? std::chrono::milliseconds(0) : times_.every);
    }

    void stop() { timer_.reset(); }

  private:
    void next(std::chrono::milliseconds delay) {
        if (timer_ != nullptr) {
            timer_->set(static_cast<std::uint64_t>(delay.count()), false);
        }
    }

    void step() {
        if (under_way_ == nullptr) {
            Lookup::Started started = Lookup::start(name_, lookup_);
            under_way_ = std::move(started.lookup);
            if (started.thread.joinable()) {
                started.thread.detach();
            }
        }
        auto answer = under_way_->take();
        if (!answer) {
            next(times_.poll);
            return;
        }
        under_way_.reset();
        next(answer->ok() ? times_.every : times_.retry);
        report_(std::move(*answer));
    }

    std::string name_;
    Report report_;
    Times times_;
    NameLookup lookup_;
    std::shared_ptr<Lookup> under_way_;
    std::unique_ptr<EventLoop::Timer> timer_;
};

NameResolver::NameResolver(EventLoop& loop, std::string name, bool start_now, Report report)
    : NameResolver(loop, std::move(name), start_now, std::move(report), Times(), look_up_name) {}

NameResolver::NameResolver(EventLoop& loop, std::string name, bool start_now, Report report,
                           Times times, NameLookup lookup)
    : run_(std::make_shared<Run>(std::move(name), std::move(report), times, std::move(lookup))) {
    run_->begin(loop, start_now);
}

NameResolver::~NameResolver() {
    run_->stop();
}

}  // namespace certguard
