# trusted_proxies: connections of the proxies that a guard lists may bring the identity of their own
# clients; nobody else can, and they bring nothing else. (G1)

use lib 't/lib';
use CertGuard;
use CertGuard::Nginx;
use File::Copy qw(copy);
use Test::Nginx::Socket 'no_plan';

my @by_another = ('--ca', CertGuard::Pki::path('other-ca.pem'), '--ca-key', CertGuard::Pki::path('other-ca.key'));
CertGuard::Pki::certificate('proxy', '--cn', 'Proxy.Example.COM', '--org', 'FOREMAN');
CertGuard::Pki::certificate('unlisted', '--cn', 'proxy.example.com.evil.test', '--org', 'FOREMAN');
CertGuard::Pki::certificate('false-proxy', '--cn', 'proxy.example.com', @by_another);
CertGuard::Pki::certificate('expired-proxy', '--cn', 'proxy.example.com', '--from', '-2d', '--until', '-1h');
CertGuard::Pki::crl('none-revoked');
CertGuard::Pki::crl('proxy-revoked', '--revoke', CertGuard::Pki::path('proxy.pem'));
our $crl = CertGuard::Pki::path('changing-crl.pem');

sub text_of {
    my ($name) = @_;
    open my $in, '<', CertGuard::Pki::path($name) or die "$name: $!\n";
    local $/;
    return <$in>;
}

