# certguard NAME | off, and the errors of a configuration that can't mean what it says. (D1)

use lib 't/lib';
use CertGuard;
use Test::Nginx::Socket 'no_plan';

add_block_preprocessor(sub {
    my ($block) = @_;
    $block->set_value(policy => <<'EOP') if !defined $block->policy && !defined $block->no_policy;
version: 1
guards:
  content: { type: x509, ca: $TEST_NGINX_PKI/ca.pem }
  other: { type: x509, ca: $TEST_NGINX_PKI/other-ca.pem }
EOP
});

run_tests();

__DATA__

=== TEST 1: a guard is inherited by locations, and switched off in one
--- client_certificate: host
--- config
    certguard other;
    location / { proxy_pass http://pulp; }
    location /off/ { certguard off; proxy_pass http://pulp; }
    location /content/ {
        certguard content;
        proxy_pass http://pulp;
        location /content/open/ { certguard off; proxy_pass http://pulp; }
    }
--- request eval
["GET /", "GET /off/", "GET /content/", "GET /content/open/"]
--- error_code eval
[403, 200, 200, 200]



=== TEST 2: it can stand in http
--- client_certificate: host
--- http_config
    certguard other;
--- config
    location / { proxy_pass http://pulp; }
--- request
GET /
--- error_code: 403



=== TEST 3: an unknown guard is an error that names the known ones
--- config
    location / { certguard contents; }
--- must_die
--- error_log eval
qr/unknown guard "contents" in \S+nginx\.conf:\d+, the policy defines: content, other/



=== TEST 4: a guard without policy is an error
--- no_policy
--- config
    location / { certguard content; }
--- must_die
--- error_log
but no certguard_policy defines guards



=== TEST 5: a second certguard in one block is an error
--- config
    location / { certguard content; certguard off; }
--- must_die
--- error_log
"certguard" directive is duplicate



=== TEST 6: a second policy is an error
--- http_config
    certguard_policy other.yaml;
--- config
    location / { certguard content; }
--- must_die
--- error_log
"certguard_policy" directive is duplicate



=== TEST 7: a policy that does not exist is an error with its name
--- no_policy
--- http_config
    certguard_policy nowhere.yaml;
--- config
    location / { certguard content; }
--- must_die
--- error_log
nowhere.yaml



=== TEST 8: every error of a policy is shown, each with line, column and key
--- policy
version: 1
guards:
  content:
    type: x508
    ca: missing.pem
  second:
    type: rhsm
    colour: red
--- config
    location / { certguard content; }
--- must_die
--- error_log
policy.yaml:4:
guards.content.type
policy.yaml:8:
guards.second.colour



=== TEST 9: a CA file that is missing is an error
--- policy
version: 1
guards:
  content: { type: x509, ca: missing.pem }
--- config
    location / { certguard content; }
--- must_die
--- error_log
missing.pem



=== TEST 10: nothing is started for a module that is loaded and not used
--- no_policy
--- client_certificate: host
--- config
    location / { proxy_pass http://pulp; }
--- request
GET /
--- more_headers
X-CLIENT-CERT: of another proxy
--- backend_received_like: X-CLIENT-CERT: of another proxy



=== TEST 11: a guard where clients are never asked for a certificate is worth a warning
--- client_certificate: host
--- config
    ssl_verify_client off;
    location / { certguard content; proxy_pass http://pulp; }
--- request
GET /
--- error_code: 403
--- error_log eval
qr/\[warn\] .*server "localhost" in \S+nginx\.conf:\d+ has a guard, but never asks its clients for a certificate/



=== TEST 12: not where they are asked
--- client_certificate: host
--- config
    location / { certguard content; proxy_pass http://pulp; }
--- request
GET /
--- no_error_log
never asks its clients
