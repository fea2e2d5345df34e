# The x509 guard: a certificate of the guard's CA, within its dates and not revoked, opens
# everything; nothing else does. (G1, G2, G3)

use lib 't/lib';
use CertGuard;
use Test::Nginx::Socket 'no_plan';

CertGuard::Pki::certificate('server-only', '--eku', 'server');
CertGuard::Pki::ca('renewed-ca', 'certguard test CA');
CertGuard::Pki::certificate('of-renewed', '--ca', CertGuard::Pki::path('renewed-ca.pem'),
    '--ca-key', CertGuard::Pki::path('renewed-ca.key'));
CertGuard::Pki::ca('middle-ca', 'Middle CA', '--ca', CertGuard::Pki::path('ca.pem'),
    '--ca-key', CertGuard::Pki::path('ca.key'));
CertGuard::Pki::certificate('of-middle', '--ca', CertGuard::Pki::path('middle-ca.pem'),
    '--ca-key', CertGuard::Pki::path('middle-ca.key'));

add_block_preprocessor(sub {
    my ($block) = @_;
    $block->set_value(config => <<'EOC') if !defined $block->config;
    location / { certguard content; proxy_pass http://pulp; }
EOC
    $block->set_value(policy => <<'EOP') if !defined $block->policy;
version: 1
guards:
  content: { type: x509, ca: $TEST_NGINX_PKI/ca.pem, crl: $TEST_NGINX_PKI/crl.pem }
EOP
    $block->set_value(log_level => 'warn') if !defined $block->log_level;
});

run_tests();

__DATA__

=== TEST 1: a certificate of the guard's CA is granted (G2)
--- client_certificate: host
--- request
GET /pulp/content/any
--- backend_requests: 1
--- no_error_log
[warn]



=== TEST 2: an expired certificate is refused
--- client_certificate: expired
--- config
    error_page 495 = @late;
    location / { certguard content; proxy_pass http://pulp; }
    location @late { certguard content; proxy_pass http://pulp; }
--- request
GET /
--- error_code: 403
--- backend_requests: 0
--- error_log
: expired:



=== TEST 3: a certificate of another CA is refused
--- client_certificate: stranger
--- request
GET /
--- error_code: 403
--- backend_requests: 0
--- error_log
: untrusted_issuer:



=== TEST 4: a certificate that starts tomorrow is refused
--- client_certificate: not-yet-valid
--- config
    error_page 495 = @late;
    location / { certguard content; proxy_pass http://pulp; }
    location @late { certguard content; proxy_pass http://pulp; }
--- request
GET /
--- error_code: 403
--- backend_requests: 0
--- error_log
: not_yet_valid:



=== TEST 5: a revoked certificate is refused
--- client_certificate: revoked
--- request
GET /
--- error_code: 403
--- backend_requests: 0
--- error_log
: revoked:



=== TEST 6: a server's certificate is refused
--- client_certificate: server-only
--- config
    error_page 495 = @late;
    location / { certguard content; proxy_pass http://pulp; }
    location @late { certguard content; proxy_pass http://pulp; }
--- request
GET /
--- error_code: 403
--- backend_requests: 0
--- error_log
: wrong_purpose:



=== TEST 7: no certificate is refused
--- client_certificate: none
--- request
GET /
--- error_code: 403
--- backend_requests: 0
--- error_log
certguard: guard "content" refused "no certificate": no_certificate:



=== TEST 8: a plain HTTP request has no certificate
--- request
GET /
--- error_code: 403
--- backend_requests: 0
--- error_log
: no_certificate:



=== TEST 9: guards on different locations trust different CAs (G3)
--- client_certificate: stranger
--- policy
version: 1
guards:
  ours: { type: x509, ca: $TEST_NGINX_PKI/ca.pem }
  theirs: { type: x509, ca: $TEST_NGINX_PKI/other-ca.pem }
  both: { type: x509, ca: [$TEST_NGINX_PKI/ca.pem, $TEST_NGINX_PKI/other-ca.pem] }
--- config
    location /ours/ { certguard ours; proxy_pass http://pulp; }
    location /theirs/ { certguard theirs; proxy_pass http://pulp; }
    location /both/ { certguard both; proxy_pass http://pulp; }
--- connection: kept
--- request eval
["GET /ours/", "GET /theirs/", "GET /both/", "GET /ours/"]
--- error_code eval
[403, 200, 200, 403]
--- backend_requests: 2



=== TEST 10: a CA of the same name with another key does not count
--- client_certificate: of-renewed
--- request
GET /
--- error_code: 403
--- backend_requests: 0
--- error_log
: untrusted_issuer:



=== TEST 11: two CAs of the same name may be trusted side by side
--- client_certificate: of-renewed
--- policy
version: 1
guards:
  content: { type: x509, ca: [$TEST_NGINX_PKI/ca.pem, $TEST_NGINX_PKI/renewed-ca.pem] }
--- request
GET /
--- backend_requests: 1



=== TEST 12: an intermediate CA comes from the guard's bundle
--- client_certificate: of-middle
--- policy
version: 1
guards:
  content: { type: x509, ca: [$TEST_NGINX_PKI/ca.pem, $TEST_NGINX_PKI/middle-ca.pem] }
--- request
GET /
--- backend_requests: 1



=== TEST 13: without it the chain is not complete
--- client_certificate: of-middle
--- request
GET /
--- error_code: 403
--- error_log
: untrusted_issuer:



=== TEST 14: an intermediate CA alone is no anchor
--- client_certificate: of-middle
--- policy
version: 1
guards:
  content: { type: x509, ca: $TEST_NGINX_PKI/middle-ca.pem }
--- must_die
--- error_log
middle-ca.pem



=== TEST 15: with ssl_verify_client on the guard decides just the same
--- client_certificate: host
--- config
    ssl_client_certificate $TEST_NGINX_PKI/ca.pem;
    ssl_verify_client on;
    location / { certguard content; proxy_pass http://pulp; }
--- request
GET /
--- backend_requests: 1



=== TEST 16: with ssl_verify_client optional as well, and no certificate is the guard's to refuse
--- client_certificate: none
--- config
    ssl_client_certificate $TEST_NGINX_PKI/ca.pem;
    ssl_verify_client optional;
    location / { certguard content; proxy_pass http://pulp; }
--- request
GET /
--- error_code: 403
--- error_log
: no_certificate:



=== TEST 17: over HTTP/2 all is the same: granted
--- client_certificate: host
--- http_version: 2
--- request
GET /pulp/content/any
--- backend_requests: 1



=== TEST 18: over HTTP/2 all is the same: refused
--- client_certificate: stranger
--- http_version: 2
--- request
GET /pulp/content/any
--- error_code: 403
--- backend_requests: 0
