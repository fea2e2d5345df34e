# The $certguard_* variables on every outcome.

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
    $block->set_value(http_config => <<'EOC' . ($block->http_config // ''));
    log_format decisions 'decision=$certguard_decision reason=$certguard_reason guard=$certguard_guard host=$certguard_host org=$certguard_org status=$status';
    map $certguard_decision $mapped { default "mapped-$certguard_reason"; }
EOC
    $block->set_value(config => "    access_log logs/error.log decisions;\n" . $block->config);
});

run_tests();

__DATA__

=== TEST 1: granted
--- client_certificate: host
--- config
    location / {
        certguard content;
        proxy_pass http://pulp;
        proxy_set_header X-Decision $certguard_decision;
        proxy_set_header X-Mapped $mapped;
        proxy_set_header X-Host $certguard_host;
        proxy_set_header X-Org $certguard_org;
    }
--- request
GET /
--- response_body_like: X-Decision: granted\r\nX-Mapped: mapped-ok\r\nX-Host: 5f1a0c7e-3b52-4d0e-9a66-2f7f6f1d7c11\r\nX-Org: ACME\r\n
--- error_log
decision=granted reason=ok guard=content host=5f1a0c7e-3b52-4d0e-9a66-2f7f6f1d7c11 org=ACME status=200



=== TEST 2: denied, and nothing that an unverified certificate says is believed
--- client_certificate: stranger
--- config
    location / { certguard content; proxy_pass http://pulp; }
--- request
GET /
--- error_code: 403
--- error_log
decision=denied reason=untrusted_issuer guard=content host=- org=- status=403



=== TEST 3: passed
--- client_certificate: none
--- config
    location / { certguard content; certguard_pass @users; proxy_pass http://pulp; }
    location @users { proxy_pass http://pulp; }
--- request
GET /
--- error_code: 200
--- error_log
decision=passed reason=no_certificate guard=content host=- org=- status=200



=== TEST 4: audit_denied
--- client_certificate: stranger
--- config
    location / { certguard content; certguard_mode audit; proxy_pass http://pulp; }
--- request
GET /
--- error_code: 200
--- error_log
decision=audit_denied reason=untrusted_issuer guard=content host=- org=- status=200



=== TEST 5: off where no guard has looked
--- client_certificate: host
--- config
    location / { proxy_pass http://pulp; }
--- request
GET /
--- error_code: 200
--- error_log
decision=off reason=off guard=- host=- org=- status=200



=== TEST 6: they survive the internal redirect of an error page
--- client_certificate: stranger
--- config
    location / { certguard content; error_page 403 /refused; proxy_pass http://pulp; }
    location = /refused { return 200 "$certguard_decision $certguard_reason\n"; }
--- request
GET /
--- error_code: 403
--- response_body_like: denied untrusted_issuer
--- error_log
decision=denied reason=untrusted_issuer



=== TEST 7: before the access phase they say off, and are not cached
--- client_certificate: host
--- config
    set $early "$certguard_decision,$certguard_client_pem";
    location / {
        certguard content;
        proxy_pass http://pulp;
        proxy_set_header X-Early $early;
        proxy_set_header X-Late $certguard_decision;
    }
--- request
GET /
--- response_body_like: X-Early: off,\(null\)\r\nX-Late: granted\r\n



=== TEST 8: the certificate in both spellings
--- client_certificate: host
--- config
    location / {
        certguard content;
        proxy_pass http://pulp;
        proxy_set_header X-Same "$certguard_client_cert|$ssl_client_escaped_cert";
        proxy_set_header X-Pem $certguard_client_pem;
    }
--- request
GET /
--- response_body_like eval
qr/X-Same: (-----BEGIN%20CERTIFICATE-----%0A[^|]+)\|\1\r\nX-Pem: -----BEGIN CERTIFICATE----- [A-Za-z0-9+\/= ]+ -----END CERTIFICATE-----\r\n/



=== TEST 9: an identity that was not granted is (null) and empty
--- client_certificate: stranger
--- config
    location / {
        certguard content;
        certguard_mode audit;
        proxy_pass http://pulp;
        proxy_set_header X-Cert "[$certguard_client_cert]";
        proxy_set_header X-Pem $certguard_client_pem;
    }
--- request
GET /
--- response_body_like: X-Cert: \[\]\r\nX-Pem: \(null\)\r\n
--- backend_received_unlike: BEGIN
