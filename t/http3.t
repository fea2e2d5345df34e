# HTTP/3: over QUIC the client's certificate decides as it does over TCP.

use strict;
use warnings;
use lib 't/lib';

use CertGuard::Http3;
use Test::More;

BEGIN {
    my $missing = CertGuard::Http3::missing();
    plan(skip_all => $missing) if defined $missing;
}

use CertGuard::Crowd;
use CertGuard::Katello;
use CertGuard::Server;
use JSON::PP ();

CertGuard::FakePulp::start();
my $ca = CertGuard::Pki::path('ca.pem');
my $crl = CertGuard::Pki::path('crl.pem');
my $server = CertGuard::Server->start(
    http3 => 1,
    policy => CertGuard::Katello::policy('timeout: 1m, connect_timeout: 1m')
        . "  rhsm: { type: rhsm, ca: $ca, crl: $crl, path_prefix: /pulp/content/ }\n",
    locations => <<'EOL',
        proxy_set_header X-Expected $ssl_client_escaped_cert;
        location /x509/ { certguard content; proxy_pass http://pulp; }
        location /pulp/content/ { certguard rhsm; proxy_pass http://pulp; }
        location /v2/ { certguard registry; empty_gif; }
        location /status { certguard_status; }
EOL
);
my $entitled = '/pulp/content' . CertGuard::Pki::PATH . '/x';
my $pull = '/v2/acme/dev/web/prod/nginx/manifests/latest';

sub statuses { return [map { $_->{status} } CertGuard::Http3::get($server, @_)] }

sub waiting {
    my $crowd = CertGuard::Crowd->new(address => $server->address);
    my ($admin) = $crowd->join('identity');
    $crowd->ask('/status', $admin);
    $crowd->settle(30, $admin);
    return JSON::PP::decode_json($admin->{body})->{waiting_requests};
}

subtest 'a good certificate' => sub {
    my @answers = CertGuard::Http3::get($server, 'host', '/x509/a', $entitled, '/pulp/content/ACME/Other/x');
    is_deeply([map { $_->{status} } @answers], [200, 200, 403], 'opens what it may');
    like($answers[$_]{text}, qr/^X-Expected: (-----BEGIN\S+)\r\n(?:.*\r\n)*X-CLIENT-CERT: \1\r$/m,
        'and reaches the backend to the last byte') for 0, 1;
};

subtest 'all streams of a connection' => sub {
    my $missing = CertGuard::Http3::missing_for_streams();
    plan(skip_all => $missing) if defined $missing;
    my @paths = ('/x509/a', $entitled, '/pulp/content/ACME/Other/x', $pull);
    my @answers = CertGuard::Http3::answers(CertGuard::Http3::ask($server, 'host', @paths));
    is_deeply([map { $_->{opened} } @answers], [1, 0, 0, 0], 'have one handshake');
    is_deeply([map { $_->{status} } @answers], [200, 200, 403, 200], 'and its certificate');
};

subtest 'no other' => sub {
    is_deeply(statuses($_, $entitled), [403], $_) for qw(none stranger revoked identity);
    is_deeply(statuses($_, $entitled), [400], "$_, by nginx") for qw(expired not-yet-valid);
    ok($server->logged(qr/refused "no certificate": no_certificate:.* request: "GET \S+ HTTP\/3\.0"/),
        'the log says why');
};

subtest 'a registry\'s challenge' => sub {
    # curl makes an :authority of the Host that it is told.
    my $challenges = sub {
        my ($certificate, $host) = @_;
        my ($answer) = CertGuard::Http3::get($server, $certificate, defined $host ? ('-H', "Host: $host") : (), '/v2/');
        is($answer->{status}, $certificate eq 'none' ? 401 : 200, "is $answer->{status}");
        return [$answer->{text} =~ /^www-authenticate: ([^\r]*)\r$/mg];
    };
    my $for = sub { [qq(Bearer realm="https://$_[0]/v2/token",service="$_[1]",scope="repository:registry:pull,push")] };
    is_deeply($challenges->($_), $for->($server->address, '127.0.0.1'), "leads $_ back") for qw(none identity);
    is_deeply($challenges->('none', $_->[0]), $for->(@$_), "to $_->[0]")
        for ['registry.example.com', 'registry.example.com'], ['Registry.example.com:8443', 'Registry.example.com'],
        ['[::1]:8443', '[::1]'];
    is_deeply($challenges->('none', $_), [], 'but never to ' . substr $_, 0, 20)
        for 'a",service="b', 'user@host', 'host:99999', 'host:1:2', 'h%2e', 'a,b', 'a' x 256;
};

subtest 'headers of a client are no certificate' => sub {
    my @forged = map { ('-H', "$_: forged") } qw(X-CLIENT-CERT x-client-cert X-RHSM-SSL-CLIENT-CERT SSL-CLIENT-CERT);
    is_deeply(statuses('none', @forged, '/x509/a'), [403], 'without a certificate');
    my ($answer) = CertGuard::Http3::get($server, 'host', @forged, '/x509/a');
    is($answer->{status}, 200, 'with one they do not matter');
    unlike($answer->{text}, qr/forged/, 'and go no further');
};

subtest 'a lookup' => sub {
    is_deeply(statuses('identity', $pull, '/v2/no/such/manifests/latest'), [200, 403], 'decides');
    is_deeply(statuses('unregistered', $pull), [401], 'for hosts that it knows');

    my @clients = map { CertGuard::Http3::ask($server, $_, $pull) } CertGuard::Katello::crowd(3);
    is_deeply([map { map { $_->{status} } CertGuard::Http3::answers($_) } @clients], [200, 200, 200], 'for each host');
};

subtest 'requests that wait for a lookup' => sub {
    $katello->fail('hold');
    my @clients = map { CertGuard::Http3::ask($server, $_, $pull) } qw(both other empty);
    ok(CertGuard::Server::wait_until(sub { waiting() == 3 }), 'do so without an answer');
    my $gone = CertGuard::Http3::ask($server, 'bare', '--max-time', 15, $pull);
    ok(CertGuard::Server::wait_until(sub { waiting() == 4 }), 'each of its own');
    is_deeply([CertGuard::Http3::answers($gone)], [], 'a client that goes away');
    ok(CertGuard::Server::wait_until(sub { waiting() == 3 }), 'is not waited with');
    $katello->heal;
    $katello->release;
    is_deeply([map { map { $_->{status} } CertGuard::Http3::answers($_) } @clients], [200, 403, 403],
        'and go on with the answer');
    is(waiting(), 0, 'until nobody waits any more');
};

$server->stop;

subtest 'early data of a resumed connection' => sub {
    # nginx takes it over QUIC since 1.29.1, if OpenSSL is 3.5.1 or later; curl sends it with ngtcp2.
    plan(skip_all => 'this nginx takes none') if Test::Nginx::Util::get_nginx_version() < 1.029001;
    plan(skip_all => 'this curl sends none')
        if qx(curl --help all) !~ /--tls-earlydata/ || CertGuard::Http3::missing_for_streams();
    my $strict = CertGuard::Server->start(
        http3 => 1,
        policy => "version: 1\nguards:\n  rhsm: { type: rhsm, ca: $ca, path_prefix: /pulp/content/ }\n",
        locations => <<'EOL',
        ssl_early_data on;
        keepalive_requests 1;
        proxy_set_header Early-Data $ssl_early_data;
        add_header X-Early $ssl_early_data always;
        location /pulp/content/ { certguard rhsm; proxy_pass http://pulp; }
EOL
    );
    # Again, because curl may take a connection that nginx is about to close for one to use.
    my @by = ($strict, 'host', qw(--tls-earlydata --retry 5 --retry-all-errors --retry-delay 1), $entitled);
    my @granted = CertGuard::Http3::answers(CertGuard::Http3::ask(@by, $entitled));
    is_deeply([map { $_->{status} } @granted], [200, 200], 'is granted, by the certificate of the first');
    like($granted[1]{text}, qr/^Early-Data: 1\r\n(?:.*\r\n)*X-CLIENT-CERT: -----BEGIN/m, 'which goes on with it');
    my @refused = CertGuard::Http3::answers(CertGuard::Http3::ask(@by, '/pulp/content/ACME/Other/x'));
    is_deeply([map { $_->{status} } @refused], [200, 403], 'or refused');
    like($refused[1]{text}, qr/^x-early: 1\r$/m, 'at once');
    $strict->stop;
};
done_testing();
