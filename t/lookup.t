# What a host may have is asked of Katello: what each source asks, and what becomes of each kind of
# answer. Hosts and certificates: CertGuard::Katello. (C9, D3)

use lib 't/lib';
use CertGuard;
use CertGuard::Lookup;
use Test::Nginx::Socket 'no_plan';
use Time::HiRes ();

CertGuard::Pki::certificate('moved', '--org', 'OTHER');
CertGuard::Pki::certificate('sca', '--sca', '--v3-path', '/ACME/Dev/web', '--v3-path', '/ACME/Library');
CertGuard::Pki::certificate('proxy', '--cn', 'proxy.example.com');
$ENV{TEST_NGINX_WRONG_TOKEN_FILE} = CertGuard::Katello::secret_file('wrong.token', 'not-the-token');

our $seen = 'X-Seen "$certguard_decision|$certguard_reason|$certguard_environments|$certguard_cache|$certguard_lookup_time"';
our $foreman =
    'source: foreman, url: $TEST_NGINX_KATELLO, user: certguard, password_file: $TEST_NGINX_TOKEN_FILE';

# The lookup "katello" is the block's --- lookup; the guard "content" serves content, "registry" a registry.
add_block_preprocessor(sub {
    my ($block) = @_;
    $block->set_value(log_level => 'notice') if !defined $block->log_level;
    $block->set_value(client_certificate => 'identity') if !defined $block->client_certificate;
    my $lookup = $block->lookup // $foreman;
    chomp $lookup;
    $lookup .= ', connect_timeout: 30s, timeout: 30s' if $lookup =~ /url:/;    # the double takes its turn like others
    my $serves = $block->guard // 'type: host, serves: registry, lookup: katello';
    chomp $serves;
    $block->set_value(policy => <<"EOP") if !defined $block->policy;
version: 1
lookups:
  katello: { $lookup }
guards:
  guard: { ca: \$TEST_NGINX_PKI/ca.pem, $serves }
EOP
    $block->set_value(config => <<"EOC") if !defined $block->config;
    certguard guard;
    add_header $seen always;
    location / { proxy_pass http://pulp; }
EOC
});

# What happens before a request of a block, by its index.
sub before {
    my (%what) = @_;
    return sub { ($what{$_[0]} // sub { })->() };
}

run_tests();

__DATA__

=== TEST 1: Foreman is asked once about a host, its environments and the public names
--- request eval
["GET /v2/acme/dev/web/prod/nginx/manifests/latest", "GET /v2/acme/dev/web/prod/redis/manifests/latest",
    "GET /v2/acme/prod/busybox/manifests/latest", "GET /v2/acme/open/web/prod/nginx/manifests/latest", "GET /v2/_catalog"]
--- error_code eval
[200, 200, 403, 200, 200]
--- raw_response_headers_like eval
[qr/X-Seen: granted\|ok\|Dev\/web\|miss\|\d\.\d\d\d/, qr/granted\|ok\|Dev\/web\|hit\|0\.000/,
    qr/denied\|not_in_environment\|Dev\/web\|hit\|0\.000/, qr/granted\|ok\|Dev\/web\|hit/, qr/granted\|ok\|Dev\/web\|hit/]
--- response_body_like eval
[qr//, qr//, qr/DENIED/, qr//, qr(^\{"repositories":\["acme/dev/web/prod/nginx","acme/dev/web/prod/redis","acme/open/web/prod/nginx"\]\}$)]
--- katello_calls
1 ^GET /api/v2/hosts
1 ^GET /katello/api/v2/organizations
1 ^GET /katello/api/v2/repositories
1 ^GET /v2/_catalog$
4 .



=== TEST 2: over TLS, which Katello must prove to be itself, and with the proxy's own certificate
--- lookup
source: foreman, url: $TEST_NGINX_KATELLO_TLS, ca: $TEST_NGINX_PKI/ca.pem, user: certguard, password_file: $TEST_NGINX_TOKEN_FILE, certificate: $TEST_NGINX_PKI/proxy.pem, key: $TEST_NGINX_PKI/proxy.key
--- request eval
["GET /v2/acme/dev/web/prod/nginx/manifests/latest", "GET /v2/acme/prod/busybox/manifests/latest"]
--- error_code eval
[200, 403]
--- before_request eval
main::before(1 => sub {
    my @asked = $main::katello->requests;
    my $own = CertGuard::Nginx::content(CertGuard::Pki::path('proxy.pem'));
    Test::More::is(scalar(grep { $_->{listener} eq 'tls' } @asked), 4, 'all questions were asked over TLS');
    Test::More::is(scalar(grep { ($_->{certificate} // '') eq $own && $_->{target} =~ /api/ } @asked), 3,
        'with the certificate, where a user is shown as well');
    Test::More::is(scalar(grep { !defined $_->{certificate} && $_->{target} eq '/v2/_catalog' } @asked), 1,
        'and none where it asks for what is public');
})



=== TEST 3: a Katello of another CA is not believed
--- lookup
source: foreman, url: $TEST_NGINX_KATELLO_TLS, ca: $TEST_NGINX_PKI/other-ca.pem, user: certguard, password_file: $TEST_NGINX_TOKEN_FILE
--- request
GET /v2/acme/dev/web/prod/nginx/manifests/latest
--- error_code: 503
--- raw_response_headers_like: (?s)Retry-After: \d+.*X-Seen: unavailable\|lookup_failed\|\|none\|\d+\.\d{3}
--- katello_calls
0 .
--- logged
check the lookup's url, ca, certificate and key



=== TEST 4: a wrong password is told once, loudly, and Foreman is not asked again and again
--- lookup
source: foreman, url: $TEST_NGINX_KATELLO, user: certguard, password_file: $TEST_NGINX_WRONG_TOKEN_FILE
--- request eval
[("GET /v2/acme/dev/web/prod/nginx/manifests/latest") x 4]
--- error_code: 503
--- response_headers_like
Retry-After: \d+
--- katello_calls
1 .
--- log_times
1 refuses this proxy
1 [error]
--- logged
Unable to authenticate user certguard
check user and password_file
--- no_error_log
not-the-token



=== TEST 5: so is a missing permission
--- katello_fails
403 hosts
--- request eval
[("GET /v2/acme/dev/web/prod/nginx/manifests/latest") x 2]
--- error_code: 503
--- katello_calls
1 .
--- log_times
1 refuses this proxy
--- logged
the user needs view_hosts



=== TEST 6: what is no answer makes the host unavailable, never unknown, and the next request asks again
--- request eval
[("GET /v2/acme/dev/web/prod/nginx/manifests/latest") x 5]
--- before_request eval
my @faults = ('301', '500_json', '503_html', 'not_json');
sub { my ($index) = @_; $main::katello->heal; $main::katello->fail($faults[$index]) if $index < 4 }
--- error_code eval
[503, 503, 503, 503, 200]
--- raw_response_headers_like eval
[(qr/503 .*\r\n(.*\r\n)*Retry-After: \d+\r\n(.*\r\n)*X-Seen: unavailable\|lookup_failed\|\|none\|\d+\.\d{3}/) x 4, qr/granted\|ok\|Dev\/web\|miss/]
--- response_body_like eval
[(qr/^\{"errors":\[\{"code":"[A-Z]+"/) x 4, qr//]
--- katello_calls
5 ^GET /api/v2/hosts
--- logged
HTTP 301, a redirect, which is not followed; check the lookup's url
HTTP 500, "Internal Server Error: PG::ConnectionBad"
HTTP 503, client
the answer is not the JSON that was expected



=== TEST 7: nor is what breaks off, or never was JSON
--- request eval
[("GET /v2/acme/dev/web/prod/nginx/manifests/latest") x 5]
--- before_request eval
my @faults = ('html', 'truncated', 'reset', 'close');
sub { my ($index) = @_; $main::katello->heal; $main::katello->fail($faults[$index]) if $index < 4 }
--- error_code eval
[503, 503, 503, 503, 200]



=== TEST 8: an answer over the budget is not read
--- before_request eval
main::before(0 => sub { $main::katello->set(catalog_bytes => 17 << 20) }, 1 => sub { $main::katello->set(catalog_bytes => 0) })
--- request eval
[("GET /v2/acme/dev/web/prod/nginx/manifests/latest") x 2]
--- error_code eval
[503, 200]
--- logged
is longer than 16777216 bytes



=== TEST 9: failing environments make no short list of names
--- katello_fails
503_json repositories
--- request eval
["GET /v2/_catalog", "GET /v2/_catalog"]
--- before_request eval
main::before(1 => sub { $main::katello->heal })
--- error_code eval
[503, 200]
--- response_body_unlike eval
[qr/repositories/, qr/UNAVAILABLE/]
--- katello_calls
1 ^GET /api/v2/hosts
2 ^GET /katello/api/v2/repositories



=== TEST 10: nor does a failing list of what is public
--- katello_fails
503_json _catalog
--- request eval
["GET /v2/_catalog", "GET /v2/_catalog"]
--- before_request eval
main::before(1 => sub { $main::katello->heal })
--- error_code eval
[503, 200]
--- response_body_unlike eval
[qr/repositories/, qr/UNAVAILABLE/]
--- katello_calls
1 ^GET /api/v2/hosts
1 ^GET /katello/api/v2/repositories
2 _catalog



=== TEST 11: after several failures in a row nobody waits, and one line says so
--- katello_fails
503_html
--- request eval
[("GET /v2/acme/dev/web/prod/nginx/manifests/latest") x 9]
--- error_code: 503
--- response_headers_like
Retry-After: [1-5]
--- katello_calls
5 .
--- log_times
1 does not answer
1 [error]



=== TEST 12: when Katello fails, an answer that is no longer fresh is used; when it answers, it is not
--- lookup
source: foreman, url: $TEST_NGINX_KATELLO, user: certguard, password_file: $TEST_NGINX_TOKEN_FILE, fresh: 1s, stale: 1m
--- request eval
[("GET /v2/acme/dev/web/prod/nginx/manifests/latest") x 3]
--- before_request eval
main::before(1 => sub { Time::HiRes::sleep(1.2); $main::katello->fail('503_html') }, 2 => sub { Time::HiRes::sleep(0.3); $main::katello->heal })
--- error_code: 200
--- raw_response_headers_like eval
[qr/\|miss\|/, qr/granted\|ok\|Dev\/web\|stale\|/, qr/granted\|ok\|Dev\/web\|miss\|/]



=== TEST 13: without stale it is not
--- lookup
source: foreman, url: $TEST_NGINX_KATELLO, user: certguard, password_file: $TEST_NGINX_TOKEN_FILE, fresh: 1s, stale: 0
--- request eval
[("GET /v2/acme/dev/web/prod/nginx/manifests/latest") x 2]
--- before_request eval
main::before(1 => sub { Time::HiRes::sleep(1.2); $main::katello->fail('503_html') })
--- error_code eval
[200, 503]



=== TEST 14: a host that Katello does not know is refused, and not asked about for a while
--- client_certificate: unregistered
--- request eval
["GET /v2/acme/dev/web/prod/nginx/manifests/latest", "GET /v2/acme/open/web/prod/nginx/manifests/latest"]
--- error_code: 401
--- response_body_like: UNAUTHORIZED.*host 00000000-0000-4000-8000-000000000000 is not registered
--- raw_response_headers_like eval
[qr/denied\|unknown_host\|\|miss\|/, qr/denied\|unknown_host\|\|hit\|/]
--- katello_calls
1 .



=== TEST 15: so is one that Katello has deleted
--- client_certificate: deleted
--- request
GET /v2/acme/dev/web/prod/nginx/manifests/latest
--- error_code: 401
--- raw_response_headers_like: denied\|unknown_host
--- katello_calls
1 .



=== TEST 16: a UUID that two hosts have is nobody's
--- client_certificate: twice
--- request eval
[("GET /v2/acme/dev/web/prod/nginx/manifests/latest") x 2]
--- error_code: 401
--- raw_response_headers_like: denied\|lookup_failed
--- katello_calls
1 .
--- log_times
1 [error]
--- logged
more than one host has this subscription UUID; remove the wrong one from Foreman



=== TEST 17: a host of another organization than its certificate says is refused
--- client_certificate: moved
--- request
GET /v2/acme/dev/web/prod/nginx/manifests/latest
--- error_code: 401
--- raw_response_headers_like: denied\|organization_mismatch



=== TEST 18: a host without repositories of its own has what is public
--- client_certificate: empty
--- request eval
["GET /v2/acme/open/web/prod/nginx/manifests/latest", "GET /v2/acme/dev/web/prod/nginx/manifests/latest", "GET /v2/_catalog"]
--- error_code eval
[200, 403, 200]
--- response_body_like eval
[qr//, qr//, qr(^\{"repositories":\["acme/open/web/prod/nginx"\]\}$)]



=== TEST 19: so has one without content
--- client_certificate: bare
--- request eval
["GET /v2/acme/open/web/prod/nginx/manifests/latest", "GET /v2/acme/dev/web/prod/nginx/manifests/latest"]
--- error_code eval
[200, 403]



=== TEST 20: a host in several environments has what each of them has
--- client_certificate: both
--- request eval
["GET /v2/acme/prod/busybox/manifests/latest", "GET /v2/acme/dev/web/prod/nginx/manifests/latest"]
--- error_code: 200
--- raw_response_headers_like: \|Library,Dev/web\|
--- katello_calls
2 ^GET /katello/api/v2/repositories



=== TEST 21: a host of another organization has what that has
--- client_certificate: other
--- request eval
["GET /v2/other/prod/db/prod/postgres/manifests/latest", "GET /v2/acme/dev/web/prod/nginx/manifests/latest"]
--- error_code eval
[200, 403]



=== TEST 22: source: catalog asks the registry, with the UUID and without a certificate
--- lookup
source: catalog, url: $TEST_NGINX_KATELLO
--- request eval
["GET /v2/acme/dev/web/prod/nginx/manifests/latest", "GET /v2/acme/open/web/prod/nginx/manifests/latest",
    "GET /v2/acme/prod/busybox/manifests/latest"]
--- error_code eval
[200, 200, 403]
--- katello_calls
2 ^GET /v2/_catalog$
2 .



=== TEST 23: to which an unknown host is one that has what is public
--- client_certificate: unregistered
--- lookup
source: catalog, url: $TEST_NGINX_KATELLO
--- request eval
["GET /v2/acme/open/web/prod/nginx/manifests/latest", "GET /v2/acme/prod/busybox/manifests/latest"]
--- error_code eval
[200, 403]



=== TEST 24: source: consumer asks with the client's certificate, and keeps nothing of the host's key
--- lookup
source: consumer, url: $TEST_NGINX_KATELLO
--- guard
type: host, lookup: katello, path_prefix: /pulp/content/
--- log_level: debug
--- request eval
["GET /pulp/content/ACME/Dev/web/custom/x", "GET /pulp/content/ACME/Library/custom/x", "GET /pulp/content/OTHER/Dev/web/x"]
--- error_code eval
[200, 403, 403]
--- raw_response_headers_like eval
[qr/granted\|ok\|Dev\/web\|miss/, qr/denied\|not_in_environment\|Dev\/web\|hit/, qr/denied\|not_in_environment/]
--- katello_calls
1 ^GET /rhsm/consumers/5f1a0c7e-3b52-4d0e-9a66-2f7f6f1d7c11$
1 .
--- zone_like: Dev/web
--- zone_unlike eval: CertGuard::FakeKatello::KEY_CANARY()
--- no_error_log eval
[CertGuard::FakeKatello::KEY_CANARY(), 'PRIVATE KEY']



=== TEST 25: to whom a deleted host is nobody
--- client_certificate: deleted
--- lookup
source: consumer, url: $TEST_NGINX_KATELLO
--- guard
type: host, lookup: katello
--- request
GET /ACME/Dev/web/custom/x
--- error_code: 403
--- raw_response_headers_like: denied\|unknown_host\|



=== TEST 26: source: certificate asks nobody
--- lookup
source: certificate
--- guard
type: host, lookup: katello, path_prefix: /pulp/content/
--- client_certificate: sca
--- request eval
["GET /pulp/content/ACME/Dev/web/custom/x", "GET /pulp/content/ACME/Library/custom/x", "GET /pulp/content/ACME/Prod/web/x"]
--- error_code eval
[200, 200, 403]
--- raw_response_headers_like: \|Dev/web,Library\|
--- katello_calls
0 .



=== TEST 27: a content guard may require a host that Katello knows
--- guard
type: x509, require_host: katello
--- request eval
["GET /a", "GET /b"]
--- error_code: 200
--- raw_response_headers_like eval
[qr/granted\|ok\|Dev\/web\|miss\|/, qr/granted\|ok\|Dev\/web\|hit\|/]
--- backend_received_like: X-CLIENT-CERT: -----BEGIN



=== TEST 28: else it refuses, an rhsm guard too
--- lookup
source: consumer, url: $TEST_NGINX_KATELLO
--- guard
type: rhsm, require_host: katello
--- client_certificate: gone
--- before_request eval
main::before(0 => sub {
    CertGuard::Pki::certificate('gone', '--cn', CertGuard::Katello::uuid('deleted'), '--v3-path', '/ACME/x')
})
--- request eval
["GET /ACME/x", "GET /ACME/y"]
--- error_code: 403
--- raw_response_headers_like eval
[qr/denied\|unknown_host\|/, qr/denied\|not_entitled\|/]
--- katello_calls
1 .



=== TEST 29: and when it can't be known, content is unavailable, not forbidden
--- katello_fails
503_html
--- guard
type: x509, require_host: katello
--- request
GET /a
--- error_code: 503
--- response_headers_like
Retry-After: \d+



=== TEST 30: lookups of one policy do not mix
--- policy
version: 1
lookups:
  katello: { source: foreman, url: $TEST_NGINX_KATELLO, user: certguard, password_file: $TEST_NGINX_TOKEN_FILE, connect_timeout: 30s, timeout: 30s }
  site: { source: file, file: hosts.yaml }
guards:
  asked: { type: host, ca: $TEST_NGINX_PKI/ca.pem, serves: registry, lookup: katello }
  listed: { type: host, ca: $TEST_NGINX_PKI/ca.pem, serves: registry, lookup: site }
--- user_files
>>> hosts.yaml
version: 1
organizations:
  ACME: { hosts: { 5f1a0c7e-3b52-4d0e-9a66-2f7f6f1d7c11: [Dev/web] }, environments: { Dev/web: [acme/dev/web/prod/listed] } }
--- config
    location / { certguard asked; proxy_pass http://pulp; }
    location ~ /listed/ { certguard listed; proxy_pass http://pulp; }
    location ~ /nginx/tags/ { certguard listed; proxy_pass http://pulp; }
--- request eval
["GET /v2/acme/dev/web/prod/listed/manifests/latest", "GET /v2/acme/dev/web/prod/nginx/manifests/latest",
    "GET /v2/acme/dev/web/prod/nginx/tags/list", "GET /v2/acme/dev/web/prod/listed/manifests/latest"]
--- error_code eval
[200, 200, 403, 200]
--- katello_calls
4 .



=== TEST 31: a lookup is over before another guard of the same request begins its own
--- policy
version: 1
lookups:
  katello: { source: foreman, url: $TEST_NGINX_KATELLO, user: certguard, password_file: $TEST_NGINX_TOKEN_FILE, connect_timeout: 30s, timeout: 30s }
  site: { source: consumer, url: $TEST_NGINX_KATELLO, connect_timeout: 30s, timeout: 30s }
guards:
  first: { type: host, ca: $TEST_NGINX_PKI/ca.pem, lookup: katello }
  second: { type: host, ca: $TEST_NGINX_PKI/ca.pem, lookup: site }
--- katello_fails
late
--- config
    add_header X-Seen "$certguard_guard|$certguard_decision|$certguard_cache|$certguard_lookup_time|$request_time" always;
    location = /ACME/Dev/web/first { certguard first; try_files /none /ACME/Dev/web/second; }
    location = /ACME/Dev/web/second { certguard second; proxy_pass http://pulp; }
--- request
GET /ACME/Dev/web/first
--- error_code: 200
--- raw_response_headers_like eval
# The second one's time is half a second or more, and not the first one's as well.
qr/X-Seen: second\|granted\|miss\|(\d+\.\d{3})\|(\d+\.\d{3})(?(?{ $1 < 0.5 || $2 < $1 + 0.45 })(*FAIL))/
--- katello_calls
1 ^GET /api/v2/hosts
1 ^GET /rhsm/consumers/



=== TEST 32: after the waiting the location's other access rules have their say
--- katello_fails
late hosts
--- guard
type: x509, require_host: katello
--- client_certificate: unregistered
--- user_files
>>> users
admin:{PLAIN}secret
--- config
    location /any/ { satisfy any; certguard guard; auth_basic site; auth_basic_user_file ../html/users; proxy_pass http://pulp; }
    location /all/ { certguard guard; auth_basic site; auth_basic_user_file ../html/users; proxy_pass http://pulp; }
--- request eval
["GET /any/x", "GET /all/x"]
--- more_headers
Authorization: Basic YWRtaW46c2VjcmV0
--- error_code eval
[200, 403]
--- backend_requests: 1
--- backend_received_unlike: X-CLIENT-CERT
