#include "curl_request.hpp"

#include <strings.h>

#include <algorithm>
#include <system_error>
#include <type_traits>
#include <utility>

#include "certguard/limits.hpp"
#include "openssl_handles.hpp"
#include "printable.hpp"

#if LIBCURL_VERSION_NUM < 0x074c00
#error certguard needs libcurl 7.76 or later
#endif

namespace certguard {
namespace {

constexpr std::size_t kMostMessageBytes = 300;

// libcurl reads its options from a variable argument list: the types must be right.
class Options {
  public:
    explicit Options(CURL* easy) : easy_(easy) {}

    template <class T>
    Options& set(CURLoption option, T value) {
        static_assert(std::is_same_v<T, long> || std::is_same_v<T, curl_off_t> ||
                      std::is_pointer_v<T> || std::is_null_pointer_v<T>);
        if (result_ == CURLE_OK) {
            result_ = ::curl_easy_setopt(easy_, option, value);
        }
        return *this;
    }

    CURLcode result() const noexcept { return result_; }

  private:
    CURL* easy_;
    CURLcode result_ = CURLE_OK;
};

const TlsIdentity& identity_at(void* pointer) {
    return *static_cast<const TlsIdentity*>(pointer);
}

CURLcode set_trust(CURL*, void* ssl_ctx, void* identity) {
    identity_at(identity).give_trust_to(static_cast<SSL_CTX*>(ssl_ctx));
    return CURLE_OK;
}

CURLcode set_trust_and_certificate(CURL*, void* ssl_ctx, void* identity) {
    auto* const context = static_cast<SSL_CTX*>(ssl_ctx);
    identity_at(identity).give_trust_to(context);
    return identity_at(identity).give_certificate_to(context) ? CURLE_OK : CURLE_SSL_CERTPROBLEM;
}

// No name that is not in CURLOPT_RESOLVE gets as far as a resolver, which would be a thread that
// libcurl may wait for.
int refuse_to_resolve(void*, void*, void*) {
    return 1;
}

bool is_token(std::string_view text) noexcept {
    constexpr std::string_view kAllowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~";
    return !text.empty() && text.find_first_not_of(kAllowed) == std::string_view::npos;
}

bool is_control(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool is_url_character(char c) noexcept {
    return c > 0x20 && c < 0x7f && c != '#';
}

std::string_view trimmed(std::string_view text) noexcept {
    constexpr std::string_view kBlank = " \t\r\n";
    const std::size_t begin = std::min(text.find_first_not_of(kBlank), text.size());
    const std::size_t end = text.find_last_not_of(kBlank);
    return end == std::string_view::npos ? std::string_view() : text.substr(begin, end + 1 - begin);
}

void wipe(std::string& text) {
    ::OPENSSL_cleanse(text.data(), text.size());
}

// A body may hold a private key (/rhsm/consumers): none of it stays behind in freed memory.
void append_and_wipe(std::string& text, std::string_view more) {
    if (more.size() > text.capacity() - text.size()) {
        std::string longer;
        longer.reserve(std::max(text.size() + more.size(), 2 * text.capacity()));
        longer.assign(text);
        wipe(text);
        text.swap(longer);
    }
    text.append(more);
}

HttpResponse::Failure failure_of(CURLcode result, std::string_view words) {
    using Failure = HttpResponse::Failure;
    switch (result) {
        case CURLE_OPERATION_TIMEDOUT: return Failure::timeout;
        case CURLE_FILESIZE_EXCEEDED: return Failure::too_large;
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CIPHER:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_ISSUER_ERROR:
        case CURLE_SSL_INVALIDCERTSTATUS:
        case CURLE_USE_SSL_FAILED: return Failure::tls;
        case CURLE_SEND_ERROR:
        case CURLE_RECV_ERROR:
            // With TLS 1.3 a server refuses our certificate after the handshake.
            return words.find("SSL routines") != std::string_view::npos ? Failure::tls
                                                                        : Failure::connection;
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_CONNECT:
        case CURLE_GOT_NOTHING:
        case CURLE_PARTIAL_FILE: return Failure::connection;
        default: return Failure::other;
    }
}

}  // namespace

std::string request_problem(const Origin& origin, const HttpRequest& request) {
    const std::string_view url = request.url;
    const std::size_t size = origin.text.size();
    if (url.substr(0, size) != origin.text || url.substr(size, 1) != "/") {
        return "the request is not for " + origin.text;
    }
    if (!std::all_of(url.begin(), url.end(), is_url_character)) {
        return "the request's URL is not percent-encoded";
    }
    for (const auto& [name, value] : request.headers) {
        const auto is_bad = [](char c) { return is_control(c) && c != '\t'; };
        if (!is_token(name) || std::any_of(value.begin(), value.end(), is_bad)) {
            return "the request has a malformed header " + quoted(name);
        }
    }
    return {};
}

CurlRequest::CurlRequest(const CurlSettings& settings, const HttpRequest& request)
    : settings_(settings), most_body_bytes_(request.most_body_bytes), easy_(::curl_easy_init()) {}

CurlRequest::~CurlRequest() {
    wipe(response_.body);
}

Result<std::unique_ptr<CurlRequest>> CurlRequest::make(const CurlSettings& settings,
                                                       std::shared_ptr<curl_slist> resolve,
                                                       const HttpRequest& request) {
    const ErrorQueueGuard guard;
    std::unique_ptr<CurlRequest> made(new CurlRequest(settings, request));
    made->resolve_ = std::move(resolve);
    if (made->easy_ == nullptr || !made->set_headers(request)) {
        return Error{Reason::internal_error, "no memory"};
    }
    CURLcode result = made->set_options(request);
    if (result == CURLE_OK && settings.origin.tls) {
        result = made->set_tls_options(request.anonymous);
    }
    if (result != CURLE_OK) {
        return Error{Reason::internal_error, std::string("this libcurl refuses an option: ") +
                                                 ::curl_easy_strerror(result)};
    }
    return made;
}

CURLcode CurlRequest::set_options(const HttpRequest& request) {
    Options options(handle());
#if LIBCURL_VERSION_NUM >= 0x075500
    options.set(CURLOPT_PROTOCOLS_STR, settings_.origin.tls ? "https" : "http");
#else
    options.set(CURLOPT_PROTOCOLS,
                static_cast<long>(settings_.origin.tls ? CURLPROTO_HTTPS : CURLPROTO_HTTP));
#endif
#if LIBCURL_VERSION_NUM >= 0x075000
    options.set(CURLOPT_MAXLIFETIME_CONN, 600L);  // seconds; the host may have moved
#endif
    options.set(CURLOPT_URL, request.url.c_str())
        .set(CURLOPT_PATH_AS_IS, 1L)
        .set(CURLOPT_HTTPGET, 1L)
        .set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1))
        .set(CURLOPT_HTTPHEADER, headers_.get())
        .set(CURLOPT_USERAGENT, "certguard")
        .set(CURLOPT_FOLLOWLOCATION, 0L)
        .set(CURLOPT_PROXY, "")
        .set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED))
        .set(CURLOPT_NOSIGNAL, 1L)
        .set(CURLOPT_TCP_KEEPALIVE, 1L)
        .set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings_.connect_timeout.count()))
        .set(CURLOPT_ERRORBUFFER, error_.data())
        .set(CURLOPT_HEADERFUNCTION, &head_callback)
        .set(CURLOPT_HEADERDATA, this)
        .set(CURLOPT_WRITEFUNCTION, &body_callback)
        .set(CURLOPT_WRITEDATA, this);
    if (most_body_bytes_ > 0) {  // 0 would be no limit
        options.set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(most_body_bytes_));
    }
    if (!settings_.origin.is_address) {
        options.set(CURLOPT_RESOLVE, resolve_.get())
            .set(CURLOPT_RESOLVER_START_FUNCTION, &refuse_to_resolve);
    }
    if (!settings_.user.empty() && !request.anonymous) {
        options.set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC))
            .set(CURLOPT_USERNAME, settings_.user.c_str())
            .set(CURLOPT_PASSWORD, settings_.password.c_str());
    }
    return options.result();
}

