# All workers share what lookups learn: whoever asks, Katello is asked once.

use strict;
use warnings;
use lib 't/lib';

use CertGuard::Crowd;
use CertGuard::Katello;
use CertGuard::Server;
use Test::More;

my $server = CertGuard::Server->start(
    workers => 4,
    listen => 'reuseport',
    policy => CertGuard::Katello::policy('timeout: 30s'),
    allowed_errors => qr/exited on signal 9/,
    locations => <<'EOL',
        location / { certguard registry; empty_gif; }
        location /purge/ { certguard_purge; }
        location = /status { certguard_status; }
EOL
);
my $crowd = CertGuard::Crowd->new(address => $server->address);

my $granted = '/v2/acme/dev/web/prod/nginx/manifests/latest';
my $denied = '/v2/acme/prod/busybox/manifests/latest';

sub workers_of {
    my %worker = map { CertGuard::Crowd::header($_, 'X-Worker') => 1 } @_;
    return scalar keys %worker;
}

# How many requests wait for a lookup, in all workers.
sub waiting {
    my ($admin) = @_;
    $crowd->ask('/status', $admin);
    $crowd->settle(60, $admin);
    return $admin->{body} =~ /"waiting_requests":(\d+)/ ? $1 : -1;
}

subtest 'a thousand first requests of one host are one call per question' => sub {
    my @clients = $crowd->join('identity', 1000);
    my ($admin) = $crowd->join('identity');
    $katello->fail('hold');
    $crowd->ask($granted, @clients[0 .. 899]);
    $crowd->ask($denied, @clients[900 .. 999]);
    ok CertGuard::Server::wait_until(sub { waiting($admin) == 1000 && $katello->count }), 'all wait';
    is $crowd->settle(0.3, @clients), 1000, 'for nothing else than the answer';
    is $katello->count, 1, 'to one question';
    $katello->heal;
    is $katello->release, 1;
    is $crowd->settle(60, @clients), 0, 'all are answered';
    is_deeply CertGuard::Crowd::statuses(@clients[0 .. 899]), {200 => 900}, 'all are granted what the host has';
    is_deeply CertGuard::Crowd::statuses(@clients[900 .. 999]), {403 => 100}, 'and denied what it has not';
    is workers_of(@clients), 4, 'each of the workers has answered some';
    is $katello->count($_), 1, "Katello was asked once: $_"
        for '^GET /api/v2/hosts', '^GET /katello/api/v2/repositories', '^GET /v2/_catalog$', '^GET .*organizations';
    my %cache;
    $cache{CertGuard::Crowd::header($_, 'X-Cache')}++ for @clients;
    is_deeply \%cache, {miss => 1, joined => 999}, 'one has asked, the others have waited for its answer';
    $crowd->leave(@clients, $admin);
};

subtest 'what is purged by one worker is forgotten by all' => sub {
    my @clients = $crowd->join('identity', 40);
    $crowd->ask($granted, @clients);
    $crowd->settle(30, @clients);
    is_deeply CertGuard::Crowd::statuses(@clients), {200 => 40};
    is workers_of(@clients), 4;
    $katello->fail('503_html');
    my ($admin) = $crowd->join('identity');
    $crowd->ask('DELETE /purge/hosts/' . CertGuard::Katello::uuid('identity'), $admin);
    $crowd->settle(30, $admin);
    is $admin->{status}, 204;
    $crowd->ask($granted, @clients);
    $crowd->settle(30, @clients);
    is_deeply CertGuard::Crowd::statuses(@clients), {503 => 40}, 'no worker grants what it remembers for itself';
    $crowd->leave(@clients, $admin);
};

subtest 'what is known outlives the workers that asked' => sub {
    $katello->heal;
    my @first = $crowd->join('identity', 8);
    ok CertGuard::Server::wait_until(sub {
        $crowd->ask($granted, @first);
        $crowd->settle(30, @first);
        return (CertGuard::Crowd::statuses(@first)->{200} // 0) == @first;
    }), 'Katello is asked again, if not at once';
    my $asked = $katello->count;
    my @old = $server->workers;
    kill KILL => @old;
    my %old = map { $_ => 1 } @old;
    ok CertGuard::Server::wait_until(sub { 4 == grep { !$old{$_} } $server->workers }), 'all of them are killed';
    my @clients = $crowd->join('identity', 40);
    $crowd->ask($granted, @clients);
    $crowd->settle(30, @clients);
    is_deeply CertGuard::Crowd::statuses(@clients), {200 => 40}, 'those after them grant the same';
    is $katello->count, $asked, 'and Katello is not asked again';
    $crowd->leave(@first, @clients);
};

$server->stop;
done_testing;
