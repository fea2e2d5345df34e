# The counters of certguard_status are exact: those of all workers together, whichever of them answers, over
# reloads, and over the death of a worker.

use strict;
use warnings;
use lib 't/lib';

use CertGuard::Crowd;
use CertGuard::Katello;
use CertGuard::Server;
use JSON::PP ();
use Test::More;

my $server = CertGuard::Server->start(
    workers => 4,
    listen => 'reuseport',
    policy => CertGuard::Katello::policy('stale: 0s'),
    allowed_errors => qr/worker process \d+ exited on signal 9/,
    locations => <<'EOL',
        error_page 495 = @bad;
        location @bad { certguard registry; empty_gif; }
        location /v2/ { certguard registry; empty_gif; }
        location /content/ { certguard content; certguard_pass @users; empty_gif; }
        location /watched/ { certguard content; certguard_mode audit; empty_gif; }
        location @users { empty_gif; }
        location = /status { certguard_status; }
        location /purge/ { certguard_purge; }
EOL
);
my $crowd = CertGuard::Crowd->new(address => $server->address);
CertGuard::Pki::certificate('late', '--cn', CertGuard::Katello::uuid('identity'), '--from', '-2d', '--until', '-1h');

my $repository = '/v2/acme/dev/web/prod/nginx/manifests/latest';
my %expected;    # "guard decision reason" => count
my $looked_up = 0;

# Each of CLIENTS asks for TARGET, and all expect the same.
sub ask {
    my ($target, $status, $counted, $needs_lookup, @clients) = @_;
    $crowd->ask($target, @clients);
    $crowd->settle(60, @clients);
    is_deeply CertGuard::Crowd::statuses(@clients), {$status => scalar @clients}, "$target: $counted";
    $expected{$counted} += @clients;
    $looked_up += @clients if $needs_lookup;
}

# As enough clients see it that every worker has told it.
sub status_of_all_workers {
    my (%told, %worker);
    for (1 .. 50) {
        my @clients = $crowd->join('identity', 8);
        $crowd->ask('/status', @clients);
        $crowd->settle(60, @clients);
        $told{JSON::PP->new->canonical->encode(counted($_->{body}))} = 1 for @clients;
        $worker{CertGuard::Crowd::header($_, 'X-Worker')} = 1 for @clients;
        $crowd->leave(@clients);
        last if keys %worker == 4;
    }
    is scalar keys %worker, 4, 'each worker is asked';
    is scalar keys %told, 1, 'and all of them tell the same';
    return JSON::PP->new->decode((keys %told)[0]);
}

sub counted {
    my ($body) = @_;
    my $status = JSON::PP->new->decode($body);
    my ($lookup) = @{$status->{lookups}};
    return {
        decisions => {map { ("$_->{guard} $_->{decision} $_->{reason}" => $_->{count}) } @{$status->{decisions}}},
        map { $_ => $lookup->{$_} } qw(requests answers answer_times_ms),
    };
}

sub is_exact {
    my $status = status_of_all_workers();
    is_deeply $status->{decisions}, \%expected, 'decisions are what the clients have seen';
    is sum(values %{$status->{requests}}), $looked_up, 'and so are the requests that needed a lookup';
    is sum(map { $_->{count} } @{$status->{answer_times_ms}}), sum(values %{$status->{answers}}), 'each answer has a time';
    return $status;
}

sub sum { my $sum = 0; $sum += $_ for @_; return $sum }

sub all_kinds_of_requests {
    my @hosts = $crowd->join('identity', 60);
    my %worker;
    ask($repository, 200, 'registry granted ok', 1, @hosts);
    $worker{CertGuard::Crowd::header($_, 'X-Worker')} = 1 for @hosts;
    is scalar keys %worker, 4, 'all workers have work';
    ask('/v2/acme/prod/busybox/tags/list', 403, 'registry denied not_in_environment', 1, @hosts[0 .. 30]);
    ask('/v2/_catalog', 200, 'registry granted ok', 1, @hosts[0 .. 10]);
    ask('/v2/a%2Fb/tags/list', 400, 'registry denied bad_request_path', 0, @hosts[0 .. 4]);
    ask('/content/x', 200, 'content granted ok', 0, @hosts);
    ask('/watched/%2Fx', 200, 'content audit_denied bad_request_path', 0, @hosts[0 .. 20]);
    my @late = $crowd->join('late', 20);
    ask($repository, 401, 'registry denied expired', 0, @late);
    $crowd->leave(@hosts, @late);
}

subtest 'four workers count together' => sub {
    all_kinds_of_requests();
    my $status = is_exact();
    is $status->{requests}{none}, 0, 'all of these had an answer';
    is $status->{requests}{miss}, 1, 'which one of them asked for';
};

subtest 'a reload begins nothing anew' => sub {
    ok $server->reload, 'reloaded';
    is_exact();
    all_kinds_of_requests();
    is_exact();
};

subtest 'nor does another policy' => sub {
    $server->write_policy(CertGuard::Katello::policy('stale: 0s')
            . "  another: { type: x509, ca: @{[CertGuard::Pki::path('ca.pem')]} }\n");
    ok $server->reload, 'reloaded';
    all_kinds_of_requests();
    is_exact();
};

subtest 'requests whose lookup gives no answer count as such' => sub {
    my ($admin, @clients) = $crowd->join('identity', 41);
    $crowd->ask('DELETE /purge/hosts', $admin);
    $crowd->settle(30, $admin);
    $katello->fail('503_json');
    ask($repository, 503, 'registry unavailable lookup_failed', 1, @clients);
    my $status = is_exact();
    is $status->{requests}{none}, 40, 'with the word none';
    $katello->heal;
    $crowd->leave($admin, @clients);
};

subtest 'a worker that is killed takes nothing with it' => sub {
    my ($worker) = $server->workers;
    kill KILL => $worker;
    ok CertGuard::Server::wait_until(sub { $server->workers == 4 && !grep { $_ == $worker } $server->workers }),
        'another one takes its place';
    is_exact();
};

$server->stop;
done_testing;
