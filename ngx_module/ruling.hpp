// What the core says about one request, whatever its guard serves, in the form in which the access
// handler carries it out.
#pragma once

#include "ngx_cpp.hpp"

#include <optional>
#include <string>

#include "certguard/registry_answer.hpp"
#include "configuration.hpp"
#include "request_context.hpp"

namespace certguard::ngx {

struct Ruling {
    Verdict verdict = Verdict::unavailable;
    Reason reason = Reason::internal_error;
    bool trusted = false;
    std::string message;       // for the admin, when refused
    int status = 503;          // of a refusal
    unsigned retry_after = 5;  // seconds, when unavailable; an ANSWER says it itself
    /// What certguard itself answers: granted, then it is all that the request needs, or refused.
    std::optional<RegistryAnswer> answer;

    bool ask_lookup = false;  // ask the guard's lookup first, then rule again
    bool by_lookup = false;   // the reply in the context is what decided
    bool drop_authorization = false;
    bool filter_index = false;
};

/// Rules on R with the reply in CONTEXT, if there is one; fills in its certificate and repository.
Ruling rule_on_content(ngx_http_request_t* r, const LocationConfiguration& location,
                       RequestContext& context);
Ruling rule_on_registry(ngx_http_request_t* r, const LocationConfiguration& location,
                        RequestContext& context);

}  // namespace certguard::ngx
