# certguard among nginx's other access modules, and on requests that move between locations.

use lib 't/lib';
use CertGuard;
use Test::Nginx::Socket 'no_plan';

add_block_preprocessor(sub {
    my ($block) = @_;
    $block->set_value(policy => <<'EOP') if !defined $block->policy;
version: 1
guards:
  content: { type: x509, ca: $TEST_NGINX_PKI/ca.pem }
  other: { type: x509, ca: $TEST_NGINX_PKI/other-ca.pem }
EOP
    $block->set_value(user_files => ">>> htpasswd\nuser:{PLAIN}pw\n");
});

run_tests();

__DATA__

=== TEST 1: satisfy any: the certificate is enough
--- client_certificate: host
--- config
    location / {
        satisfy any;
        certguard content;
        auth_basic users;
        auth_basic_user_file $TEST_NGINX_SERVER_ROOT/html/htpasswd;
        proxy_pass http://pulp;
    }
--- request
GET /
--- backend_received_like: X-CLIENT-CERT



=== TEST 2: satisfy any: the password is enough, and brings no identity
--- client_certificate: stranger
--- config
    location / {
        satisfy any;
        certguard content;
        auth_basic users;
        auth_basic_user_file $TEST_NGINX_SERVER_ROOT/html/htpasswd;
        proxy_pass http://pulp;
    }
--- request
GET /
--- more_headers
Authorization: Basic dXNlcjpwdw==
--- backend_requests: 1
--- backend_received_unlike: X-CLIENT-CERT



=== TEST 3: satisfy any: neither is refused
--- client_certificate: none
--- config
    location / {
        satisfy any;
        certguard content;
        auth_basic users;
        auth_basic_user_file $TEST_NGINX_SERVER_ROOT/html/htpasswd;
        proxy_pass http://pulp;
    }
--- request
GET /
--- error_code: 401
--- backend_requests: 0



=== TEST 4: satisfy all: both are needed
--- client_certificate: host
--- config
    location / {
        certguard content;
        auth_basic users;
        auth_basic_user_file $TEST_NGINX_SERVER_ROOT/html/htpasswd;
        proxy_pass http://pulp;
    }
--- request
GET /
--- error_code: 401
--- backend_requests: 0



=== TEST 5: satisfy any with allow all admits a refused request, without any identity
--- client_certificate: none
--- config
    location / {
        satisfy any;
        certguard content;
        allow all;
        auth_basic users;
        auth_basic_user_file $TEST_NGINX_SERVER_ROOT/html/htpasswd;
        proxy_pass http://pulp;
    }
--- request
GET /
--- more_headers
X-CLIENT-CERT: forged
--- backend_requests: 1
--- backend_received_unlike: forged



=== TEST 6: error_page works on a refusal
--- client_certificate: stranger
--- config
    error_page 403 /refused;
    location / { certguard content; proxy_pass http://pulp; }
    location = /refused { certguard off; return 403 "because: $certguard_reason\n"; }
--- request
GET /
--- error_code: 403
--- response_body
because: untrusted_issuer
--- backend_requests: 0



=== TEST 7: an error page that is guarded itself ends in nginx's own
--- client_certificate: stranger
--- config
    certguard content;
    error_page 403 /refused;
    location / { proxy_pass http://pulp; }
--- request
GET /
--- error_code: 403
--- response_body_like: 403 Forbidden
--- backend_requests: 0



=== TEST 8: an internal redirect is decided by the guard of where it goes
--- client_certificate: host
--- config
    location /a/ { certguard content; proxy_pass http://pulp; proxy_intercept_errors on; error_page 404 = /b/; }
    location /b/ { certguard other; proxy_pass http://pulp; }
--- request
GET /a/?status=404
--- error_code: 403
--- backend_requests: 1



=== TEST 9: X-Accel-Redirect too
--- client_certificate: host
--- config
    location /a/ { certguard content; proxy_pass http://accel; }
    location /b/ { certguard other; internal; proxy_pass http://pulp; }
    location /c/ { certguard content; internal; proxy_pass http://pulp; }
--- http_config
    upstream accel { server unix:$TEST_NGINX_SERVER_ROOT/accel.sock; }
    server {
        listen unix:$TEST_NGINX_SERVER_ROOT/accel.sock;
        location /a/b { add_header X-Accel-Redirect /b/; return 200; }
        location /a/c { add_header X-Accel-Redirect /c/; return 200; }
    }
--- request eval
["GET /a/b", "GET /a/c"]
--- error_code eval
[403, 200]
--- backend_requests: 1
--- backend_received_like: (?s)^GET /c/.*X-CLIENT-CERT



=== TEST 10: try_files and index decide again, and carry the header once
--- client_certificate: host
--- config
    location / { certguard content; try_files $uri/nothing @backend; }
    location @backend { certguard content; proxy_pass http://pulp; }
--- request
GET /x
--- backend_requests: 1
--- backend_received_unlike: (?s)X-CLIENT-CERT.*X-CLIENT-CERT
--- response_body_like: X-CLIENT-CERT



=== TEST 11: a subrequest is the main request's business
--- client_certificate: host
--- config
    location / { certguard content; auth_request /check; proxy_pass http://pulp; }
    location = /check { certguard other; internal; proxy_pass http://pulp; proxy_pass_request_body off; }
--- request
GET /x
--- backend_requests: 2



=== TEST 12: no subrequest of a refused request is made
--- client_certificate: stranger
--- config
    location / { certguard content; auth_request /check; mirror /check; proxy_pass http://pulp; }
    location = /check { internal; proxy_pass http://pulp; }
--- request
GET /x
--- error_code: 403
--- backend_requests: 0
