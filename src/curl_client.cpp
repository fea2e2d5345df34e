#include "certguard/curl_client.hpp"

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <limits>
#include <list>
#include <utility>
#include <vector>

#include "certguard/limits.hpp"
#include "curl_library.hpp"
#include "curl_multi.hpp"
#include "curl_request.hpp"

namespace certguard {
namespace {

using Failure = HttpResponse::Failure;

// A request on its way: waiting, active, ended (its answer not yet delivered), gone.
struct Job {
    enum class State { waiting, active, ended, gone };

    HttpRequest request;
    std::function<void(HttpResponse)> done;
    std::uint64_t deadline_ms = 0;
    State state = State::waiting;
    std::list<std::shared_ptr<Job>>* list = nullptr;  // while waiting or active
    std::list<std::shared_ptr<Job>>::iterator place;  // in it
    std::unique_ptr<CurlRequest> curl;                // while active
    HttpResponse response;                            // once ended
};
using JobPtr = std::shared_ptr<Job>;
using JobList = std::list<JobPtr>;

HttpResponse failure(Failure kind, std::string message) {
    HttpResponse response;
    response.failure = kind;
    response.message = std::move(message);
    return response;
}

// For CURLOPT_RESOLVE: "host:port:address,address". Null without addresses, or without memory.
std::shared_ptr<curl_slist> resolve_list(const Origin& origin, const AddressList& addresses) {
    std::string line = origin.host + ':' + std::to_string(origin.port) + ':';
    bool any = false;
    for (const std::string& address : addresses) {
        if (is_ip_address(address)) {
            const bool v6 = address.find(':') != std::string::npos;
            line.append(any ? "," : "").append(v6 ? '[' + address + ']' : address);
            any = true;
        }
    }
    return {any ? ::curl_slist_append(nullptr, line.c_str()) : nullptr, CurlSlistFree()};
}

Result<CurlSettings> read_settings(const LookupSettings& settings) {
    if (std::string library = curl_library_problem(); !library.empty()) {
        return Error{Reason::internal_error, std::move(library)};
    }
    auto origin = parse_origin(settings.url);
    if (!origin.ok()) {
        return Error{Reason::internal_error, "url: " + origin.error().message};
    }
    if (settings.user.find(':') != std::string::npos) {
        return Error{Reason::internal_error, "user: a user's name can't have a colon in it"};
    }
    CurlSettings curl{
        std::move(*origin), {}, settings.user, settings.password, settings.connect_timeout};
    if (curl.origin.tls) {
        auto identity =
            TlsIdentity::read(settings.ca_pem, settings.certificate_pem, settings.key_pem);
        if (!identity.ok()) {
            return identity.error();
        }
        curl.identity = std::move(*identity);
    }
    return curl;
}

void ignore_broken_pipes() {
    struct sigaction action {};
    if (::sigaction(SIGPIPE, nullptr, &action) == 0 && action.sa_handler == SIG_DFL) {
        action.sa_handler = SIG_IGN;
        ::sigaction(SIGPIPE, &action, nullptr);
    }
}

}  // namespace

// Everything that handlers of the loop may still be in when the client is destroyed by a DONE that
// they call: they hold it until they return.
class CurlClient::Engine : public std::enable_shared_from_this<CurlClient::Engine> {
  public:
    Engine(EventLoop& loop, CurlSettings settings, std::size_t connections,
           std::chrono::milliseconds timeout)
        : loop_(loop),
          settings_(std::move(settings)),
          connections_(connections),
          timeout_(timeout) {}

    bool open();
    void close();
    void set_addresses(const AddressList& addresses) {
        resolve_ = resolve_list(settings_.origin, addresses);
    }
    std::unique_ptr<Transfer> get(HttpRequest request, std::function<void(HttpResponse)> done);

  private:
    class Ticket;

    std::unique_ptr<EventLoop::Timer> timer(void (Engine::*member)());
    void cancel(const JobPtr& job);
    void step_soon();
    void step();
    void start_waiting();
    void start(const JobPtr& job);
    void leave_list(const JobPtr& job);
    void end(const JobPtr& job, HttpResponse response);
    void ended(const std::vector<CurlMulti::Ended>& reports);
    void time_out();
    void arm_deadline();
    void deliver();

