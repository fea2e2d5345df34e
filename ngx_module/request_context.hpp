// What certguard knows of one request. Survives internal redirects, which wipe nginx's module
// contexts: then it is found again in the request pool's cleanup list.
#pragma once

#include "ngx_cpp.hpp"

#include <memory>
#include <optional>

#include "certguard/client_certificate.hpp"
#include "certguard/decision.hpp"
#include "certguard/host_reply.hpp"
#include "certguard/registry_answer.hpp"
#include "index_stream.hpp"

namespace certguard::ngx {

struct RequestContext {
    const Guard* guard = nullptr;  // the one that decided last; null: none has yet
    Verdict verdict = Verdict::denied;
    Reason reason = Reason::off;
    // It has come through all phases from the first, so nginx has looked for its location. Its own
    // errors before that (a bad certificate, a bad request) reach locations by error_page only.
    bool located = false;
    bool audited = false;  // a refusal that audit mode did not carry out
    bool trusted = false;  // the certificate was verified: its names may be believed
    // Passing and answering wait until the location's other access rules have had their say.
    ngx_str_t pass_to{0, nullptr};    // the named location that the request shall be handed to
    ngx_str_t passed_to{0, nullptr};  // the one that it was handed to
    const RegistryAnswer* answer = nullptr;  // what certguard itself shall answer; in the pool
    std::shared_ptr<ClientCertificate> certificate;
    std::string_view repository;  // of a registry's request; in the request's pool

    // The question to the guard's lookup.
    const Guard* asker = nullptr;  // whose lookup is being asked, or has sent REPLY
    HostLookup::Waiter waiter;
    bool is_parked = false;
    bool has_cleanup = false;
    std::optional<HostReply> reply;

    // Of a granted flatpak index: reduces the body of the backend's answer.
    std::unique_ptr<IndexStream> index;

    /// The context of R's main request, or null.
    static RequestContext* find(ngx_http_request_t* r) noexcept;
    /// The same; made when there is none. Null when there is no memory.
    static RequestContext* ensure(ngx_http_request_t* r) noexcept;
};

}  // namespace certguard::ngx
