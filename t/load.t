# The module loads into this machine's nginx, and a TLS request passes through to the backend. (D1, D2)

use lib 't/lib';
use CertGuard;
use Test::Nginx::Socket 'no_plan';

run_tests();

__DATA__

=== TEST 1: a request with a client certificate reaches the backend
--- config
    location /pulp/content/ {
        proxy_pass http://pulp;
        proxy_set_header X-Verified-By-Nginx $ssl_client_s_dn;
    }
--- client_certificate: host
--- request
GET /pulp/content/ACME/x
--- more_headers
X-Twice: one
X-Twice: two
--- backend_requests: 1
--- backend_received_like
^GET /pulp/content/ACME/x HTTP/1\.[01]\r$
--- backend_received_unlike: X-CLIENT-CERT
--- response_body_like chop
X-Twice: one\r
X-Twice: two\r
--- no_error_log
[error]



=== TEST 2: so does one without a certificate
--- config
    location / {
        proxy_pass http://pulp;
        proxy_set_header X-Verify $ssl_client_verify;
    }
--- client_certificate: none
--- request
HEAD /x?status=404
--- error_code: 404
--- backend_received_like: X-Verify: NONE



=== TEST 3: a kept connection carries several requests
--- config
    location / { proxy_pass http://pulp; proxy_set_header X-Requests $connection_requests; }
--- client_certificate: host
--- connection: kept
--- request eval
["GET /1", "POST /2\nbody", "GET /3"]
--- error_code eval
[200, 200, 200]
--- response_body_like eval
[qr/X-Requests: 1/, qr/X-Requests: 2\r\n.*body/s, qr/X-Requests: 3/]



=== TEST 4: a TLS session can be resumed
--- config
    location / { proxy_pass http://pulp; proxy_set_header X-Reused "$ssl_session_reused,$ssl_client_verify"; }
--- client_certificate: host
--- connection: resumed
--- request eval
["GET /1", "GET /2"]
--- error_code eval
[200, 200]
--- response_body_like eval
[qr/X-Reused: \.,/, qr/X-Reused: r,/]



=== TEST 5: HTTP/2 is spoken
--- config
    location / { proxy_pass http://pulp; proxy_set_header X-Protocol $server_protocol; }
--- client_certificate: host
--- http_version: 2
--- request
POST /a/../b%2fc?d
--- more_headers
X-Some: thing
--- response_body_like: X-Protocol: HTTP/2\.0
--- backend_received_like: X-Some: thing



=== TEST 6: an unknown directive of the module's name is an error at start
--- config
    certguard_no_such_directive on;
--- must_die
--- error_log
unknown directive "certguard_no_such_directive"