add_block_preprocessor(sub {
    my ($block) = @_;
    copy(CertGuard::Pki::path('none-revoked.pem'), $crl);
    $block->set_value(log_level => 'info');
    $block->set_value(policy => <<'EOP') if !defined $block->policy;
version: 1
strip_headers: X-Site-User
trusted_proxies: proxies
guards:
  clients: { type: x509, ca: $TEST_NGINX_PKI/ca.pem, forward_header: none }
  certificates: { type: x509, ca: $TEST_NGINX_PKI/ca.pem }
  proxies:
    type: x509
    ca: $TEST_NGINX_PKI/ca.pem
    crl: $TEST_NGINX_PKI/changing-crl.pem
    names: [other.example.com, proxy.example.com]
  content: { type: host, ca: $TEST_NGINX_PKI/other-ca.pem, lookup: katello }
  registry: { type: host, serves: registry, ca: $TEST_NGINX_PKI/ca.pem, lookup: katello }
lookups:
  katello: { source: file, file: hosts.yaml }
EOP
    $block->set_value(user_files => ($block->user_files // '') . <<'EOH');
>>> hosts.yaml
version: 1
organizations:
  ACME:
    hosts:
      5f1a0c7e-3b52-4d0e-9a66-2f7f6f1d7c11: [Library]
    environments:
      Library: acme/prod/busybox
EOH
    $block->set_value(http_config => "    underscores_in_headers on;\n")
        if !defined $block->http_config;
    $block->set_value(config => "    location / { certguard clients; proxy_pass http://pulp; }\n")
        if !defined $block->config;
    $block->set_value(request => "GET /\n") if !defined $block->request && !defined $block->raw_request
        && !defined $block->must_die;
});

run_tests();

__DATA__

=== TEST 1: a listed proxy brings its client's certificate and host
--- client_certificate: proxy
--- more_headers
X_RHSM_SSL_CLIENT_CERT: of the client
HostUUID: of the host
--- backend_received_like: ^X-RHSM-SSL-CLIENT-CERT: of the client\r\n(?:.*\r\n)*HostUUID: of the host\r$



=== TEST 2: and nothing else of what certguard strips
--- client_certificate: proxy
--- more_headers
X_RHSM_SSL_CLIENT_CERT: of the client
X-CLIENT-CERT: forged
SSL-CLIENT-CERT: forged
SSL_CLIENT_VERIFY: forged
REMOTE-USER: forged
REMOTE_USER_EMAIL: forged
X-Site-User: forged
X_Site_User: forged
--- backend_received_like: ^X-RHSM-SSL-CLIENT-CERT: of the client\r$
--- backend_received_unlike: forged



=== TEST 37: without a word about its client, that is nobody, and not the proxy itself
--- client_certificate: proxy
--- backend_received_like: ^X-RHSM-SSL-CLIENT-CERT: \(null\)\r$



=== TEST 38: also when the client has made it drop the header, and it tells the host
--- client_certificate: proxy
--- more_headers
Connection: close, X_RHSM_SSL_CLIENT_CERT
HostUUID: of the host
--- backend_received_like: HostUUID: of the host\r\n(?:.*\r\n)*X-RHSM-SSL-CLIENT-CERT: \(null\)\r$



=== TEST 39: but who is no proxy gets no such word
--- client_certificate: host
--- backend_received_unlike: RHSM



=== TEST 3: underscores become dashes, so that no backend prefers another spelling
--- client_certificate: proxy
--- more_headers
X_Rhsm_Ssl_CLIENT_CERT: of the client
--- backend_received_like: ^X-RHSM-SSL-CLIENT-CERT: of the client\r$
--- backend_received_unlike: Rhsm_



=== TEST 4: nobody else brings them: an ordinary host
--- client_certificate: host
--- more_headers
X-RHSM-SSL-CLIENT-CERT: forged
X_RHSM_SSL_CLIENT_CERT: forged
x-rhsm_ssl-client-cert: forged
HostUUID: forged
hostuuid: forged
--- backend_received_unlike: forged
--- logged
guard "proxies" takes "CN=5f1a0c7e-3b52-4d0e-9a66-2f7f6f1d7c11,O=ACME" for no trusted proxy, whatever its headers say: name_not_listed:



=== TEST 5: a client without certificate
--- client_certificate: none
--- config
    location / { certguard clients; certguard_pass @open; proxy_pass http://pulp; }
    location @open { proxy_pass http://pulp; }
--- more_headers
X-RHSM-SSL-CLIENT-CERT: forged
HostUUID: forged
--- backend_received_unlike: forged



=== TEST 6: a client without TLS
--- config
    location / { certguard off; proxy_pass http://pulp; }
    location /guarded/ { certguard clients; proxy_pass http://pulp; }
--- more_headers
X-RHSM-SSL-CLIENT-CERT: forged
HostUUID: forged
--- backend_received_unlike: forged



=== TEST 7: a proxy whose name is not listed whole
--- client_certificate: unlisted
--- more_headers
X-RHSM-SSL-CLIENT-CERT: forged
HostUUID: forged
--- backend_received_unlike: forged



=== TEST 8: a listed name of another CA
--- client_certificate: false-proxy
--- config
    location / { proxy_pass http://pulp; }
    location /guarded/ { certguard clients; proxy_pass http://pulp; }
--- more_headers
X-RHSM-SSL-CLIENT-CERT: forged
HostUUID: forged
--- backend_received_unlike: forged
--- logged
for no trusted proxy, whatever its headers say: untrusted_issuer:



=== TEST 9: a proxy's certificate that expires while its connection is kept
--- client_certificate: short-proxy
--- connection: kept
--- before_request eval
sub {
    my ($index) = @_;
    return CertGuard::Pki::certificate('short-proxy', '--cn', 'proxy.example.com', '--until', '+15s') if $index == 0;
    CertGuard::FakePulp::forget();
    sleep 17;
}
--- config
    location / { proxy_pass http://pulp; }
    location /guarded/ { certguard clients; proxy_pass http://pulp; }
--- more_headers
X_RHSM_SSL_CLIENT_CERT: brought
HostUUID: brought
--- request eval
["GET /1", "GET /2"]
--- backend_received_like: ^GET /2
--- backend_received_unlike: brought
--- logged
for no trusted proxy, whatever its headers say: expired:



=== TEST 10: one that has expired before does not even get there
--- client_certificate: expired-proxy
--- config
    error_page 495 = @bad_certificate;
    location / { certguard clients; proxy_pass http://pulp; }
    location @bad_certificate { proxy_pass http://pulp; }
--- more_headers
X-RHSM-SSL-CLIENT-CERT: forged
HostUUID: forged
--- backend_received_unlike: forged



=== TEST 11: one that is revoked while its connection is kept
--- client_certificate: proxy
--- connection: kept
--- before_request eval
sub {
    my ($index) = @_;
    return if $index != 1;
    CertGuard::FakePulp::forget();
    CertGuard::Nginx::replace($main::crl, main::text_of('proxy-revoked.pem'));
    CertGuard::Nginx::wait_for_log(qr/\[notice\].*changing-crl\.pem/);
}
--- more_headers
X_RHSM_SSL_CLIENT_CERT: brought
HostUUID: brought
--- request eval
["GET /1", "GET /2"]
--- backend_received_like: ^GET /2
--- backend_received_unlike: brought
--- logged
for no trusted proxy, whatever its headers say: revoked:



=== TEST 12: a kept connection and a resumed session bring them with each request
--- client_certificate: proxy
--- connection: resumed
--- more_headers
X_RHSM_SSL_CLIENT_CERT: of the client
--- request eval
["GET /1", "GET /2", "GET /3"]
--- backend_received_like eval
qr/(?:GET .*?^X-RHSM-SSL-CLIENT-CERT: of the client\r.*?){3}/ms



=== TEST 13: HTTP/2 brings them
--- client_certificate: proxy
--- http_version: 2
--- more_headers
x_rhsm_ssl_client_cert: of the client
hostuuid: of the host
--- backend_received_like: ^X-RHSM-SSL-CLIENT-CERT: of the client\r\n(?:.*\r\n)*HostUUID: of the host\r$



=== TEST 14: and for nobody else
--- client_certificate: host
--- http_version: 2
--- more_headers
x-rhsm-ssl-client-cert: forged
hostuuid: forged
--- backend_received_unlike: forged



=== TEST 15: of two spellings neither counts, and the backend is told that there is no certificate
--- client_certificate: proxy
--- more_headers
X-RHSM-SSL-CLIENT-CERT: forged
X_RHSM_SSL_CLIENT_CERT: of the client
--- backend_received_like: ^X-RHSM-SSL-CLIENT-CERT: \(null\)\r$
--- backend_received_unlike: forged|of the client



=== TEST 16: nor of several of the same spelling
--- client_certificate: proxy
--- more_headers
X-RHSM-SSL-CLIENT-CERT: forged
X-RHSM-SSL-CLIENT-CERT: of the client
X-RHSM-SSL-CLIENT-CERT: of the client
HostUUID: forged
hostuuid: of the host
--- backend_received_like: ^X-RHSM-SSL-CLIENT-CERT: \(null\)\r$
--- backend_received_unlike: forged|of the|HostUUID



=== TEST 17: an empty one says that there is no certificate
--- client_certificate: proxy
--- raw_request eval
"GET / HTTP/1.0\r\nX_RHSM_SSL_CLIENT_CERT:\r\n\r\n"
--- backend_received_like: ^X-RHSM-SSL-CLIENT-CERT: \(null\)\r$



=== TEST 18: a request that nginx itself has refused with 400 brings nothing
--- client_certificate: proxy
--- config
    error_page 400 = @refused;
    location / { certguard clients; proxy_pass http://pulp; }
    location @refused { proxy_pass http://pulp; }
--- raw_request eval
"GET / HTTP/1.1\r\nHost: localhost\r\nX_RHSM_SSL_CLIENT_CERT: brought\r\nHostUUID: brought\r\nContent-Length: x\r\n\r\n"
--- backend_received_unlike: brought



=== TEST 19: nor does one with a certificate that nginx does not like, 495
--- client_certificate: proxy
--- config
    ssl_client_certificate $TEST_NGINX_PKI/other-ca.pem;
    ssl_verify_client optional;
    error_page 495 = @bad_certificate;
    location / { certguard clients; proxy_pass http://pulp; }
    location @bad_certificate { proxy_pass http://pulp; }
--- more_headers
X_RHSM_SSL_CLIENT_CERT: brought
HostUUID: brought
--- backend_received_unlike: brought



=== TEST 20: nor one without the certificate that nginx wants, 496
--- client_certificate: none
--- config
    ssl_client_certificate $TEST_NGINX_PKI/ca.pem;
    ssl_verify_client on;
    error_page 496 = @no_certificate;
    location / { certguard clients; proxy_pass http://pulp; }
    location @no_certificate { proxy_pass http://pulp; }
--- more_headers
X-RHSM-SSL-CLIENT-CERT: forged
HostUUID: forged
--- backend_received_unlike: forged



=== TEST 21: where it has been let through, it keeps them on internal redirects
--- client_certificate: proxy
--- config
    location / { certguard certificates; error_page 404 = @elsewhere; proxy_intercept_errors on; return 404; }
    location @elsewhere { proxy_pass http://pulp; }
--- more_headers
X_RHSM_SSL_CLIENT_CERT: of the client
X-CLIENT-CERT: forged
--- backend_received_like: ^X-RHSM-SSL-CLIENT-CERT: of the client\r$
--- backend_received_unlike: X-CLIENT-CERT



=== TEST 22: a guard whose forward_header is one of them keeps it for itself
--- client_certificate: proxy
--- policy
version: 1
trusted_proxies: proxies
guards:
  clients: { type: x509, ca: $TEST_NGINX_PKI/ca.pem, forward_header: X-RHSM-SSL-CLIENT-CERT }
  proxies: { type: x509, ca: $TEST_NGINX_PKI/ca.pem, names: proxy.example.com }
--- more_headers
X-RHSM-SSL-CLIENT-CERT: forged
--- backend_received_like: ^X-RHSM-SSL-CLIENT-CERT: -----BEGIN%20CERTIFICATE
--- backend_received_unlike: forged



=== TEST 23: the policy's strip_headers counts for proxies, too
--- client_certificate: proxy
--- policy
version: 1
strip_headers: HostUUID
trusted_proxies: proxies
guards:
  clients: { type: x509, ca: $TEST_NGINX_PKI/ca.pem, forward_header: none }
  proxies: { type: x509, ca: $TEST_NGINX_PKI/ca.pem, names: proxy.example.com }
--- more_headers
X_RHSM_SSL_CLIENT_CERT: of the client
HostUUID: forged
--- backend_received_like: ^X-RHSM-SSL-CLIENT-CERT: of the client\r$
--- backend_received_unlike: forged



=== TEST 24: other headers with underscores are dropped, as nginx does by default
--- client_certificate: proxy
--- more_headers
X_Forwarded_For: 192.0.2.1
Transfer_Encoding: chunked
X_RHSM_SSL_CLIENT_CERT: of the client
X-Harmless: harmless
--- backend_received_like: ^X-RHSM-SSL-CLIENT-CERT: of the client\r\n(?:.*\r\n)*X-Harmless: harmless
--- backend_received_unlike: X_Forwarded|Transfer_



=== TEST 25: they are dropped whoever sends them
--- client_certificate: host
--- more_headers
X_Forwarded_For: 192.0.2.1
X-Harmless: harmless
--- backend_received_unlike: X_Forwarded
--- response_body_like: X-Harmless: harmless



=== TEST 26: where nothing of a long list stays, there is room for what is put there instead
--- client_certificate: proxy
--- config
    location / { certguard certificates; proxy_pass http://pulp; }
--- raw_request eval
"GET / HTTP/1.0\r\n" . "HostUUID: forged\r\n" x 19 . "Remote-User: forged\r\n" x 31 . "\r\n"
--- backend_received_like: ^X-CLIENT-CERT: -----BEGIN
--- backend_received_unlike: forged



=== TEST 27: a registry passes a trusted proxy's request on with what it brought
--- client_certificate: proxy
--- config
    location /v2/ { certguard registry; certguard_pass @katello; proxy_pass http://pulp/granted; }
    location @katello {
        proxy_pass http://pulp;
        proxy_set_header X-Decision "$certguard_decision $certguard_reason [$certguard_client_pem]";
    }
--- request
GET /v2/_catalog
--- more_headers
HostUUID: of the host
--- backend_received_like: ^X-Decision: passed trusted_proxy \[\(null\)\]\r\n(?:.*\r\n)*HostUUID: of the host\r$



=== TEST 28: content of hosts does so, whatever CA hosts have
--- client_certificate: proxy
--- config
    location / { certguard content; certguard_pass @katello; proxy_pass http://pulp/granted; }
    location @katello {
        proxy_pass http://pulp;
        proxy_set_header X-Decision "$certguard_decision $certguard_reason [$certguard_client_pem]";
    }
--- request
GET /ACME/Library/x
--- more_headers
X_RHSM_SSL_CLIENT_CERT: of the client
--- backend_received_like: ^X-Decision: passed trusted_proxy \[\(null\)\]\r\n(?:.*\r\n)*X-RHSM-SSL-CLIENT-CERT: of the client\r$



=== TEST 29: without certguard_pass it is refused
--- client_certificate: proxy
--- config
    location /v2/ { certguard registry; proxy_pass http://pulp; }
    location / { certguard content; proxy_pass http://pulp; }
--- request eval
["GET /v2/_catalog", "GET /ACME/Library/x"]
--- error_code eval
[401, 403]
--- backend_requests: 0
--- logged
guard "registry" refused "CN=Proxy.Example.COM,O=FOREMAN": trusted_proxy: a trusted proxy's request for one of its clients, and the location has no certguard_pass
guard "content" refused "CN=Proxy.Example.COM,O=FOREMAN": trusted_proxy:



=== TEST 30: in audit mode it goes on
--- client_certificate: proxy
--- config
    certguard_mode audit;
    location /v2/ { certguard registry; proxy_pass http://pulp; proxy_set_header X-Decision "$certguard_decision $certguard_reason"; }
--- request
GET /v2/_catalog
--- more_headers
HostUUID: of the host
--- backend_received_like: ^X-Decision: audit_denied trusted_proxy\r\n(?:.*\r\n)*HostUUID: of the host\r$



=== TEST 31: on nginx's own ways of errors it is not passed
--- client_certificate: proxy
--- config
    ssl_client_certificate $TEST_NGINX_PKI/other-ca.pem;
    ssl_verify_client optional;
    error_page 495 = @bad_certificate;
    location / { return 500; }
    location @bad_certificate { certguard content; certguard_pass @katello; proxy_pass http://pulp; }
    location @katello { proxy_pass http://pulp; }
--- more_headers
HostUUID: brought
--- error_code: 403
--- backend_requests: 0
--- logged
refused_by_server



=== TEST 32: nor to a registry's backend
--- client_certificate: proxy
--- config
    ssl_client_certificate $TEST_NGINX_PKI/other-ca.pem;
    ssl_verify_client optional;
    error_page 495 = @bad_certificate;
    location / { return 500; }
    location @bad_certificate { certguard registry; certguard_pass @katello; proxy_pass http://pulp; }
    location @katello { proxy_pass http://pulp; }
--- request
GET /v2/_catalog
--- more_headers
HostUUID: brought
--- error_code: 401
--- backend_requests: 0
--- logged
refused_by_server



=== TEST 33: a guard with names grants their certificates only
--- client_certificate: unlisted
--- config
    location / { certguard proxies; proxy_pass http://pulp; }
--- error_code: 403
--- backend_requests: 0
--- logged
name_not_listed: the certificate's CN is "proxy.example.com.evil.test", and the guard "proxies" is for certificates with a CN of its list "names" only



=== TEST 34: in either case
--- client_certificate: proxy
--- config
    location / { certguard proxies; proxy_pass http://pulp; }
--- error_code: 200



=== TEST 35: without underscores_in_headers nginx would drop what proxies say
--- http_config
    underscores_in_headers off;
--- config
    location / { certguard clients; }
--- must_die
--- error_log eval
qr/certguard: the policy's trusted_proxies needs "underscores_in_headers on" in server "localhost" in \S+nginx\.conf:\d+$/m



=== TEST 36: nor where another server's setting counts until the Host header has come
--- http_config
    server { listen unix:$TEST_NGINX_PKI/first.sock; server_name first; }
    server {
        listen unix:$TEST_NGINX_PKI/first.sock;
        server_name second;
        underscores_in_headers on;
        location / { certguard clients; proxy_pass http://pulp; }
    }
--- config
    underscores_in_headers on;
    location / { certguard clients; }
--- must_die
--- error_log eval
qr/certguard: the policy's trusted_proxies needs "underscores_in_headers on" in server "first" in \S+nginx\.conf:\d+, too: it is the default server where server "second" listens$/m



=== TEST 37: what a proxy's Apache would have overwritten is its client's word, if that made Apache drop its own
--- client_certificate: proxy
--- more_headers
X-RHSM-SSL-CLIENT-CERT: forged
--- backend_received_like: ^X-RHSM-SSL-CLIENT-CERT: \(null\)\r$
--- backend_received_unlike: forged



=== TEST 38: in no other spelling than Apache's either
--- client_certificate: proxy
--- more_headers
X_RHSM-SSL_CLIENT_CERT: forged
--- backend_received_like: ^X-RHSM-SSL-CLIENT-CERT: \(null\)\r$
--- backend_received_unlike: forged



=== TEST 39: whatever nginx does on the way, and whatever characters it allows
--- client_certificate: proxy
--- http_config
    underscores_in_headers on;
    ignore_invalid_headers off;
--- config
    location / { certguard clients; mirror /mirror; try_files /nowhere @backend; }
    location = /mirror { internal; proxy_pass http://pulp/mirror; }
    location @backend { proxy_pass http://pulp; }
--- more_headers
X_RHSM_SSL_CLIENT_CERT: of the client
SSL.CLIENT.VERIFY: forged
Remote~User: forged
--- request
GET /x
--- backend_received_like: ^GET /x [^\r]*\r\n(?:\S.*\r\n)*X-RHSM-SSL-CLIENT-CERT: of the client\r$
--- backend_received_unlike: forged
