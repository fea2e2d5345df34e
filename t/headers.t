# Identity headers: no client can send one, in whatever spelling and on whatever way into a location;
# a granted request carries the verified certificate, and only there. (G1)

use lib 't/lib';
use CertGuard;
use Test::Nginx::Socket 'no_plan';

add_block_preprocessor(sub {
    my ($block) = @_;
    $block->set_value(policy => <<'EOP') if !defined $block->policy;
version: 1
guards:
  content: { type: x509, ca: $TEST_NGINX_PKI/ca.pem }
EOP
});

run_tests();

__DATA__

=== TEST 1: X-CLIENT-CERT is byte for byte what nginx's own variable gives (G1)
--- client_certificate: host
--- config
    location / {
        certguard content;
        proxy_pass http://pulp;
        proxy_set_header X-Expected $ssl_client_escaped_cert;
    }
--- request
GET /
--- backend_received_like eval
qr/^X-Expected: (-----BEGIN%20CERTIFICATE-----%0A\S+)\r\n(?:.*\r\n)*X-CLIENT-CERT: \1\r$/m



=== TEST 2: a forged header of every spelling is gone, the verified one is there once
--- client_certificate: host
--- config
    underscores_in_headers on;
    location / { certguard content; proxy_pass http://pulp; }
--- request
GET /
--- more_headers
X-CLIENT-CERT: forged
x-client-cert: forged
X_CLIENT_CERT: forged
X-Client_Cert: forged
X-RHSM-SSL-CLIENT-CERT: forged
SSL-CLIENT-CERT: forged
SSL_CLIENT_VERIFY: forged
Ssl-Client-Whatever: forged
HostUUID: forged
hostuuid: forged
REMOTE-USER: forged
REMOTE_USER: forged
X-Harmless: harmless
--- backend_received_unlike: forged
--- response_body_like: X-Harmless: harmless



=== TEST 3: underscores do not help where nginx lets every name through
--- client_certificate: host
--- config
    ignore_invalid_headers off;
    location / { certguard content; proxy_pass http://pulp; }
--- request
GET /
--- more_headers
X_CLIENT_CERT: forged
X.CLIENT.CERT: forged
--- backend_received_unlike: forged



=== TEST 4: a location without guard in the same server gets no forged header either
--- client_certificate: none
--- config
    location /guarded/ { certguard content; proxy_pass http://pulp; }
    location / { proxy_pass http://pulp; }
--- request
GET /open
--- more_headers
X-CLIENT-CERT: forged
--- backend_received_unlike: forged



=== TEST 5: where certguard is off in one location it still protects the header
--- client_certificate: none
--- config
    certguard content;
    location / { certguard off; proxy_pass http://pulp; }
--- request
GET /open
--- more_headers
X-CLIENT-CERT: forged
--- backend_received_unlike: forged



=== TEST 6: a server without any guard is left alone
--- client_certificate: none
--- config
    location / { proxy_pass http://pulp; }
--- request
GET /open
--- more_headers
X-CLIENT-CERT: of another proxy
--- backend_received_like: X-CLIENT-CERT: of another proxy



=== TEST 7: the rewrite phase never sees a forged header
--- client_certificate: host
--- config
    if ($http_x_client_cert) { return 418; }
    location / {
        if ($http_hostuuid) { return 418; }
        certguard content;
        proxy_pass http://pulp;
        proxy_set_header X-Seen "[$http_x_client_cert]";
    }
--- request
GET /
--- more_headers
X-CLIENT-CERT: forged
HostUUID: forged
--- error_code: 200



=== TEST 8: nginx's own 495 answer, made a location by error_page, brings no forged header
--- client_certificate: expired
--- config
    ssl_client_certificate $TEST_NGINX_PKI/ca.pem;
    ssl_verify_client optional;
    error_page 495 = @bad_certificate;
    location / { certguard content; proxy_pass http://pulp; }
    location @bad_certificate {
        if ($http_x_client_cert) { return 418; }
        proxy_pass http://pulp;
    }
--- request
GET /
--- more_headers
X-CLIENT-CERT: forged
X-Harmless: harmless
--- error_code: 200
--- backend_received_unlike: forged
--- response_body_like: X-Harmless: harmless



=== TEST 9: nor does it as a path
--- client_certificate: expired
--- config
    ssl_client_certificate $TEST_NGINX_PKI/ca.pem;
    ssl_verify_client optional;
    error_page 495 = /bad-certificate;
    location / { certguard content; proxy_pass http://pulp; }
    location = /bad-certificate { proxy_pass http://pulp; }
--- request
GET /
--- more_headers
X-CLIENT-CERT: forged
--- error_code: 200
--- backend_received_unlike: forged



=== TEST 10: nor do 496 and 497
--- client_certificate: none
--- config
    ssl_client_certificate $TEST_NGINX_PKI/ca.pem;
    ssl_verify_client on;
    error_page 496 = @no_certificate;
    location / { certguard content; proxy_pass http://pulp; }
    location @no_certificate { proxy_pass http://pulp; }
--- request
GET /
--- more_headers
X-CLIENT-CERT: forged
--- error_code: 200
--- backend_received_unlike: forged



=== TEST 11: a grant's header does not follow the request into another location
--- client_certificate: host
--- config
    location / {
        certguard content;
        proxy_intercept_errors on;
        error_page 404 = @elsewhere;
        proxy_pass http://pulp;
    }
    location @elsewhere {
        certguard off;
        rewrite ^ /second? break;
        proxy_pass http://pulp;
    }
--- request
GET /first?status=404
--- backend_requests: 2
--- backend_received_like: (?s)^GET /first.*X-CLIENT-CERT.*^GET /second
--- backend_received_unlike eval
qr/^GET \/second.*X-CLIENT-CERT/ms



=== TEST 12: the policy adds headers of its own to the list
--- client_certificate: host
--- policy
version: 1
strip_headers: [X-Remote-Admin, "X-Id-*"]
guards:
  content: { type: x509, ca: $TEST_NGINX_PKI/ca.pem }
--- config
    location / { certguard content; proxy_pass http://pulp; }
--- request
GET /
--- more_headers
x-remote_admin: forged
X-Id-Token: forged
X-Idle: harmless
--- backend_received_unlike: forged
--- response_body_like: X-Idle: harmless



=== TEST 13: forward_header names another header
--- client_certificate: host
--- policy
version: 1
guards:
  content: { type: x509, ca: $TEST_NGINX_PKI/ca.pem, forward_header: X-Verified-Cert }
--- config
    location / { certguard content; proxy_pass http://pulp; }
--- request
GET /
--- more_headers
X-Verified-Cert: forged
X-Client-Cert: forged
--- backend_received_like: ^X-Verified-Cert: -----BEGIN%20CERTIFICATE
--- backend_received_unlike: forged



=== TEST 14: forward_header none forwards nothing
--- client_certificate: host
--- policy
version: 1
guards:
  content: { type: x509, ca: $TEST_NGINX_PKI/ca.pem, forward_header: none }
--- config
    location / { certguard content; proxy_pass http://pulp; }
--- request
GET /
--- backend_received_unlike: (?i)x-client-cert



=== TEST 15: a hundred headers with forged ones among them arrive whole
--- client_certificate: host
--- config
    location / { certguard content; proxy_pass http://pulp; }
--- request
GET /
--- more_headers eval
CORE::join "\n", map { ("X-Number-$_: $_", $_ % 3 ? () : "X-Client-Cert: forged") } 1 .. 60
--- backend_received_unlike: forged
--- response_body_like eval
CORE::join ".*", map {"X-Number-$_: $_\r\n"} 1 .. 60



=== TEST 16: nothing but forged headers
--- client_certificate: host
--- config
    location / { certguard content; proxy_pass http://pulp; }
--- raw_request eval
"GET / HTTP/1.0\r\n" . "X-Client-Cert: forged\r\n" x 45 . "\r\n"
--- backend_received_unlike: forged



=== TEST 17: over HTTP/2 too
--- client_certificate: host
--- http_version: 2
--- config
    location / { certguard content; proxy_pass http://pulp; }
--- request
GET /
--- more_headers
X-CLIENT-CERT: forged
hostuuid: forged
--- backend_received_unlike: forged
--- response_body_like: X-CLIENT-CERT: -----BEGIN%20CERTIFICATE



=== TEST 18: a passed request carries no identity
--- client_certificate: none
--- config
    location / { certguard content; certguard_pass @users; proxy_pass http://pulp; }
    location @users { proxy_pass http://pulp; }
--- request
GET /
--- more_headers
X-CLIENT-CERT: forged
Authorization: Basic dXNlcjpwdw==
--- backend_received_unlike: forged
--- response_body_like: Authorization: Basic dXNlcjpwdw==



=== TEST 19: HTTP/0.9 has no headers, and a grant adds the verified one all the same
--- client_certificate: host
--- config
    location / { certguard content; proxy_pass http://pulp; }
--- raw_request eval
"GET /x\r\n"
--- http09
--- response_body_like: X-CLIENT-CERT: -----BEGIN%20CERTIFICATE
