# Requests that nginx refuses before it looks for a location reach locations by error_page only. There
# they can be refused with a reason and passed to user authentication, and never be granted: a client
# could choose the guard of the error page for any path.

use lib 't/lib';
use CertGuard;
use Test::Nginx::Socket 'no_plan';

# A good certificate, and behind it a CA of the right name with another key: nginx takes the chain
# for broken, certguard does not look at it.
CertGuard::Pki::ca('fake-ca', 'certguard test CA', '--no-key-ids');
CertGuard::Pki::certificate('host-with-chain');
{
    my $file = CertGuard::Pki::path('host-with-chain.pem');
    open my $fake, '<', CertGuard::Pki::path('fake-ca.pem') or die;
    open my $chain, '>>', $file or die;
    print {$chain} readline $fake;
    close $chain or die;
}

add_block_preprocessor(sub {
    my ($block) = @_;
    $block->set_value(log_level => 'warn');
    $block->set_value(policy => <<'EOP');
version: 1
guards:
  ours: { type: x509, ca: $TEST_NGINX_PKI/ca.pem }
  theirs: { type: x509, ca: $TEST_NGINX_PKI/other-ca.pem }
EOP
    $block->set_value(config => <<'EOC') if !defined $block->config;
    error_page 400 495 = @refused;
    location /ours/ { certguard ours; proxy_pass http://pulp; }
    location /theirs/ { certguard theirs; proxy_pass http://pulp; }
    location /closed/ { deny all; proxy_pass http://pulp; }
    location @refused { certguard ours; proxy_pass http://pulp; }
EOC
});

run_tests();

__DATA__

=== TEST 1: the guard of an error page opens no other guard's path
--- client_certificate: host-with-chain
--- request eval
["GET /theirs/x", "GET /closed/x", "GET /ours/x"]
--- error_code eval
[403, 403, 403]
--- backend_requests: 0
--- logged
: refused_by_server:
--- allowed_errors: ignoring stale global SSL error



=== TEST 2: neither does a request that nginx calls bad
--- client_certificate: host
--- raw_request eval
"GET /theirs/x HTTP/1.1\r\nConnection: close\r\n\r\n"
--- error_code: 403
--- backend_requests: 0
--- error_log
: refused_by_server:



=== TEST 3: a bad certificate keeps its own reason there
--- client_certificate: expired
--- request
GET /ours/x
--- error_code: 403
--- error_log
: expired:



=== TEST 4: a redirect within nginx, after a location was found, is decided as ever
--- client_certificate: host
--- config
    location /ours/ { try_files /nothing @pulp; }
    location @pulp { certguard ours; proxy_pass http://pulp; }
--- request
GET /ours/x
--- backend_requests: 1
