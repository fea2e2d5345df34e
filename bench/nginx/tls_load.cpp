// Sends kept-alive (or one-per-connection) mTLS requests to a server on loopback, one after the
// other, and reports what they cost the server process in CPU time.
//
//   tls_load --port P --cert C --key K [--path /] [--requests N] [--warmup N] [--pid PID]
//            [--each-connects] [--expect 200]
//
// Prints one number: nanoseconds of CPU (user and system) of process PID per request; 0 without
// --pid. Exits with 1 on the first answer with another status than expected.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>

namespace {

struct Options {
    int port = 0;
    std::string certificate, key, path = "/";
    long requests = 1000, warmup = 100;
    int pid = 0, expect = 200;
    bool each_connects = false;
};

[[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error(what);
}

/// One TLS connection with a client certificate; answers are read to their Content-Length.
class Connection {
  public:
    Connection(SSL_CTX* context, int port) {
        fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const int on = 1;
        setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
            fail("can't connect");
        }
        ssl_.reset(SSL_new(context));
        SSL_set_fd(ssl_.get(), fd_);
        if (SSL_connect(ssl_.get()) != 1) {
            fail("the TLS handshake failed");
        }
    }
    ~Connection() {
        SSL_shutdown(ssl_.get());
        close(fd_);
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    int get(const std::string& request) {
        if (SSL_write(ssl_.get(), request.data(), static_cast<int>(request.size())) <= 0) {
            fail("can't write");
        }
        std::size_t header_end = std::string::npos;
        std::size_t wanted = 0;
        answer_.clear();
        while (header_end == std::string::npos || answer_.size() < wanted) {
            char buffer[16384];
            const int got = SSL_read(ssl_.get(), buffer, sizeof buffer);
            if (got <= 0) {
                fail("the connection was closed");
            }
            answer_.append(buffer, static_cast<std::size_t>(got));
            if (header_end == std::string::npos) {
                header_end = answer_.find("\r\n\r\n");
                const std::size_t length = answer_.find("Content-Length: ");
                if (header_end != std::string::npos) {
                    if (length == std::string::npos || length > header_end) {
                        fail("an answer without Content-Length");
                    }
                    wanted =
                        header_end + 4 + std::strtoul(answer_.c_str() + length + 16, nullptr, 10);
                }
            }
        }
        return std::atoi(answer_.c_str() + std::strlen("HTTP/1.1 "));
    }

  private:
    struct Free {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
    };
    int fd_ = -1;
    std::unique_ptr<SSL, Free> ssl_;
    std::string answer_;
};

long long cpu_nanoseconds(int pid) {
    clockid_t clock;
    timespec time{};
    if (pid == 0) {
        return 0;
    }
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) {
        fail("can't read the CPU clock of process " + std::to_string(pid));
    }
    return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

Options parse(int argc, char* argv[]) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string name = argv[i];
        if (name == "--each-connects") {
            options.each_connects = true;
            continue;
        }
        if (i + 1 == argc) {
            fail(name + " needs a value");
        }
        const char* const value = argv[++i];
        if (name == "--port") {
            options.port = std::atoi(value);
        } else if (name == "--cert") {
            options.certificate = value;
        } else if (name == "--key") {
            options.key = value;
        } else if (name == "--path") {
            options.path = value;
        } else if (name == "--requests") {
            options.requests = std::atol(value);
        } else if (name == "--warmup") {
            options.warmup = std::atol(value);
        } else if (name == "--pid") {
            options.pid = std::atoi(value);
        } else if (name == "--expect") {
            options.expect = std::atoi(value);
        } else {
            fail("unknown option " + name);
        }
    }
    return options;
}

void run(const Options& options) {
    SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    if (SSL_CTX_use_certificate_chain_file(context, options.certificate.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, options.key.c_str(), SSL_FILETYPE_PEM) != 1) {
        fail("can't read the certificate or its key");
    }
    const std::string request = "GET " + options.path +
                                " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\n"
                                "Accept: */*\r\n\r\n";
    std::unique_ptr<Connection> connection;
    long long before = 0;
    for (long i = -options.warmup; i < options.requests; ++i) {
        if (i == 0) {
            before = cpu_nanoseconds(options.pid);
        }
        if (connection == nullptr || options.each_connects) {
            connection.reset();
            connection = std::make_unique<Connection>(context, options.port);
        }
        const int status = connection->get(request);
        if (status != options.expect) {
            fail("status " + std::to_string(status) + " for " + options.path);
        }
    }
    const long long spent = cpu_nanoseconds(options.pid) - before;
    std::printf("%lld\n", spent / (options.requests > 0 ? options.requests : 1));
    connection.reset();
    SSL_CTX_free(context);
}

}  // namespace

int main(int argc, char* argv[]) {
    try {
        run(parse(argc, argv));
        return 0;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "tls_load: %s\n", e.what());
        return 1;
    }
}
