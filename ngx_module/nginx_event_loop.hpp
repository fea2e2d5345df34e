// The core's event loop on nginx's own: descriptors become nginx connections
// that libcurl owns, timers become nginx events.
#pragma once

#include "ngx_cpp.hpp"

#include "certguard/event_loop.hpp"

namespace certguard::ngx {

/// Belongs to one worker; made in init_process at the earliest, gone before
/// exit_process returns. What it watches is invisible to nginx's shutdown (no
/// "open socket" alerts, no forced close): whoever started it ends it.
class NginxEventLoop final : public EventLoop {
  public:
    std::unique_ptr<Watch> watch(int fd, std::function<void(unsigned)> ready) override;
    std::unique_ptr<Timer> timer(std::function<void()> fired) override;
    std::uint64_t now_ms() const override { return ngx_current_msec; }
};

}  // namespace certguard::ngx
