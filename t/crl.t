# CRL and CA files are read again within seconds when they change, without touching nginx; what can't
# be read leaves the old one in force.

use lib 't/lib';
use CertGuard;
use CertGuard::Nginx;
use File::Copy qw(copy);
use Test::Nginx::Socket 'no_plan';

our $crl = CertGuard::Pki::path('changing-crl.pem');
our $ca = CertGuard::Pki::path('changing-ca.pem');

sub text_of {
    my ($name) = @_;
    open my $in, '<', CertGuard::Pki::path($name) or die "$name: $!\n";
    local $/;
    return <$in>;
}

CertGuard::Pki::crl('none-revoked');
CertGuard::Pki::crl('host-revoked', '--revoke', CertGuard::Pki::path('host.pem'));
CertGuard::Pki::ca('middle-ca', 'Middle CA', CertGuard::Pki::issuer());
my @middle = ('--ca', CertGuard::Pki::path('middle-ca.pem'), '--ca-key', CertGuard::Pki::path('middle-ca.key'));
CertGuard::Pki::certificate('of-middle', @middle);
CertGuard::Pki::crl('none-of-middle-revoked', @middle);
CertGuard::Pki::crl('middle-revoked', '--revoke', CertGuard::Pki::path('middle-ca.pem'));
CertGuard::Pki::crl('late', '--from', '-2d', '--until', '-1h');
CertGuard::Pki::crl('soon-late', '--until', '+1h');

add_block_preprocessor(sub {
    my ($block) = @_;
    copy(CertGuard::Pki::path('none-revoked.pem'), $crl);
    copy(CertGuard::Pki::path('ca.pem'), $ca);
    $block->set_value(log_level => 'notice');
    $block->set_value(policy => <<'EOP') if !defined $block->policy;
version: 1
guards:
  content: { type: x509, ca: $TEST_NGINX_PKI/changing-ca.pem, crl: [$TEST_NGINX_PKI/changing-crl.pem] }
EOP
    $block->set_value(config => <<'EOC');
    location / { certguard content; proxy_pass http://pulp; }
EOC
});

# Replaces FILE by TEXT before the second request and waits until nginx has said PATTERN.
sub change {
    my ($file, $text, $pattern) = @_;
    return sub {
        my ($index) = @_;
        return if $index != 1;
        CertGuard::Nginx::replace($file, $text);
        CertGuard::Nginx::wait_for_log($pattern);
    };
}

run_tests();

__DATA__

=== TEST 1: a certificate that is revoked while nginx runs is refused on its next request
--- client_certificate: host
--- connection: kept
--- before_request eval
main::change($main::crl, main::text_of('host-revoked.pem'), qr/\[notice\].*changing-crl\.pem/)
--- request eval
["GET /1", "GET /2"]
--- error_code eval
[200, 403]
--- backend_requests: 1
--- logged
: revoked:



=== TEST 2: a CRL that turns bad leaves the old one in force and is complained about
--- client_certificate: host
--- before_request eval
main::change($main::crl, "-----BEGIN X509 CRL-----\nbroken\n-----END X509 CRL-----\n", qr/\[error\].*changing-crl\.pem/)
--- request eval
["GET /1", "GET /2"]
--- error_code eval
[200, 200]



=== TEST 3: a CRL of another CA changes nothing either
--- client_certificate: host
--- before_request eval
CertGuard::Pki::crl('foreign', '--ca', CertGuard::Pki::path('other-ca.pem'), '--ca-key', CertGuard::Pki::path('other-ca.key'));
main::change($main::crl, main::text_of('foreign.pem'), qr/\[error\].*changing-crl\.pem/)
--- request eval
["GET /1", "GET /2"]
--- error_code eval
[200, 200]



=== TEST 4: a CRL past its next update refuses what it covers
--- client_certificate: host
--- before_request eval
main::change($main::crl, main::text_of('late.pem'), qr/changing-crl\.pem/)
--- request eval
["GET /1", "GET /2"]
--- error_code eval
[200, 403]
--- logged
: crl_expired:



=== TEST 5: a CRL that is about to run out is warned of at start
--- client_certificate: host
--- policy
version: 1
guards:
  content: { type: x509, ca: $TEST_NGINX_PKI/ca.pem, crl: $TEST_NGINX_PKI/soon-late.pem }
--- request
GET /
--- error_log eval
qr/\[warn\].*soon-late\.pem/



=== TEST 6: a CA that is taken away is trusted no more
--- client_certificate: host
--- policy
version: 1
guards:
  content: { type: x509, ca: $TEST_NGINX_PKI/changing-ca.pem }
--- before_request eval
main::change($main::ca, main::text_of('other-ca.pem'), qr/\[notice\].*changing-ca\.pem/)
--- request eval
["GET /1", "GET /2"]
--- error_code eval
[200, 403]
--- logged
: untrusted_issuer:



=== TEST 7: a CA file that vanishes leaves the old one in force
--- client_certificate: host
--- policy
version: 1
guards:
  content: { type: x509, ca: $TEST_NGINX_PKI/changing-ca.pem }
--- before_request eval
sub {
    my ($index) = @_;
    return if $index != 1;
    unlink $main::ca;
    CertGuard::Nginx::wait_for_log(qr/\[error\].*changing-ca\.pem/);
}
--- request eval
["GET /1", "GET /2"]
--- error_code eval
[200, 200]



=== TEST 8: a CRL of another CA is no start
--- policy
version: 1
guards:
  content: { type: x509, ca: $TEST_NGINX_PKI/ca.pem, crl: $TEST_NGINX_PKI/foreign.pem }
--- must_die
--- error_log
foreign.pem



=== TEST 9: a CA that is revoked while nginx runs opens nothing to those below it any more
--- client_certificate: of-middle
--- connection: kept
--- policy
version: 1
guards:
  content:
    type: x509
    ca: [$TEST_NGINX_PKI/ca.pem, $TEST_NGINX_PKI/middle-ca.pem]
    crl: [$TEST_NGINX_PKI/changing-crl.pem, $TEST_NGINX_PKI/none-of-middle-revoked.pem]
--- before_request eval
main::change($main::crl, main::text_of('middle-revoked.pem'), qr/\[notice\].*changing-crl\.pem/)
--- request eval
["GET /1", "GET /2"]
--- error_code eval
[200, 403]
--- backend_requests: 1
--- logged
: revoked: the certificate's CA CN=Middle CA
is revoked by the CRL of CN=certguard test CA since
