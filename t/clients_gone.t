# Clients that go away while they wait for Katello leave nothing behind.

use strict;
use warnings;
use lib 't/lib';

use CertGuard::Crowd;
use CertGuard::Http2;
use CertGuard::Katello;
use CertGuard::Server;
use JSON::PP ();
use Socket qw(SOL_SOCKET SO_LINGER);
use Test::More;

my $pull = '/v2/acme/dev/web/prod/nginx/manifests/latest';
my @hosts = CertGuard::Katello::crowd(10);
my $server = CertGuard::Server->start(
    policy => CertGuard::Katello::policy('timeout: 1m, connect_timeout: 1m'),
    log_level => 'info',
    locations => <<'EOL',
        location / { certguard registry; empty_gif; }
        location /purge/ { certguard_purge; }
        location /status { certguard_status; }
EOL
);
my $crowd = CertGuard::Crowd->new(address => $server->address);
my ($worker) = $server->workers;
my ($admin) = $crowd->join('identity');

# By the end of the connection, by half of it, by a reset.
my @ways = (
    sub { $_[0]{socket}->close(SSL_no_shutdown => 1) },
    sub { shutdown $_[0]{socket}, 1; $_[0]{socket}->close(SSL_no_shutdown => 1) },
    sub {
        setsockopt $_[0]{socket}, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0;
        $_[0]{socket}->close(SSL_no_shutdown => 1);
    },
    sub { $_[0]{socket}->close },
);

sub abort_http1 {
    my ($count) = @_;
    for (1 .. $count / 50) {
        my @clients = map { $crowd->join($hosts[$_ % @hosts]) } 1 .. 50;
        $crowd->ask($pull, @clients);
        $crowd->settle(0.01, @clients);
        $ways[$_ % @ways]->($clients[$_]) for 0 .. $#clients;
    }
}

sub abort_http2 {
    my ($count) = @_;
    my $connection = CertGuard::Http2->new($crowd->connect($hosts[0], 'h2'));
    for (2 .. $count / 100) {
        my @streams = map { $connection->open($pull) } 1 .. 100;
        $connection->wait;
        $connection->reset(@streams);
    }
    $connection->open($pull) for 1 .. 100;
    $connection->wait;
    $connection->close;    # and all that is open with it
}

sub status {
    $crowd->ask('/status', $admin);
    $crowd->settle(30, $admin);
    return JSON::PP::decode_json($admin->{body});
}

sub descriptors { return scalar(() = glob "/proc/$worker/fd/*") }

# What is not zero in the zone: never less than what is in use.
sub zone_bytes {
    my $zone = CertGuard::Nginx::zone($worker) // return 0;
    return length($zone) - ($zone =~ tr/\0//);
}

sub private_kilobytes {
    return CertGuard::Nginx::content("/proc/$worker/status") =~ /^RssAnon:\s+(\d+) kB/m ? $1 : 0;
}

# A thousand requests that nobody waits for in the end, while Katello hangs; then it answers.
sub round {
    $katello->forget;
    $katello->fail('hold');
    $crowd->ask('DELETE /purge/hosts', $admin);
    $crowd->settle(30, $admin);
    abort_http1(200);
    abort_http2(800);
    my $left = 0;
    CertGuard::Server::wait_until(sub { !($left = status()->{waiting_requests}) });
    my $asked = 0;
    CertGuard::Server::wait_until(sub { ($asked = $katello->count) >= 8 });
    $katello->heal;
    $katello->release;
    my @clients = map { $crowd->join($_) } @hosts;
    $crowd->ask($pull, @clients);
    $crowd->settle(30, @clients);
    my @granted = grep { $_->{status} == 200 } @clients;
    $crowd->leave(@clients);
    return ($asked, $left, scalar @granted);
}

round() for 1 .. 2;    # what is set up once
my %before = (descriptors => descriptors(), zone => zone_bytes(), memory => private_kilobytes(),
    cache => status()->{cache}{used_bytes});
for my $time (1 .. 10) {
    my ($asked, $left, $granted) = round();
    is $asked, 8, 'Katello has only seen as many questions as there are connections';
    is $left, 0, 'nobody waits any more';
    is $granted, @hosts, 'who comes later and stays is answered';
}

ok CertGuard::Server::wait_until(sub { descriptors() <= $before{descriptors} }),
    'no descriptor is left open after ten thousand requests' or diag descriptors() . ", not $before{descriptors}";
is status()->{cache}{used_bytes}, $before{cache}, 'nothing is left in the cache';
cmp_ok zone_bytes(), '<=', $before{zone} + 1024, 'nor in the rest of the zone';
SKIP: {
    skip 'sanitizers and valgrind keep what was freed', 1 if CertGuard::Environment::is_instrumented();
    cmp_ok private_kilobytes(), '<=', $before{memory} + 2048, 'nor in the worker\'s own memory';
}
note sprintf '%d descriptors, %d bytes of the zone, %d kB of memory; before: %d, %d, %d', descriptors(), zone_bytes(),
    private_kilobytes(), @before{qw(descriptors zone memory)};
cmp_ok $server->logged(qr/client .*(?:prematurely )?closed|client canceled stream/), '>=', 10_000,
    'that many have gone away';
is status()->{waiting_requests}, 0;
is $katello->state->{open_connections}, 8, 'connections to Katello stay open for the next question';

$server->stop;
done_testing;
