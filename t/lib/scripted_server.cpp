#include "scripted_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

namespace certguard::test {
namespace {

using SslCtxPtr = std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)>;

SslCtxPtr make_context(const ScriptedServer::Tls& tls) {
    SslCtxPtr context(::SSL_CTX_new(::TLS_server_method()), &::SSL_CTX_free);
    if (context == nullptr ||
        ::SSL_CTX_use_certificate(context.get(), tls.server.certificate.get()) != 1 ||
        ::SSL_CTX_use_PrivateKey(context.get(), tls.server.key.get()) != 1 ||
        ::SSL_CTX_set_max_proto_version(context.get(), tls.newest_version) != 1) {
        throw std::runtime_error("scripted server: TLS can't be set up");
    }
    ::SSL_CTX_set_security_level(context.get(), 0);  // else TLS 1.1 is off
    ::SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    if (tls.client_ca) {
        ::X509_STORE_add_cert(::SSL_CTX_get_cert_store(context.get()),
                              tls.client_ca->certificate.get());
        const int needed = tls.certificate_is_optional ? 0 : SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
        ::SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | needed, nullptr);
        ::SSL_CTX_set_session_id_context(context.get(), reinterpret_cast<const unsigned char*>("t"),
                                         1);
    }
    return context;
}

int listen_on_loopback(std::uint16_t& port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    if (fd < 0 || ::bind(fd, plain, size) != 0 || ::listen(fd, 1024) != 0 ||
        ::getsockname(fd, plain, &size) != 0) {
        throw std::runtime_error("scripted server: can't listen");
    }
    port = ntohs(address.sin_port);
    return fd;
}

}  // namespace

struct ScriptedServer::State {
    Script script;
    SslCtxPtr context{nullptr, &::SSL_CTX_free};
    std::uint16_t port = 0;
    int listener = -1;
    std::thread acceptor;

    mutable std::mutex mutex;
    bool stopping = false;
    std::size_t accepted = 0;
    std::map<std::size_t, int> open;  // connection's number to its descriptor
    std::vector<std::string> heads;
    std::map<std::size_t, std::thread> threads;
    std::vector<std::thread> ended;

    void accept_all(ScriptedServer& server);
    void serve(ScriptedServer& server, int fd, std::size_t number);
    void join_ended();
};

void ScriptedServer::State::accept_all(ScriptedServer& server) {
    while (true) {
        const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) {
            return;  // shut down by the destructor
        }
        join_ended();
        const std::lock_guard lock(mutex);
        if (stopping) {
            ::close(fd);
            return;
        }
        const std::size_t number = accepted++;
        open[number] = fd;
        threads[number] = std::thread([this, &server, fd, number] { serve(server, fd, number); });
    }
}

void ScriptedServer::State::serve(ScriptedServer& server, int fd, std::size_t number) {
    Connection connection(server, fd, number);
    SSL* const tls = context != nullptr ? ::SSL_new(context.get()) : nullptr;
    bool ready = true;
    if (tls != nullptr) {
        ::SSL_set_fd(tls, fd);
        ready = ::SSL_accept(tls) == 1;
    }
    if (ready) {
        connection.tls_ = tls;
        script(connection);
    } else {  // its alert must arrive before the end of the connection does
        ::shutdown(fd, SHUT_WR);
        connection.wait_until_client_closes();
    }
    connection.close();
    ::SSL_free(tls);
    ::ERR_clear_error();
    const std::lock_guard lock(mutex);
    if (const auto self = threads.find(number); self != threads.end()) {
        ended.push_back(std::move(self->second));
        threads.erase(self);
    }
}

void ScriptedServer::State::join_ended() {
    std::vector<std::thread> to_join;
    {
        const std::lock_guard lock(mutex);
        to_join.swap(ended);
    }
    for (std::thread& thread : to_join) {
        thread.join();
    }
}

ScriptedServer::ScriptedServer(Script script, std::optional<Tls> tls)
    : state_(std::make_unique<State>()) {
    ::signal(SIGPIPE, SIG_IGN);
    state_->script = std::move(script);
    if (tls) {
        state_->context = make_context(*tls);
    }
    state_->listener = listen_on_loopback(state_->port);
    state_->acceptor = std::thread([this] { state_->accept_all(*this); });
}

