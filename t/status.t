# certguard_status: what was decided and why, how the lookups fare, what the zone holds.

use lib 't/lib';
use CertGuard;
use Test::Nginx::Socket 'no_plan';

our $hosts = <<'EOH';
>>> hosts.yaml
version: 1
organizations:
  ACME:
    hosts: { 5f1a0c7e-3b52-4d0e-9a66-2f7f6f1d7c11: [Dev/web] }
    environments: { Dev/web: [acme/dev/web/prod/nginx] }
EOH

add_block_preprocessor(sub {
    my ($block) = @_;
    $block->set_value(user_files => $hosts);
    $block->set_value(client_certificate => 'identity') if !defined $block->client_certificate;
    $block->set_value(policy => <<'EOP') if !defined $block->policy;
version: 1
lookups:
  site: { source: file, file: hosts.yaml }
guards:
  registry: { type: host, ca: $TEST_NGINX_PKI/ca.pem, serves: registry, lookup: site }
  content: { type: x509, ca: $TEST_NGINX_PKI/ca.pem, crl: $TEST_NGINX_PKI/crl.pem }
EOP
    $block->set_value(config => <<'EOC') if !defined $block->config;
    location /v2/ { certguard registry; proxy_pass http://pulp; }
    location /content/ { certguard content; proxy_pass http://pulp; }
    location /watched/ { certguard content; certguard_mode audit; proxy_pass http://pulp; }
    location = /status { certguard_status; }
EOC
});

run_tests();

__DATA__

=== TEST 1: every decision is counted by guard, decision and reason
--- request eval
["GET /v2/acme/dev/web/prod/nginx/tags/list", "GET /v2/acme/dev/web/prod/nginx/tags/list", "GET /v2/other/tags/list",
    "GET /content/x", "GET /content/%2Fx", "GET /watched/%2Fx", "GET /status"]
--- error_code eval
[200, 200, 403, 200, 400, 200, 200]
--- response_body_like eval
my $decision = sub { sprintf '\{"guard":"%s","decision":"%s","reason":"%s","count":%d\}', @_ };
my $decisions = CORE::join ',', $decision->('registry', 'granted', 'ok', 2),
    $decision->('registry', 'denied', 'not_in_environment', 1), $decision->('content', 'granted', 'ok', 1),
    $decision->('content', 'denied', 'bad_request_path', 1),
    $decision->('content', 'audit_denied', 'bad_request_path', 1);
[(qr//) x 6, qr/"decisions":\[$decisions\]/]



=== TEST 2: the lookup's requests, answers and state
--- request eval
["GET /v2/acme/dev/web/prod/nginx/tags/list", "GET /v2/acme/dev/web/prod/nginx/tags/list", "GET /status"]
--- error_code: 200
--- response_body_like eval
[qr//, qr//, qr/"lookup":"site","source":"file","circuit":"closed","retry_after_ms":0,"failures_in_a_row":0,"requests":\{"none":0,"hit":1,"stale":0,"miss":1,"joined":0\},"answers":\{"found":[1-9]/]



=== TEST 3: what the zone holds, and the CAs and CRLs
--- request eval
["GET /v2/acme/dev/web/prod/nginx/tags/list", "GET /status"]
--- error_code: 200
--- response_body_like eval
[qr//, qr/"trust":\[\{"guard":"registry","generation":1,"age_seconds":\d+,"failing":false,"ca_expires_in_seconds":\d+,"crl_expires_in_seconds":null\},\{"guard":"content",.*"crl_expires_in_seconds":\d+\}\],"client_certificate_expires_in_seconds":\d+.*"waiting_requests":0,.*"cache":\{"hosts":1,"environments":\d,"lookups":1,"zone_bytes":\d+,"used_bytes":\d+,"free_bytes":\d+,/]



=== TEST 4: the same for Prometheus
--- request eval
["GET /v2/acme/dev/web/prod/nginx/tags/list", "GET /v2/other/tags/list", "GET /status?format=prometheus"]
--- error_code eval
[200, 403, 200]
--- response_headers eval
["", "", "Content-Type: text/plain; version=0.0.4; charset=utf-8"]
--- response_body_like eval
[qr//, qr//, qr/(?s)^# HELP certguard_info.*
certguard_decisions_total\{guard="registry",decision="granted",reason="ok"\} 1
certguard_decisions_total\{guard="registry",decision="denied",reason="not_in_environment"\} 1
.*
certguard_lookup_requests_total\{lookup="site",cache="miss"\} 1
.*
certguard_lookup_answer_seconds_bucket\{lookup="site",le="\+Inf"\} [1-9]/]



=== TEST 5: HEAD has no body, other methods are not allowed
--- request eval
["HEAD /status", "POST /status"]
--- error_code eval
[200, 405]
--- response_body_like eval
[qr/^$/, qr/405/]



=== TEST 6: without lookups there is no cache to show
--- client_certificate: none
--- policy
version: 1
guards:
  content: { type: x509, ca: $TEST_NGINX_PKI/ca.pem }
--- config
    location / { certguard content; proxy_pass http://pulp; }
    location = /status { certguard_status; }
--- request eval
["GET /", "GET /status"]
--- error_code eval
[403, 200]
--- response_body_like eval
[qr//, qr/"decision":"denied","reason":"no_certificate","count":1.*"lookups":\[\].*"cache":null/]



=== TEST 7: without guards the status is empty
--- client_certificate: none
--- config
    location = /status { certguard_status; }
--- request
GET /status
--- error_code: 200
--- response_body_like: ^\{"version":"[0-9.]+","decisions":\[\],"trust":\[\]
--- policy
version: 1
guards:
  content: { type: x509, ca: $TEST_NGINX_PKI/ca.pem }
