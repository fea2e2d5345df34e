# Workers that may read nothing ask Katello all the same: the master has read every secret for them.

use strict;
use warnings;
use lib 't/lib';

use CertGuard::Crowd;
use CertGuard::Katello;
use CertGuard::Server;
use Test::More;

plan skip_all => 'only root can let workers run as somebody else' if $> != 0;

my ($nobody, $group) = (getpwnam 'nobody')[2, 3];
my $pull = '/v2/acme/dev/web/prod/nginx/manifests/latest';
CertGuard::Pki::certificate('proxy', '--cn', 'proxy.example.com');
chmod 0600, map { CertGuard::Pki::path($_) } 'proxy.key', 'proxy.pem';
my $tls = sprintf 'ca: %s, certificate: %s, key: %s', map { CertGuard::Pki::path($_) } qw(ca.pem proxy.pem proxy.key);

my $server = CertGuard::Server->start(
    user => 'nobody ' . getgrgid $group,
    workers => 2,
    listen => 'reuseport',
    policy => CertGuard::Katello::policy($tls, $katello->tls_url),
    locations => 'location / { certguard registry; empty_gif; }',
);
my $crowd = CertGuard::Crowd->new(address => $server->address);

# Those that are there and stay: others may end while they are looked at.
sub users {
    return map { (eval { CertGuard::Nginx::content("/proc/$_/status") } // '') =~ /^Uid:\s+(\d+)/m } $server->workers;
}

for my $time ('when nginx has started', 'after a reload') {
    subtest $time => sub {
        ok CertGuard::Server::wait_until(sub { 2 == grep { $_ == $nobody } users() }), 'the workers are nobody';
        $katello->forget;
        my @clients = ($crowd->join('identity', 8), $crowd->join('both', 8));
        $crowd->ask($pull, @clients);
        $crowd->settle(30, @clients);
        is_deeply CertGuard::Crowd::statuses(@clients), {200 => 16}, 'hosts are looked up';
        my @asked = grep { $_->{target} =~ /api/ } $katello->requests;
        my $own = CertGuard::Nginx::content(CertGuard::Pki::path('proxy.pem'));
        cmp_ok scalar @asked, '>', 0;
        is scalar(grep { ($_->{certificate} // '') ne $own } @asked), 0, 'with the proxy\'s certificate';
        $crowd->leave(@clients);
    };
    $server->write_policy(CertGuard::Katello::policy("$tls, fresh: 2m", $katello->tls_url));    # to be asked anew
    ok $server->reload;
}

$server->stop;
done_testing;