// libcurl itself reads no certificate and no key: it would do so anew for each connection.
CURLcode CurlRequest::set_tls_options(bool anonymous) {
    Options options(handle());
    options.set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2))
        .set(CURLOPT_SSL_VERIFYPEER, 1L)
        .set(CURLOPT_SSL_VERIFYHOST, 2L)
        .set(CURLOPT_CAINFO, nullptr)
        .set(CURLOPT_CAPATH, nullptr)
        .set(CURLOPT_SSL_CTX_FUNCTION, anonymous ? &set_trust : &set_trust_and_certificate)
        .set(CURLOPT_SSL_CTX_DATA, const_cast<TlsIdentity*>(&settings_.identity));
    if (anonymous && settings_.identity.has_certificate()) {
        // Neither a connection nor a TLS session that has seen the certificate.
        options.set(CURLOPT_FRESH_CONNECT, 1L)
            .set(CURLOPT_FORBID_REUSE, 1L)
            .set(CURLOPT_SSL_SESSIONID_CACHE, 0L);
    }
    return options.result();
}

bool CurlRequest::set_headers(const HttpRequest& request) {
    for (const auto& [name, value] : request.headers) {
        // "Name:" alone would mean to libcurl: do not send it.
        const std::string line = value.empty() ? name + ';' : name + ": " + value;
        curl_slist* const longer = ::curl_slist_append(headers_.get(), line.c_str());
        if (longer == nullptr) {
            return false;
        }
        (void)headers_.release();
        headers_.reset(longer);
    }
    return true;
}

