# certguard_pass and certguard_mode: where requests go that are not the certificate's to decide, and
# a rollout that refuses nothing. (C8)

use lib 't/lib';
use CertGuard;
use Test::Nginx::Socket 'no_plan';

add_block_preprocessor(sub {
    my ($block) = @_;
    $block->set_value(log_level => 'warn') if !defined $block->log_level;
    $block->set_value(policy => <<'EOP') if !defined $block->policy;
version: 1
guards:
  content: { type: x509, ca: $TEST_NGINX_PKI/ca.pem }
EOP
});

run_tests();

__DATA__

=== TEST 1: without certificate the request goes where certguard_pass says, as it was
--- client_certificate: none
--- config
    location / { certguard content; certguard_pass @users; proxy_pass http://pulp; }
    location @users { proxy_pass http://pulp; proxy_set_header X-Where users; }
--- request
POST /a%20b/c?d=e
body
--- response_body_like: (?s)^POST /a%20b/c\?d=e .*X-Where: users.*body
--- backend_received_unlike: X-CLIENT-CERT
--- no_error_log
[warn]



=== TEST 2: a good certificate does not go there
--- client_certificate: host
--- config
    location / { certguard content; certguard_pass @users; proxy_pass http://pulp; }
    location @users { return 418; }
--- request
GET /
--- backend_requests: 1



=== TEST 3: a bad one does not either
--- client_certificate: stranger
--- config
    location / { certguard content; certguard_pass @users; proxy_pass http://pulp; }
    location @users { return 418; }
--- request
GET /
--- error_code: 403
--- backend_requests: 0



=== TEST 4: the location it goes to is not guarded a second time
--- client_certificate: none
--- config
    certguard content;
    certguard_pass @users;
    location / { proxy_pass http://pulp; }
    location @users { proxy_pass http://pulp; }
--- request
GET /
--- backend_requests: 1



=== TEST 5: but where it is redirected from there, it is
--- client_certificate: none
--- config
    location / { certguard content; certguard_pass @users; proxy_pass http://pulp; }
    location /secret/ { certguard content; proxy_pass http://pulp; }
    location @users { error_page 418 = /secret/; return 418; }
--- request
GET /
--- error_code: 403
--- backend_requests: 0



=== TEST 6: a name without @ is refused
--- config
    location / { certguard content; certguard_pass users; }
--- must_die
--- error_log
certguard_pass expects a named location (@NAME), found "users"



=== TEST 7: a named location that does not exist is refused at start
--- config
    location / { certguard content; certguard_pass @nowhere; }
    location @users { return 200; }
--- must_die
--- error_log
has no such named location



=== TEST 8: audit refuses nothing and says what it would have refused
--- client_certificate: stranger
--- config
    location / { certguard content; certguard_mode audit; proxy_pass http://pulp; }
--- request
GET /
--- backend_requests: 1
--- backend_received_unlike: X-CLIENT-CERT
--- error_log
certguard: guard "content" would refuse
: untrusted_issuer:



=== TEST 9: in audit mode a would-be refusal goes to certguard_pass where there is one
--- client_certificate: stranger
--- config
    location / { certguard content; certguard_mode audit; certguard_pass @users; proxy_pass http://pulp; }
    location @users { proxy_pass http://pulp; proxy_set_header X-Where users; }
--- request
GET /
--- response_body_like: X-Where: users
--- backend_received_unlike: X-CLIENT-CERT



=== TEST 10: in audit mode a bad path is not refused either
--- client_certificate: host
--- config
    location / { certguard content; certguard_mode audit; proxy_pass http://pulp; }
--- request
GET /a%2Fb
--- backend_received_like: GET /a%2Fb
--- error_log
: bad_request_path:



=== TEST 11: in audit mode a grant is a grant
--- client_certificate: host
--- config
    location / { certguard content; certguard_mode audit; proxy_pass http://pulp; }
--- request
GET /
--- backend_received_like: X-CLIENT-CERT: -----BEGIN%20



=== TEST 12: no word but enforce and audit is a mode
--- config
    location / { certguard content; certguard_mode on; }
--- must_die
--- error_log
invalid value "on"



=== TEST 13: the location's other rules come first
--- client_certificate: none
--- config
    location / { deny all; certguard content; certguard_pass @users; proxy_pass http://pulp; }
    location @users { proxy_pass http://pulp; }
--- request
GET /
--- error_code: 403
--- backend_requests: 0



=== TEST 14: an if block or limit_except in the location it goes to changes nothing
--- client_certificate: none
--- config
    certguard content;
    certguard_pass @users;
    location / { proxy_pass http://pulp; }
    location @users {
        if ($request_method = GET) { set $method get; }
        limit_except GET { allow all; }
        proxy_pass http://pulp;
    }
--- request eval
["GET /", "POST /"]
--- error_code eval
[200, 200]
--- backend_requests: 2



=== TEST 15: once refused elsewhere, the request does not come back unguarded
--- client_certificate: none
--- config
    certguard content;
    location / { certguard_pass @users; proxy_pass http://pulp; }
    location /other/ { error_page 403 = @users; proxy_pass http://pulp; }
    location @users {
        recursive_error_pages on;
        error_page 404 = /other/;
        proxy_intercept_errors on;
        proxy_pass http://pulp;
    }
--- request
GET /x?status=404
--- error_code: 403
--- backend_requests: 1



=== TEST 16: what another rule has refused is not passed on from the page of that error
--- client_certificate: none
--- config
    location / {
        deny all;
        error_page 403 = /refused;
        certguard content;
        certguard_pass @users;
        proxy_pass http://pulp;
    }
    location = /refused { return 403 refused; }
    location /named/ {
        deny all;
        error_page 403 = @refused;
        certguard content;
        certguard_pass @users;
        proxy_pass http://pulp;
    }
    location @refused { proxy_pass http://pulp; }
    location @users { proxy_pass http://pulp; proxy_set_header X-Where users; }
--- request eval
["GET /", "GET /named/"]
--- error_code eval
[403, 200]
--- backend_requests: 1
--- backend_received_unlike: X-Where: users



=== TEST 17: a named location with a guard of its own is no place to pass requests to
--- policy
version: 1
guards:
  content: { type: x509, ca: $TEST_NGINX_PKI/ca.pem }
  other: { type: x509, ca: $TEST_NGINX_PKI/other-ca.pem }
--- config
    location / { certguard content; certguard_pass @users; proxy_pass http://pulp; }
    location @users { certguard other; proxy_pass http://pulp; }
--- must_die
--- error_log
what is passed is not guarded a second time: the guard "other" in
