#include "host_question.hpp"

#include "worker.hpp"

namespace certguard::ngx {
namespace {

void count_waiting(int more) noexcept {
    if (WorkerCounters* const counters = worker_counters()) {
        counters->add_waiting(more);
    }
}

/// Returns whether it was parked.
bool unpark(RequestContext& context) noexcept {
    if (!std::exchange(context.is_parked, false)) {
        return false;
    }
    count_waiting(-1);
    return true;
}

void stop_waiting(void* data) noexcept {
    auto* const context = static_cast<RequestContext*>(data);
    context->waiter = {};
    unpark(*context);
}

/// The waiting ends when nginx ends the request for whatever reason, before its pool goes.
bool end_with(ngx_http_request_t* r, RequestContext& context) noexcept {
    if (context.has_cleanup) {
        return true;
    }
    ngx_http_cleanup_t* const cleanup = ngx_http_cleanup_add(r, 0);
    if (cleanup == nullptr) {
        return false;
    }
    cleanup->handler = stop_waiting;
    cleanup->data = &context;
    context.has_cleanup = true;
    return true;
}

void go_on(ngx_http_request_t* r) noexcept {
    if (ngx_handle_read_event(r->connection->read, 0) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }
    r->read_event_handler = ngx_http_block_reading;
    r->write_event_handler = ngx_http_core_run_phases;
    ngx_http_core_run_phases(r);
}

/// From within the lookup's own work: the request goes on when that is done.
void wake(ngx_http_request_t* r) noexcept {
    r->write_event_handler = go_on;
    ngx_post_event(r->connection->write, &ngx_posted_events);
}

/// As limit_req parks a request: a client that goes away is noticed, anything else waits.
ngx_int_t park(ngx_http_request_t* r, RequestContext& context) noexcept {
    ngx_event_t* const read = r->connection->read;
    if (read->ready) {
        ngx_post_event(read, &ngx_posted_events);
    } else if (ngx_handle_read_event(read, 0) != NGX_OK) {
        context.waiter = {};
        return NGX_ERROR;
    }
    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_http_request_empty_handler;
    context.is_parked = true;
    count_waiting(1);
    return NGX_AGAIN;
}

HostReply not_askable() {
    HostReply reply;
    reply.message = "the lookup could not be started in this worker; its error log says why";
    reply.retry_after = 5;
    return reply;
}

}  // namespace

ngx_int_t ask_host(ngx_http_request_t* r, RequestContext& context, const Guard& guard) {
    HostLookup* const lookup = worker_lookup(guard);
    if (lookup == nullptr) {
        context.reply = not_askable();
        return NGX_OK;
    }
    const std::string& uuid = context.certificate->host_uuid().value();
    if (!end_with(r, context)) {
        return NGX_ERROR;
    }
    const Certificate& certificate = context.certificate->certificate();
    const std::string pem = certificate.pem();
    context.reply.reset();
    context.waiter =
        lookup->ask({uuid, pem, certificate.der()}, [r, &context](const LookupResult& result) {
            context.reply.emplace(result);
            if (unpark(context)) {
                wake(r);
            }
        });
    return context.reply ? NGX_OK : park(r, context);
}

}  // namespace certguard::ngx