    EventLoop& loop_;
    const CurlSettings settings_;
    const std::size_t connections_;
    const std::chrono::milliseconds timeout_;
    std::shared_ptr<curl_slist> resolve_;
    std::shared_ptr<CurlMulti> multi_;  // null: closed
    // Those that wait are in the order of get(), so of their deadlines, too.
    JobList urgent_;
    JobList waiting_;
    JobList active_;
    std::deque<JobPtr> undelivered_;
    bool in_step_ = false;
    std::unique_ptr<EventLoop::Timer> soon_;
    std::unique_ptr<EventLoop::Timer> deadline_;
};

class CurlClient::Engine::Ticket final : public HttpClient::Transfer {
  public:
    Ticket(std::weak_ptr<Engine> engine, JobPtr job)
        : engine_(std::move(engine)), job_(std::move(job)) {}
    ~Ticket() override {
        if (const auto engine = engine_.lock()) {
            engine->cancel(job_);
        }
    }

  private:
    std::weak_ptr<Engine> engine_;
    JobPtr job_;
};

std::unique_ptr<EventLoop::Timer> CurlClient::Engine::timer(void (Engine::*member)()) {
    return loop_.timer([weak = weak_from_this(), member] {
        if (const auto engine = weak.lock()) {
            (engine.get()->*member)();
        }
    });
}

bool CurlClient::Engine::open() {
    soon_ = timer(&Engine::step);
    deadline_ = timer(&Engine::time_out);
    multi_ = CurlMulti::create(loop_, connections_,
                               [weak = weak_from_this()](const std::vector<CurlMulti::Ended>& all) {
                                   if (const auto engine = weak.lock()) {
                                       engine->ended(all);
                                   }
                               });
    return multi_ != nullptr;
}

void CurlClient::Engine::close() {
    soon_.reset();
    deadline_.reset();
    if (multi_ != nullptr) {
        std::exchange(multi_, nullptr)->close();
    }
    for (JobList* const list : {&urgent_, &waiting_, &active_}) {
        for (const JobPtr& job : *list) {
            job->state = Job::State::gone;
            job->curl.reset();
        }
        list->clear();
    }
    for (const JobPtr& job : undelivered_) {
        job->state = Job::State::gone;
    }
    undelivered_.clear();
}

std::unique_ptr<HttpClient::Transfer> CurlClient::Engine::get(
    HttpRequest request, std::function<void(HttpResponse)> done) {
    const auto job = std::make_shared<Job>();
    job->request = std::move(request);
    job->done = std::move(done);
    job->deadline_ms = loop_.now_ms() + static_cast<std::uint64_t>(timeout_.count());
    job->list = job->request.urgent ? &urgent_ : &waiting_;
    job->place = job->list->insert(job->list->end(), job);

    const std::string refused = request_problem(settings_.origin, job->request);
    if (!refused.empty()) {
        end(job, failure(Failure::other, refused));
    } else if (urgent_.size() + waiting_.size() + active_.size() >
               connections_ + limits::kQueuedRequests) {
        end(job, failure(Failure::overloaded, "too many requests wait for a connection"));
    }
    arm_deadline();
    step_soon();  // libcurl, and DONE, only ever from the loop
    return std::make_unique<Ticket>(weak_from_this(), job);
}

void CurlClient::Engine::cancel(const JobPtr& job) {
    if (job->state == Job::State::waiting || job->state == Job::State::active) {
        leave_list(job);
        arm_deadline();
        step_soon();
    }
    job->state = Job::State::gone;
}

void CurlClient::Engine::leave_list(const JobPtr& job) {
    const JobPtr keep = job;  // JOB may be the list's
    keep->list->erase(keep->place);
    if (keep->curl != nullptr) {
        multi_->remove(keep->curl->handle());
        keep->curl.reset();
    }
}

void CurlClient::Engine::end(const JobPtr& job, HttpResponse response) {
    const JobPtr keep = job;
    leave_list(keep);
    keep->state = Job::State::ended;
    keep->response = std::move(response);
    undelivered_.push_back(keep);
}

void CurlClient::Engine::step_soon() {
    if (!in_step_) {
        soon_->set(0, true);
    }
}

void CurlClient::Engine::step() {
    in_step_ = true;
    start_waiting();
    deliver();
    in_step_ = false;
    if (multi_ == nullptr) {
        return;  // a DONE has destroyed the client
    }
    start_waiting();  // what DONEs have asked for
    arm_deadline();
    if (!undelivered_.empty()) {
        // Not 0 ms: a DONE that asks again and again for what fails at once starves nobody.
        soon_->set(1, true);
    }
}

void CurlClient::Engine::start_waiting() {
    while (active_.size() < connections_ && !(urgent_.empty() && waiting_.empty())) {
        start(urgent_.empty() ? waiting_.front() : urgent_.front());
    }
}

void CurlClient::Engine::start(const JobPtr& job) {
    if (!settings_.origin.is_address && resolve_ == nullptr) {
        end(job, failure(Failure::connection, "the address of " + settings_.origin.host +
                                                  " is not known, its name was not resolved"));
        return;
    }
    auto curl = CurlRequest::make(settings_, resolve_, job->request);
    if (!curl.ok()) {
        end(job, failure(Failure::other, curl.error().message));
        return;
    }
    if (multi_->attach((*curl)->handle()) != CURLE_OK || !multi_->add((*curl)->handle())) {
        end(job, failure(Failure::other, "libcurl takes no request"));
        return;
    }
    job->curl = std::move(*curl);
    job->state = Job::State::active;
    active_.splice(active_.end(), *job->list, job->place);
    job->list = &active_;
}

void CurlClient::Engine::ended(const std::vector<CurlMulti::Ended>& reports) {
    for (const CurlMulti::Ended& report : reports) {
        const auto found = std::find_if(active_.begin(), active_.end(), [&](const JobPtr& job) {
            return job->curl->handle() == report.easy;
        });
        if (found == active_.end()) {
            continue;
        }
        const JobPtr job = *found;
        end(job, report.unwatchable
                     ? failure(Failure::overloaded, "this process can watch no more sockets")
                     : job->curl->take(report.result));
    }
    step();
}

void CurlClient::Engine::time_out() {
    const std::uint64_t now = loop_.now_ms();
    for (auto each = active_.begin(); each != active_.end();) {
        const JobPtr job = *each++;
        if (job->deadline_ms <= now) {
            end(job, job->curl->timed_out(timeout_));
        }
    }
    for (JobList* const list : {&urgent_, &waiting_}) {
        while (!list->empty() && list->front()->deadline_ms <= now) {
            end(list->front(),
                failure(Failure::overloaded, "no connection was free within " +
                                                 std::to_string(timeout_.count()) + " ms"));
        }
    }
    step();
}

void CurlClient::Engine::arm_deadline() {
    std::uint64_t first = std::numeric_limits<std::uint64_t>::max();
    for (const JobList* const list : {&urgent_, &waiting_}) {
        first = list->empty() ? first : std::min(first, list->front()->deadline_ms);
    }
    for (const JobPtr& job : active_) {
        first = std::min(first, job->deadline_ms);
    }
    if (first == std::numeric_limits<std::uint64_t>::max()) {
        deadline_->cancel();
        return;
    }
    const std::uint64_t now = loop_.now_ms();
    deadline_->set(first > now ? first - now : 0, true);
}

// DONE may do anything: ask again, cancel others, destroy the client. What ends in the meantime has
// its turn in the next pass of the loop.
void CurlClient::Engine::deliver() {
    for (std::size_t left = undelivered_.size(); left > 0 && !undelivered_.empty(); --left) {
        const JobPtr job = std::move(undelivered_.front());
        undelivered_.pop_front();
        if (std::exchange(job->state, Job::State::gone) == Job::State::ended) {
            const auto done = std::move(job->done);
            done(std::move(job->response));
        }
    }
}

std::optional<Error> CurlClient::problem(const LookupSettings& settings) {
    const auto read = read_settings(settings);
    return read.ok() ? std::nullopt : std::optional(read.error());
}

Result<std::unique_ptr<CurlClient>> CurlClient::create(EventLoop& loop,
                                                       const LookupSettings& settings,
                                                       AddressList addresses) {
    auto curl = read_settings(settings);
    if (!curl.ok()) {
        return curl.error();
    }
    if (const std::string& library = initialize_curl(); !library.empty()) {
        return Error{Reason::internal_error, library};
    }
    ignore_broken_pipes();
    const std::size_t connections = std::max<std::size_t>(settings.connections, 1);
    auto engine = std::make_shared<Engine>(loop, std::move(*curl), connections, settings.timeout);
    engine->set_addresses(addresses);
    if (!engine->open()) {
        return Error{Reason::internal_error, "libcurl can't be set up: no memory"};
    }
    return std::unique_ptr<CurlClient>(new CurlClient(std::move(engine)));
}

CurlClient::CurlClient(std::shared_ptr<Engine> engine) : engine_(std::move(engine)) {}

CurlClient::~CurlClient() {
    engine_->close();
}

std::unique_ptr<HttpClient::Transfer> CurlClient::get(HttpRequest request,
                                                      std::function<void(HttpResponse)> done) {
    return engine_->get(std::move(request), std::move(done));
}

void CurlClient::set_addresses(AddressList addresses) {
    engine_->set_addresses(addresses);
}

}  // namespace certguard
