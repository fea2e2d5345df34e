// An HTTP server for tests that does to its clients exactly what a test's script says: it answers,
// drags, lies, or hangs up. Listens on 127.0.0.1; each connection has a thread that runs the
// script.
//
// Errors of its own are thrown as std::runtime_error by the constructor; a script's I/O that fails
// because the client has gone just says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "test_pki.hpp"

namespace certguard::test {

class ScriptedServer {
  public:
    struct Tls {
        test_pki::Identity server;
        /// When set, clients are asked for a certificate of this CA.
        std::optional<test_pki::Identity> client_ca;
        /// The newest version to speak, as OpenSSL numbers it; 0: what there is.
        int newest_version = 0;
        /// Clients may come without a certificate.
        bool certificate_is_optional = false;
    };

    /// One accepted connection, in the hands of the script.
    class Connection {
      public:
        /// The next request's head, without body; nothing when the client has gone. Counted.
        std::optional<std::string> read_request();
        /// False when the client has gone.
        bool write(std::string_view bytes);
        /// An answer with this status, for instance "200 OK", and a body of this length.
        bool answer(std::string_view status, std::string_view body,
                    std::string_view more_headers = "");
        void wait_until_client_closes();
        /// Closes without TLS's goodbye. LINGER: the peer sees an orderly end, else a reset.
        void close(bool linger = true);
        /// The CN of the certificate that the client has shown; empty without one.
        std::string client_name() const;
        /// From 0, in the order of being accepted.
        std::size_t number() const noexcept { return number_; }

      private:
        friend class ScriptedServer;
        Connection(ScriptedServer& server, int fd, std::size_t number);
        long receive(char* bytes, std::size_t most);

        ScriptedServer& server_;
        int fd_;
        std::size_t number_;
        void* tls_ = nullptr;  // SSL*
        std::string buffer_;
    };
    using Script = std::function<void(Connection&)>;

    explicit ScriptedServer(Script script, std::optional<Tls> tls = std::nullopt);
    /// Closes all connections and waits for the scripts to end.
    ~ScriptedServer();
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    std::uint16_t port() const noexcept;
    /// "http://127.0.0.1:PORT", or "https://HOST:PORT" with TLS.
    std::string url(std::string_view host = "127.0.0.1") const;

    std::size_t connections() const;  // accepted so far
    std::size_t open() const;         // whose script has not ended
    std::size_t requests() const;     // read so far
    std::vector<std::string> heads() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// A script that answers every request with 200 and BODY, on a kept-alive connection.
ScriptedServer::Script answering(std::string body);

}  // namespace certguard::test
