# Dates are judged on the wall clock on every request, whatever TLS remembers.

use lib 't/lib';
use CertGuard;
use CertGuard::Server;
use HTTP::Tiny;
use Test::Nginx::Socket 'no_plan';

add_block_preprocessor(sub {
    my ($block) = @_;
    $block->set_value(log_level => 'warn') if !defined $block->log_level;
    $block->set_value(policy => <<'EOP') if !defined $block->policy;
version: 1
guards:
  content: { type: x509, ca: $TEST_NGINX_PKI/ca.pem }
EOP
    $block->set_value(config => <<'EOC');
    ssl_session_cache shared:certguard_test:1m;
    location / { certguard content; proxy_pass http://pulp; proxy_set_header X-Reused "$ssl_session_reused"; }
EOC
});

my $until_expired;

# Good for the first request, for which nginx is ready then, and expired for the second.
sub short_lived {
    my ($index) = @_;
    if ($index == 0) {
        my $url = "http://127.0.0.1:$ENV{TEST_NGINX_SERVER_PORT}/";
        CertGuard::Server::wait_until(sub { HTTP::Tiny->new->get($url)->{status} == 403 });
        $until_expired = CertGuard::Pki::short_lived_certificate('short-lived');
    }
    else {
        $until_expired->();
    }
}

run_tests();

__DATA__

=== TEST 1: a certificate that expires during a kept connection is refused from then on
--- client_certificate: short-lived
--- connection: kept
--- before_request eval
\&main::short_lived
--- request eval
["GET /1", "GET /2"]
--- error_code eval
[200, 403]
--- backend_requests: 1
--- logged
: expired:



=== TEST 2: so is one that expires before its session is resumed
--- client_certificate: short-lived
--- connection: resumed
--- before_request eval
\&main::short_lived
--- request eval
["GET /1", "GET /2"]
--- error_code eval
[200, 403]
--- backend_requests: 1
--- logged
: expired:



=== TEST 3: a resumed session is granted like a new one
--- client_certificate: host
--- connection: resumed
--- request eval
["GET /1", "GET /2"]
--- error_code eval
[200, 200]
--- response_body_like eval
[qr/X-Reused: \./, qr/X-Reused: r(.*\r\n)*X-CLIENT-CERT/]