ScriptedServer::~ScriptedServer() {
    std::map<std::size_t, std::thread> threads;
    {
        const std::lock_guard lock(state_->mutex);
        state_->stopping = true;
        for (const auto& [number, fd] : state_->open) {
            ::shutdown(fd, SHUT_RDWR);
        }
        threads.swap(state_->threads);
    }
    ::shutdown(state_->listener, SHUT_RDWR);
    state_->acceptor.join();
    ::close(state_->listener);
    for (auto& [number, thread] : threads) {
        thread.join();
    }
    state_->join_ended();
}

std::uint16_t ScriptedServer::port() const noexcept {
    return state_->port;
}

std::string ScriptedServer::url(std::string_view host) const {
    const std::string scheme = state_->context != nullptr ? "https://" : "http://";
    return scheme + std::string(host) + ':' + std::to_string(state_->port);
}

std::size_t ScriptedServer::connections() const {
    const std::lock_guard lock(state_->mutex);
    return state_->accepted;
}

std::size_t ScriptedServer::open() const {
    const std::lock_guard lock(state_->mutex);
    return state_->open.size();
}

std::size_t ScriptedServer::requests() const {
    const std::lock_guard lock(state_->mutex);
    return state_->heads.size();
}

std::vector<std::string> ScriptedServer::heads() const {
    const std::lock_guard lock(state_->mutex);
    return state_->heads;
}

ScriptedServer::Connection::Connection(ScriptedServer& server, int fd, std::size_t number)
    : server_(server), fd_(fd), number_(number) {}

long ScriptedServer::Connection::receive(char* bytes, std::size_t most) {
    if (fd_ < 0) {
        return 0;
    }
    return tls_ != nullptr ? ::SSL_read(static_cast<SSL*>(tls_), bytes, static_cast<int>(most))
                           : ::recv(fd_, bytes, most, 0);
}

std::optional<std::string> ScriptedServer::Connection::read_request() {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
        char bytes[4096];
        const long got = receive(bytes, sizeof bytes);
        if (got <= 0) {
            return std::nullopt;
        }
        buffer_.append(bytes, static_cast<std::size_t>(got));
    }
    std::string head = buffer_.substr(0, end + 4);
    buffer_.erase(0, end + 4);
    const std::lock_guard lock(server_.state_->mutex);
    server_.state_->heads.push_back(head);
    return head;
}

bool ScriptedServer::Connection::write(std::string_view bytes) {
    while (!bytes.empty() && fd_ >= 0) {
        const long sent =
            tls_ != nullptr
                ? ::SSL_write(static_cast<SSL*>(tls_), bytes.data(),
                              static_cast<int>(std::min<std::size_t>(bytes.size(), 1u << 20)))
                : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return fd_ >= 0;
}

bool ScriptedServer::Connection::answer(std::string_view status, std::string_view body,
                                        std::string_view more_headers) {
    std::string text = "HTTP/1.1 ";
    text.append(status).append("\r\nContent-Type: application/json\r\nContent-Length: ");
    text.append(std::to_string(body.size())).append("\r\n");
    text.append(more_headers).append("\r\n").append(body);
    return write(text);
}

void ScriptedServer::Connection::wait_until_client_closes() {
    char bytes[4096];
    while (receive(bytes, sizeof bytes) > 0) {
    }
}

std::string ScriptedServer::Connection::client_name() const {
    X509* const shown =
        tls_ != nullptr ? ::SSL_get1_peer_certificate(static_cast<SSL*>(tls_)) : nullptr;
    char name[256] = "";
    if (shown != nullptr) {
        ::X509_NAME_get_text_by_NID(::X509_get_subject_name(shown), NID_commonName, name,
                                    sizeof name);
        ::X509_free(shown);
    }
    return name;
}

void ScriptedServer::Connection::close(bool linger) {
    const std::lock_guard lock(server_.state_->mutex);
    if (fd_ < 0) {
        return;
    }
    if (!linger) {
        const ::linger reset{1, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    }
    server_.state_->open.erase(number_);
    ::close(std::exchange(fd_, -1));
}

ScriptedServer::Script answering(std::string body) {
    return [body = std::move(body)](ScriptedServer::Connection& connection) {
        while (connection.read_request()) {
            connection.answer("200 OK", body);
        }
    };
}

}  // namespace certguard::test
