# max_header: a certificate that the backend could not take as a header is refused with a reason of
# its own, instead of the backend's bare 400.

use lib 't/lib';
use CertGuard;
use Test::Nginx::Socket 'no_plan';

CertGuard::Pki::certificate('large', '--ext', '1.3.6.1.4.1.99999.1=04823000' . '5a' x 0x3000);

add_block_preprocessor(sub {
    my ($block) = @_;
    $block->set_value(log_level => 'warn') if !defined $block->log_level;
    $block->set_value(config => <<'EOC');
    location / { certguard content; proxy_pass http://pulp; proxy_set_header X-Length $certguard_reason; }
EOC
});

run_tests();

__DATA__

=== TEST 1: the default is what pulpcore accepts, 16k
--- client_certificate: large
--- policy
version: 1
guards:
  content: { type: x509, ca: $TEST_NGINX_PKI/ca.pem }
--- request
GET /
--- error_code: 403
--- backend_requests: 0
--- error_log
: certificate_too_large: the urlencoded certificate has
more than the guard's max_header 16384



=== TEST 2: it can be raised
--- client_certificate: large
--- policy
version: 1
guards:
  content: { type: x509, ca: $TEST_NGINX_PKI/ca.pem, max_header: 64k }
--- request
GET /
--- backend_requests: 1



=== TEST 3: it does not count where nothing is forwarded
--- client_certificate: large
--- policy
version: 1
guards:
  content: { type: x509, ca: $TEST_NGINX_PKI/ca.pem, forward_header: none }
--- request
GET /
--- backend_requests: 1



=== TEST 4: an ordinary certificate fits
--- client_certificate: host
--- policy
version: 1
guards:
  content: { type: x509, ca: $TEST_NGINX_PKI/ca.pem, max_header: 2k }
--- request
GET /
--- backend_requests: 1