std::size_t CurlRequest::receive_head(std::string_view line) {
    head_bytes_ += line.size();
    if (head_bytes_ > limits::kResponseHeadBytes) {
        abort_ = Abort::head;
        return 0;
    }
    constexpr std::string_view kLink = "link:";
    if (line.substr(0, 5) == "HTTP/") {
        head_is_whole_ = false;
        response_.link.clear();  // of an interim response
    } else if (head_is_whole_) {
        // A trailer: behind the body, too late to mean anything.
    } else if (trimmed(line).empty()) {
        head_is_whole_ = true;
    } else if (line.size() > kLink.size() &&
               ::strncasecmp(line.data(), kLink.data(), kLink.size()) == 0) {
        const std::string_view value = trimmed(line.substr(kLink.size()));
        response_.link.append(response_.link.empty() ? "" : ", ").append(value);
    }
    return line.size();
}

std::size_t CurlRequest::receive_body(std::string_view bytes) {
    if (bytes.size() > most_body_bytes_ - response_.body.size()) {
        abort_ = Abort::body;
        return 0;
    }
    append_and_wipe(response_.body, bytes);
    return bytes.size();
}

// libcurl's frames are C: nothing may be thrown through them.
std::size_t CurlRequest::head_callback(char* bytes, std::size_t size, std::size_t count,
                                       void* self) {
    auto* const request = static_cast<CurlRequest*>(self);
    try {
        return request->receive_head({bytes, size * count});
    } catch (...) {
        request->abort_ = Abort::memory;
        return 0;
    }
}

std::size_t CurlRequest::body_callback(char* bytes, std::size_t size, std::size_t count,
                                       void* self) {
    auto* const request = static_cast<CurlRequest*>(self);
    try {
        return request->receive_body({bytes, size * count});
    } catch (...) {
        request->abort_ = Abort::memory;
        return 0;
    }
}

HttpResponse CurlRequest::take(CURLcode result) {
    if (result != CURLE_OK) {
        return failed(result);
    }
    if (!head_is_whole_) {  // libcurl calls that a success
        return failed(HttpResponse::Failure::connection,
                      "the connection ended in the head of the answer");
    }
    long status = 0;
    char* content_type = nullptr;
    char* location = nullptr;
    ::curl_easy_getinfo(handle(), CURLINFO_RESPONSE_CODE, &status);
    ::curl_easy_getinfo(handle(), CURLINFO_CONTENT_TYPE, &content_type);
    ::curl_easy_getinfo(handle(), CURLINFO_REDIRECT_URL, &location);
    response_.status = static_cast<int>(status);
    response_.content_type = content_type != nullptr ? content_type : "";
    // Newer libcurl tells a Location of any other answer, too.
    response_.location = location != nullptr && status / 100 == 3 ? location : "";
    return std::move(response_);
}

HttpResponse CurlRequest::timed_out(std::chrono::milliseconds limit) const {
    double pretransfer = 0;
    ::curl_easy_getinfo(handle(), CURLINFO_PRETRANSFER_TIME, &pretransfer);
    const std::string within = " within " + std::to_string(limit.count()) + " ms";
    if (head_bytes_ > 0) {
        return failed(HttpResponse::Failure::timeout,
                      "the answer was not complete" + within + " (" +
                          std::to_string(response_.body.size()) + " bytes of its body had come)");
    }
    return failed(HttpResponse::Failure::timeout,
                  (pretransfer > 0 ? "no answer" : "no connection") + within);
}

HttpResponse CurlRequest::failed(CURLcode result) const {
    using Failure = HttpResponse::Failure;
    const std::string bytes = std::to_string(most_body_bytes_) + " bytes";
    if (abort_ == Abort::body || result == CURLE_FILESIZE_EXCEEDED) {
        return failed(Failure::too_large, "the answer is longer than " + bytes);
    }
    if (abort_ == Abort::head) {
        return failed(Failure::too_large, "the head of the answer is longer than " +
                                              std::to_string(limits::kResponseHeadBytes) +
                                              " bytes");
    }
    if (abort_ == Abort::memory) {
        return failed(Failure::other, "no memory for the answer");
    }
    const std::string text = words(result);
    return failed(failure_of(result, text), text);
}

HttpResponse CurlRequest::failed(HttpResponse::Failure failure, const std::string& message) {
    HttpResponse response;
    response.failure = failure;
    response.message = message;
    return response;
}

std::string CurlRequest::words(CURLcode result) const {
    // The buffer may quote what the server sent.
    std::string text = error_[0] != '\0' ? error_.data() : ::curl_easy_strerror(result);
    long system_error = 0;
    ::curl_easy_getinfo(handle(), CURLINFO_OS_ERRNO, &system_error);
    if (result == CURLE_COULDNT_CONNECT && system_error > 0) {
        text += " (" + std::generic_category().message(static_cast<int>(system_error)) + ")";
    }
    return printable(std::string_view(text).substr(0, kMostMessageBytes));
}

}  // namespace certguard
