# TLS 1.3 early data (ssl_early_data on): a request in the first flight of a resumed session is decided by
# the certificate of that session as any other request is, by today's date and today's CRL.

use strict;
use warnings;
use lib 't/lib';

use CertGuard::FakePulp;
use CertGuard::Nginx;
use CertGuard::Pki;
use CertGuard::Scratch;
use CertGuard::Server;
use Test::More;

CertGuard::Pki::make();
CertGuard::FakePulp::start();
CertGuard::Pki::crl('guard-crl');
my ($ca, $crl) = map { CertGuard::Pki::path("$_.pem") } qw(ca guard-crl);
my $server = CertGuard::Server->start(
    policy => <<"EOP",
version: 1
guards:
  any: { type: x509, ca: $ca, crl: $crl }
  content: { type: rhsm, ca: $ca, crl: $crl, path_prefix: /pulp/content/ }
EOP
    locations => <<'EOL',
        ssl_protocols TLSv1.3;
        ssl_early_data on;
        proxy_set_header X-Expected $ssl_client_escaped_cert;
        location / { certguard any; proxy_pass http://pulp; }
        location /pulp/content/ { certguard content; proxy_pass http://pulp; }
EOL
);
my $entitled = '/pulp/content' . CertGuard::Pki::PATH . '/x';

# Asks for PATH by openssl s_client. Returns the status, and all that came.
sub ask {
    my ($path, @options) = @_;
    my $request = CertGuard::Scratch::file('request');
    CertGuard::Nginx::replace($request, "GET $path HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    my $early = grep { $_ eq '-sess_in' } @options;
    push @options, '-early_data', $request if $early;
    my $input = $early ? '/dev/null' : $request;
    my $address = $server->address;
    my $text = qx(timeout 60 openssl s_client -ign_eof -tls1_3 -connect $address @options <$input 2>&1);
    note($text);
    ok($text =~ /Early data was accepted/, "$path, as early data") if $early;
    # openssl writes its own words in between.
    return $text =~ m{HTTP/1\.1 (\d\d\d) } ? $1 : 0, $text;
}

# A session of CERTIFICATE, or none, in which it has asked for PATH; and the status that it got.
sub session {
    my ($certificate, $path) = @_;
    my $file = CertGuard::Scratch::file("session-$certificate");
    my @shown = $certificate eq 'none' ? ()
        : ('-cert', CertGuard::Pki::path("$certificate.pem"), '-key', CertGuard::Pki::path("$certificate.key"));
    my ($status) = ask($path, @shown, '-sess_out', $file);
    return ($file, $status);
}

sub in_early_data { return ask($_[1], '-sess_in', $_[0]) }

subtest 'a host' => sub {
    my ($session, $status) = session('host', $entitled);
    is($status, 200, 'is granted what it may');
    my ($early_status, $text) = in_early_data($session, $entitled);
    is($early_status, 200, 'so it is');
    like($text, qr/^X-Expected: (-----BEGIN\S+)\r\n(?:.*\r\n)*X-CLIENT-CERT: \1\r$/m, 'with the same certificate');
    is((in_early_data($session, '/pulp/content/ACME/Other/x'))[0], 403, 'and nothing else');
};

subtest 'a client without a certificate, or with one of another CA' => sub {
    for my $name (qw(none stranger)) {
        my ($session, $status) = session($name, '/x');
        is($status, 403, "$name is refused");
        is((in_early_data($session, '/x'))[0], 403, 'so it is');
    }
};

subtest 'a certificate that has expired since its handshake' => sub {
    my $until_expired = CertGuard::Pki::short_lived_certificate('soon');
    my ($session, $status) = session('soon', '/x');
    is($status, 200, 'was good');
    $until_expired->();
    is((in_early_data($session, '/x'))[0], 403, 'is refused');
    ok($server->logged(qr/: expired: /), 'with the reason');
};

subtest 'a certificate that has been revoked since its handshake' => sub {
    my ($session, $status) = session('revoked', '/x');
    is($status, 200, 'was good');
    CertGuard::Pki::crl('guard-crl', '--revoke', CertGuard::Pki::path('revoked.pem'));
    ok(CertGuard::Server::wait_until(sub { $server->logged(qr/has changed; its new content is in force/) }),
        'the CRL is read');
    is((in_early_data($session, '/x'))[0], 403, 'is refused');
    ok($server->logged(qr/: revoked: /), 'with the reason');
};

$server->stop;
done_testing();
