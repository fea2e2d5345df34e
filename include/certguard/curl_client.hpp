// The HttpClient on libcurl and an EventLoop: one for each lookup and worker, made after fork().
//
// It talks to one origin, LookupSettings::url, and to nobody else, whatever a request asks for: its
// credentials go nowhere else. It never resolves a name, never follows a redirect, and takes
// nothing from the environment: no proxy, no .netrc, no cookies, no CA but those of the settings.
//
// At most LookupSettings::connections requests are under way at a time, on as many kept-alive
// connections; others wait in order, urgent ones first, up to limits::kQueuedRequests, and further
// ones are refused (Failure::overloaded). LookupSettings::timeout counts from get(), waiting
// included.
//
// Timers of the loop are set with keep_alive while requests are under way: a process that shuts
// down gracefully waits for them, LookupSettings::timeout at most.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "certguard/event_loop.hpp"
#include "certguard/http_client.hpp"
#include "certguard/lookup_settings.hpp"
#include "certguard/name_resolver.hpp"
#include "certguard/result.hpp"

namespace certguard {

class CurlClient final : public HttpClient {
  public:
    /// What is wrong with the transport part of SETTINGS (URL, CAs, client certificate and key,
    /// user) or with this machine's libcurl, which must use OpenSSL as nginx does. For the master,
    /// at configuration time: create() refuses the same.
    static std::optional<Error> problem(const LookupSettings& settings);

    /// ADDRESSES: of the URL's host when that is a name. While there are none, requests fail at
    /// once. LOOP must outlive the client. A process that leaves SIGPIPE at its default ignores it
    /// from here on.
    static Result<std::unique_ptr<CurlClient>> create(EventLoop& loop,
                                                      const LookupSettings& settings,
                                                      AddressList addresses);

    /// Cancels what is under way: nothing stays watched, and no DONE is called any more. Transfers
    /// may outlive the client.
    ~CurlClient() override;
    CurlClient(const CurlClient&) = delete;
    CurlClient& operator=(const CurlClient&) = delete;

    std::unique_ptr<Transfer> get(HttpRequest request,
                                  std::function<void(HttpResponse)> done) override;

    /// For requests that start from now on; kept-alive connections stay. See NameResolver.
    void set_addresses(AddressList addresses);

  private:
    class Engine;
    explicit CurlClient(std::shared_ptr<Engine> engine);
    std::shared_ptr<Engine> engine_;
};

}  // namespace certguard
