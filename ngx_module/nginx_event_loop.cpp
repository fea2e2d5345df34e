#include "nginx_event_loop.hpp"

namespace certguard::ngx {
namespace {

template <class Handler, class... Arguments>
void call(const std::shared_ptr<Handler>& handler, Arguments... arguments) noexcept {
    // The copy keeps the function alive if it ends its own registration.
    const std::shared_ptr<Handler> keep = handler;
    guarded(ngx_cycle->log, "an event handler", 0, [&] {
        (*keep)(arguments...);
        return 0;
    });
}

void unpost(ngx_event_t* event) noexcept {
    if (event->posted) {
        ngx_delete_posted_event(event);
    }
}

class NginxWatch final : public EventLoop::Watch {
  public:
    using Ready = std::function<void(unsigned)>;

    NginxWatch(ngx_connection_t* connection, Ready ready)
        : connection_(connection), ready_(std::make_shared<Ready>(std::move(ready))) {
        connection_->data = this;
        connection_->log = ngx_cycle->log;
        for (ngx_event_t* event : {connection_->read, connection_->write}) {
            event->log = ngx_cycle->log;
            event->resolver = 1;  // as nginx's own resolver has it: shutdown leaves it to us
        }
        connection_->read->handler = on_read;
        connection_->write->handler = on_write;
    }

    ~NginxWatch() override {
        set(connection_->read, NGX_READ_EVENT, false);
        set(connection_->write, NGX_WRITE_EVENT, false);
        unpost(connection_->read);
        unpost(connection_->write);
        connection_->read->closed = 1;
        connection_->write->closed = 1;
        // Finds the connection by its descriptor, which is the caller's to close.
        ngx_free_connection(connection_);
        connection_->fd = static_cast<ngx_socket_t>(-1);
    }

    bool want(unsigned interest) override {
        const bool read =
            set(connection_->read, NGX_READ_EVENT, (interest & EventLoop::kRead) != 0);
        const bool write =
            set(connection_->write, NGX_WRITE_EVENT, (interest & EventLoop::kWrite) != 0);
        return read && write;
    }

  private:
    /// Level-triggered, because libcurl stops reading before it has read
    /// everything; and removed for real, because the descriptor stays open when
    /// libcurl loses interest in it.
    static bool set(ngx_event_t* event, ngx_int_t kind, bool wanted) noexcept {
        if (wanted == (event->active != 0)) {
            return true;
        }
        if (wanted) {
            return ngx_add_event(event, kind, NGX_LEVEL_EVENT) == NGX_OK;
        }
        return ngx_del_event(event, kind, 0) == NGX_OK;
    }

    static void on_read(ngx_event_t* event) noexcept { tell(event, EventLoop::kRead); }
    static void on_write(ngx_event_t* event) noexcept { tell(event, EventLoop::kWrite); }

    static void tell(ngx_event_t* event, unsigned what) noexcept {
        const auto* const connection = static_cast<ngx_connection_t*>(event->data);
        call(static_cast<NginxWatch*>(connection->data)->ready_, what);
    }

    ngx_connection_t* connection_;
    std::shared_ptr<Ready> ready_;
};

class NginxTimer final : public EventLoop::Timer {
  public:
    using Fired = std::function<void()>;

    explicit NginxTimer(Fired fired) : fired_(std::make_shared<Fired>(std::move(fired))) {
        connection_.data = this;
        connection_.fd = static_cast<ngx_socket_t>(-1);
        event_.data = &connection_;  // debug logs read a descriptor behind an event's data
        event_.handler = on_event;
        event_.log = ngx_cycle->log;
    }
    ~NginxTimer() override { cancel(); }

    void set(std::uint64_t delay_ms, bool keep_alive) override {
        cancel();  // nginx ignores small changes of a timer that is set
        event_.cancelable = keep_alive ? 0 : 1;
        if (delay_ms == 0) {
            // nginx expires timers until none is due: a chain of zero timers would
            // never end.
            ngx_post_event(&event_, &ngx_posted_next_events);
        } else {
            ngx_add_timer(&event_, static_cast<ngx_msec_t>(delay_ms));
        }
    }

    void cancel() override {
        if (event_.timer_set) {
            ngx_del_timer(&event_);
        }
        unpost(&event_);
    }

  private:
    static void on_event(ngx_event_t* event) noexcept {
        const auto* const connection = static_cast<ngx_connection_t*>(event->data);
        call(static_cast<NginxTimer*>(connection->data)->fired_);
    }

    ngx_event_t event_{};
    ngx_connection_t connection_{};
    std::shared_ptr<Fired> fired_;
};

}  // namespace

std::unique_ptr<EventLoop::Watch> NginxEventLoop::watch(int fd,
                                                        std::function<void(unsigned)> ready) {
    ngx_connection_t* const connection = ngx_get_connection(fd, ngx_cycle->log);
    if (connection == nullptr) {
        return nullptr;
    }
    return std::make_unique<NginxWatch>(connection, std::move(ready));
}

std::unique_ptr<EventLoop::Timer> NginxEventLoop::timer(std::function<void()> fired) {
    return std::make_unique<NginxTimer>(std::move(fired));
}

}  // namespace certguard::ngx
