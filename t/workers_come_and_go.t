# Workers that are replaced, told to end, or killed: who waits for Katello is answered, what is remembered
# stays, and whoever takes over goes on.

use strict;
use warnings;
use lib 't/lib';

use CertGuard::Crowd;
use CertGuard::Http2;
use CertGuard::Katello;
use CertGuard::Server;
use Test::More;
use Time::HiRes qw(sleep time);

my $pull = '/v2/acme/dev/web/prod/nginx/manifests/latest';
my $killed = qr/exited on signal 9|was locked by|reallocated/;

sub start {
    my (%with) = @_;
    $katello->forget;
    my $server = CertGuard::Server->start(
        policy => CertGuard::Katello::policy($with{keys}),
        listen => 'reuseport',
        locations => <<'EOL',
        location / { certguard registry; empty_gif; }
        location /purge/ { certguard_purge; }
        location = /ready { empty_gif; }
EOL
        %with,
    );
    return ($server, CertGuard::Crowd->new(address => $server->address));
}

sub workers_of {
    return keys %{{map { CertGuard::Crowd::header($_, 'X-Worker') // 'none' => 1 } grep { !$_->{waits} } @_}};
}

sub ask_and_settle {
    my ($crowd, $target, @clients) = @_;
    $crowd->ask($target, @clients);
    $crowd->settle(30, @clients);
    return CertGuard::Crowd::statuses(@clients);
}

subtest 'a reload every second loses nobody who waits' => sub {
    my ($server, $crowd) = start(workers => 2, keys => 'fresh: 1s, stale: 0');
    my @hosts = ('identity', 'both', CertGuard::Katello::crowd(8));
    $katello->fail('late');
    my ($begin, $reloads, @all) = (time, 0);
    while (time < $begin + 5.5 || (workers_of(@all) <= 4 && time < $begin + 60)) {
        push @all, my @new = map { $crowd->join($hosts[rand @hosts]) } 1 .. 3;
        $crowd->ask($pull, @new);
        $crowd->settle(0.1, @all);
        if (time > $begin + $reloads + 0.7) {
            $server->signal('HUP');
            $reloads++;
        }
    }
    $crowd->settle(30, @all);
    is_deeply CertGuard::Crowd::statuses(@all), {200 => scalar @all}, @all . " requests, $reloads reloads, all granted";
    my $waited = grep { CertGuard::Crowd::header($_, 'X-Cache') ne 'hit' } @all;
    cmp_ok $waited, '>', @all / 4, "$waited of them have waited";
    cmp_ok scalar(workers_of(@all)), '>', 4, 'for many workers';
    ok CertGuard::Server::wait_until(sub { $server->processes == 2 }), 'and the old workers are gone';
    $server->stop;
};

subtest 'a reload keeps what is known, unless another Katello is to be asked' => sub {
    my ($server, $crowd) = start(workers => 2);
    is_deeply ask_and_settle($crowd, $pull, $crowd->join('identity', 8)), {200 => 8};
    my $asked = $katello->count;
    $server->reload;
    is_deeply ask_and_settle($crowd, $pull, $crowd->join('identity', 8)), {200 => 8};
    is $katello->count, $asked, 'nothing is asked for again';
    $server->write_policy(CertGuard::Katello::policy('fresh: 2m'));
    $server->reload;
    is_deeply ask_and_settle($crowd, $pull, $crowd->join('identity', 8)), {200 => 8};
    is $katello->count('GET /api/v2/hosts'), 2, 'answers of another configuration are not used';
    $server->{http} = 'certguard_zone 1m;';
    $server->configure;
    $server->reload;
    is_deeply ask_and_settle($crowd, $pull, $crowd->join('identity', 8)), {200 => 8};
    is $katello->count('GET /api/v2/hosts'), 3, 'and a zone of another size begins empty';
    $server->stop;
};

subtest 'a graceful end answers who waits' => sub {
    my ($server, $crowd) = start(workers => 2);
    my @clients = ($crowd->join('identity', 10), $crowd->join('both', 10));
    my $http2 = CertGuard::Http2->new($crowd->connect('identity', 'h2'));
    $katello->fail('hold');
    $crowd->ask($pull, @clients);
    $http2->open($pull) for 1 .. 10;
    $http2->wait;
    is $crowd->settle(0.5, @clients), 20;
    $server->signal('QUIT');
    is $crowd->settle(1.5, @clients), 20, 'they still wait, though the workers are to end';
    $katello->heal;
    $katello->release;
    $crowd->settle(30, @clients);
    is_deeply CertGuard::Crowd::statuses(@clients), {200 => 20};
    eval { $http2->wait while 1 };
    is_deeply $http2->statuses, {200 => 10}, 'over HTTP/2, too';
    ok $http2->said_goodbye;
    $server->stop;
};

subtest 'also when Katello does not' => sub {
    my ($server, $crowd) = start(keys => 'connect_timeout: 1s, timeout: 1s');
    my @clients = $crowd->join('identity', 10);
    $katello->fail('hang');
    $crowd->ask($pull, @clients);
    $crowd->settle(0.3, @clients);
    $server->signal('QUIT');
    $crowd->settle(30, @clients);
    is_deeply CertGuard::Crowd::statuses(@clients), {503 => 10};
    ok $server->wait_for_end(60), 'nothing keeps the worker';
    $server->stop;
};

subtest 'worker_shutdown_timeout ends the waiting' => sub {
    my ($server, $crowd) = start(keys => 'timeout: 1m', main => 'worker_shutdown_timeout 1s;');
    my @clients = $crowd->join('identity', 10);
    $katello->fail('hang');
    $crowd->ask($pull, @clients);
    $crowd->settle(0.3, @clients);
    $server->signal('QUIT');
    ok $server->wait_for_end(40);
    $crowd->settle(5, @clients);
    is scalar(grep { $_->{gone} } @clients), 10;
    $server->stop;
};

subtest 'a fast end waits for nobody' => sub {
    my ($server, $crowd) = start(workers => 2, keys => 'timeout: 1m');
    my @clients = $crowd->join('identity', 10);
    $katello->fail('hang');
    $crowd->ask($pull, @clients);
    $crowd->settle(0.3, @clients);
    $server->signal('TERM');
    ok $server->wait_for_end(40);
    $server->stop;
};

# The worker that has a connection to Katello.
sub asking_worker {
    my ($server) = @_;
    my ($port) = $katello->url =~ /:(\d+)$/;
    my $remote = sprintf '0100007F:%04X', $port;
    my %inode;
    for my $line (split /\n/, CertGuard::Nginx::content('/proc/net/tcp')) {
        my @field = split ' ', $line;
        $inode{$field[9]} = 1 if $field[2] eq $remote && $field[3] eq '01';
    }
    for my $pid ($server->workers) {
        my @sockets = map { (readlink($_) // '') =~ /^socket:\[(\d+)\]$/ } glob "/proc/$pid/fd/*";
        return $pid if grep { $inode{$_} } @sockets;
    }
    return undef;
}

subtest 'when the worker that asks is killed, another asks' => sub {
    my ($server, $crowd) = start(workers => 4, allowed_errors => $killed, keys => 'timeout: 1m');
    my @clients = $crowd->join('identity', 60);
    $katello->fail('hold');
    $crowd->ask($pull, @clients);
    ok CertGuard::Server::wait_until(sub { $katello->count });
    is $crowd->settle(0.5, @clients), 60;
    is $katello->count, 1;
    my $asking = asking_worker($server) // die "nobody asks\n";
    kill KILL => $asking;
    ok CertGuard::Server::wait_until(sub { $katello->count == 2 }, 30), 'soon';
    $katello->heal;
    $katello->release;
    $crowd->settle(30, @clients);
    my @left = grep { !$_->{gone} } @clients;
    cmp_ok scalar @left, '>', 0;
    is_deeply CertGuard::Crowd::statuses(@left), {200 => scalar @left}, 'all are answered but those of the dead one';
    ok CertGuard::Server::wait_until(sub { $server->workers == 4 }), 'a new worker is there';
    is_deeply ask_and_settle($crowd, $pull, $crowd->join('identity', 40)), {200 => 40};
    is $katello->count('GET /api/v2/hosts'), 2;
    $server->stop;
};

subtest 'a worker killed while it holds the zone holds up nobody' => sub {
    my $file = CertGuard::Scratch::file('dies');
    local $ENV{CERTGUARD_DIES} = $file;
    local $SIG{PIPE} = 'IGNORE';
    my ($server, $crowd) = start(workers => 3, allowed_errors => $killed, main => 'env CERTGUARD_DIES;',
        preload => CertGuard::Environment::built('t/dies_in_zone.so'));
    for my $time (1 .. 5) {
        my ($purge) = $crowd->join('identity');
        my @clients = map { $crowd->join('identity', 4), $crowd->join('both', 4) } 1 .. 3;
        # A handshake is over for the worker, random bytes and all, when a request has been answered.
        is_deeply ask_and_settle($crowd, '/ready', @clients), {200 => 24};
        $crowd->ask('DELETE /purge/hosts', $purge);
        $crowd->settle(30, $purge);
        CertGuard::Nginx::replace($file, '');
        my $begin = time;
        $crowd->ask($pull, @clients);
        $crowd->settle(30, @clients);
        my @left = grep { !$_->{gone} } @clients;
        cmp_ok scalar @left, '<', 24, 'one has died, with its clients';
        is_deeply CertGuard::Crowd::statuses(@left), {200 => scalar @left}, 'all others are answered';
        cmp_ok time - $begin, '<', 20, 'and soon';
        ok CertGuard::Server::wait_until(sub { $server->logged(qr/was locked by/) == $time }),
            'the master has unlocked the zone';
        ok CertGuard::Server::wait_until(sub { $server->workers == 3 }), 'another takes its place';
        $crowd->leave(@clients, $purge);
    }
    $server->stop;
};

done_testing;
