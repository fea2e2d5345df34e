# certguard_purge forgets what lookups have learned, in all workers; certguard_zone is where it was.

use lib 't/lib';
use CertGuard;
use CertGuard::Lookup;
use Test::Nginx::Socket 'no_plan';

master_on();
workers(2);

add_block_preprocessor(sub {
    my ($block) = @_;
    $block->set_value(log_level => 'notice');
    $block->set_value(client_certificate => 'identity');
    $block->set_value(policy => <<'EOP');
version: 1
lookups:
  katello: { source: foreman, url: $TEST_NGINX_KATELLO, user: certguard, password_file: $TEST_NGINX_TOKEN_FILE, connect_timeout: 30s, timeout: 30s }
guards:
  registry: { type: host, ca: $TEST_NGINX_PKI/ca.pem, serves: registry, lookup: katello }
EOP
    $block->set_value(config => <<'EOC') if !defined $block->config;
    location /v2/ { certguard registry; proxy_pass http://pulp; }
    location /purge/ { certguard_purge; }
EOC
});

our $uuid = CertGuard::Katello::uuid('identity');
our $pull = 'GET /v2/acme/dev/web/prod/nginx/manifests/latest';

# Katello fails from the request INDEX on.
sub fails_from {
    my ($index) = @_;
    return sub { $katello->fail('503_html') if $_[0] == $index };
}

run_tests();

__DATA__

=== TEST 1: a purged host is asked for again, whichever worker has its next request
--- request eval
[($main::pull) x 12, "DELETE /purge/hosts/$main::uuid", ($main::pull) x 12]
--- before_request eval
main::fails_from(13)
--- error_code eval
[(200) x 12, 204, (503) x 12]
--- katello_calls
1 ^GET /katello/api/v2/repositories
--- logged
certguard: purged by "/purge/hosts/5f1a0c7e-3b52-4d0e-9a66-2f7f6f1d7c11"



=== TEST 2: only that host is forgotten, not its environment, and in any spelling
--- request eval
[$main::pull, "DELETE /purge/hosts/" . uc $main::uuid, $main::pull]
--- error_code eval
[200, 204, 200]
--- katello_calls
2 ^GET /api/v2/hosts
1 ^GET /katello/api/v2/repositories
1 ^GET /v2/_catalog



=== TEST 3: all hosts are forgotten together, with their environments
--- request eval
[$main::pull, "DELETE /purge/hosts", $main::pull, "DELETE /purge/hosts/", $main::pull]
--- error_code eval
[200, 204, 200, 204, 200]
--- katello_calls
3 ^GET /api/v2/hosts
3 ^GET /katello/api/v2/repositories
3 ^GET /v2/_catalog



=== TEST 4: another host's purge changes nothing; there need not be such a host
--- request eval
[$main::pull, "DELETE /purge/hosts/00000000-0000-4000-8000-000000000000", ($main::pull) x 4]
--- before_request eval
main::fails_from(1)
--- error_code eval
[200, 204, (200) x 4]



=== TEST 5: other methods and paths are none of its
--- request eval
["GET /purge/hosts", "POST /purge/hosts\n", "HEAD /purge/hosts/$main::uuid", "DELETE /purge/", "DELETE /purge/hosts/x",
    "DELETE /purge/hosts/$main::uuid/x", "DELETE /purge/hosts/$main::uuid%00",
    "DELETE /purge/other/$main::uuid", "DELETE /purge/hostss"]
--- error_code eval
[405, 405, 405, 404, 404, 404, 400, 404, 404]



=== TEST 6: a body does no harm
--- raw_request eval
["DELETE /purge/hosts HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhosts"]
--- error_code: 204



=== TEST 7: the location's own access rules count
--- config
    location /purge/ { deny all; certguard_purge; }
--- request
DELETE /purge/hosts
--- error_code: 403



=== TEST 8: where no guard asks a lookup there is nothing to purge
--- config
    location /purge/ { certguard_purge; }
--- request
DELETE /purge/hosts
--- error_code: 404



=== TEST 9: certguard_zone says how much is remembered
--- http_config
    certguard_zone 1m;
--- request eval
$main::pull
--- error_code: 200



=== TEST 10: a zone too small for anything is an error
--- http_config
    certguard_zone 255k;
--- must_die
--- error_log
certguard_zone expects a size of at least 256k, like 16m, found "255k"



=== TEST 11: so is what is no size
--- http_config
    certguard_zone all;
--- must_die
--- error_log
certguard_zone expects a size of at least 256k, like 16m, found "all"



=== TEST 12: or a second one
--- http_config
    certguard_zone 1m;
    certguard_zone 1m;
--- must_die
--- error_log
"certguard_zone" directive is duplicate



=== TEST 13: the zone is one for all servers
--- config
    certguard_zone 1m;
--- must_die
--- error_log
"certguard_zone" directive is not allowed here



=== TEST 14: certguard_purge belongs into a location
--- config
    certguard_purge;
--- must_die
--- error_log
"certguard_purge" directive is not allowed here



=== TEST 15: it is told by the request what to forget
--- config
    location /purge/ { certguard_purge hosts; }
--- must_die
--- error_log
invalid number of arguments in "certguard_purge" directive
