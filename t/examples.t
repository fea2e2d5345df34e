# conf.examples/: what admins copy starts as it stands and does what its comments say. (D5)

use lib 't/lib';
use CertGuard;
use CertGuard::Example;
use Test::More;

CertGuard::Pki::crl('partners-crl', '--ca', CertGuard::Pki::path('other-ca.pem'), '--ca-key',
    CertGuard::Pki::path('other-ca.key'));
CertGuard::Pki::certificate('entitled', '--v3-path', '/ACME/Library');
CertGuard::Pki::certificate('expired-entitled', '--v3-path', '/ACME/Library', '--from', '-2d',
    '--until', '-1h');

subtest 'pulp-content.conf' => sub {
    my $example = CertGuard::Example->start(
        'pulp-content.conf',
        policy => 'pulp-content.policy.yaml',
        files => {
            '/etc/pki/tls/certs/pulp.example.com.crt' => 'server.pem',
            '/etc/pki/tls/private/pulp.example.com.key' => 'server.key',
            '/etc/pki/katello/certs/katello-default-ca.crt' => 'ca.pem',
            '/etc/pki/certguard/partners-ca.pem' => 'other-ca.pem',
            '/etc/pki/certguard/partners-crl.pem' => 'partners-crl.pem',
        },
        backends => {'/run/pulpcore-content.sock' => CertGuard::FakePulp::address()},
    );
    my $base = '/pulp/content';
    is($example->status('entitled', "$base/ACME/Library/x"), 200, 'an entitled path is granted');
    is($example->status('entitled', "$base/ACME/Dev/x"), 403, 'another path is refused');
    is($example->status('none', "$base/ACME/Library/x"), 403, 'no certificate is refused');
    is($example->status('expired-entitled', "$base/ACME/Library/x"), 403,
        'an expired certificate is refused');
    is($example->status('entitled', "$base/partners/x"), 403, 'partners have a CA of their own');
    is($example->status('stranger', "$base/partners/x"), 200, 'which opens their content');
    is($example->status('none', "$base/public/x"), 200, 'public content is public');
    is($example->status('entitled', '/elsewhere'), 404, 'nothing else is served');

    my ($granted) = CertGuard::FakePulp::requests();
    like($granted, qr/^X-CLIENT-CERT: -----BEGIN%20CERTIFICATE/m, 'Pulp receives the certificate');
    like($example->access_log, qr/guard=rhsm decision=granted reason=ok host=[0-9a-f-]{36} org=ACME/,
        'the access log tells the decision');
    $example->stop;
};

done_testing();
