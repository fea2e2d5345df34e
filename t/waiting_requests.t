# What a client sends while its request waits for Katello is not lost: the next requests on its connection,
# and the rest of the request itself.

use strict;
use warnings;
use lib 't/lib';

use CertGuard::Crowd;
use CertGuard::Katello;
use CertGuard::Server;
use Test::More;

CertGuard::FakePulp::start();
my $ca = CertGuard::Pki::path('ca.pem');
my $policy = CertGuard::Katello::policy('timeout: 30s')
    . "  living: { type: x509, ca: $ca, require_host: katello }\n";
my $server = CertGuard::Server->start(
    policy => $policy,
    locations => <<'EOL',
        location / { certguard registry; empty_gif; }
        location /content/ { certguard living; proxy_pass http://pulp; }
        location /purge/ { certguard_purge; }
        location /status { certguard_status; }
EOL
);
my $crowd = CertGuard::Crowd->new(address => $server->address);
my ($admin) = $crowd->join('identity');

sub hold {
    $crowd->ask('DELETE /purge/hosts', $admin);
    $crowd->settle(30, $admin);
    $katello->forget;
    $katello->fail('hold');
}

sub go_on {
    $katello->heal;
    return $katello->release;
}

sub waiting {
    $crowd->ask('/status', $admin);
    $crowd->settle(30, $admin);
    return $admin->{body} =~ /"waiting_requests":(\d+)/ ? $1 : undef;
}

sub pull { return "GET /v2/acme/dev/web/prod/$_[0]/manifests/latest HTTP/1.1\r\nHost: localhost\r\n\r\n" }

sub send_bytes { CertGuard::Crowd::syswrite_all($_[0]{socket}, $_[1]) }

# The statuses of the next COUNT answers on the connection.
sub answers {
    my ($client, $count) = @_;
    my $bytes = '';
    local $SIG{ALRM} = sub { die "no more than this was answered: $bytes\n" };
    alarm 60;
    until ((() = $bytes =~ m{HTTP/1\.1 \d}g) >= $count && $bytes =~ /\r\n\r\n/) {
        $client->{socket}->sysread($bytes, 65536, length $bytes) or last;
    }
    alarm 0;
    return [$bytes =~ m{HTTP/1\.1 (\d+)}g];
}

subtest 'requests that are sent together are answered in their order' => sub {
    hold();
    my ($client) = $crowd->join('identity');
    send_bytes($client, pull('nginx') . pull('secret') . pull('redis'));
    ok CertGuard::Server::wait_until(sub { $katello->count == 1 });
    is waiting(), 1, 'the first of them waits';
    go_on();
    is_deeply answers($client, 3), [200, 403, 200];
    $crowd->leave($client);
};

subtest 'so are those that follow while the first one waits' => sub {
    hold();
    my ($client) = $crowd->join('identity');
    send_bytes($client, pull('nginx'));
    ok CertGuard::Server::wait_until(sub { $katello->count == 1 });
    for my $name ('secret', 'redis') {
        send_bytes($client, pull($name));
        is waiting(), 1, 'one request of the connection waits';
    }
    go_on();
    is_deeply answers($client, 3), [200, 403, 200];
    $crowd->leave($client);
};

subtest 'half of a request that follows does not end the waiting' => sub {
    hold();
    my ($client) = $crowd->join('identity');
    my ($begin, $end) = pull('redis') =~ /\A(.{20})(.*)\z/s;
    send_bytes($client, pull('nginx') . $begin);
    ok CertGuard::Server::wait_until(sub { $katello->count == 1 });
    is waiting(), 1;
    go_on();
    is_deeply answers($client, 1), [200];
    send_bytes($client, $end);
    is_deeply answers($client, 1), [200];
    $crowd->leave($client);
};

subtest 'a body that comes while its request waits arrives whole' => sub {
    my $length = 100_000;
    my $body = join '', map { sprintf '%09d;', $_ } 1 .. $length / 10;
    for my $first (0, 1, $length / 2, $length) {
        hold();
        CertGuard::FakePulp::forget();
        my ($client) = $crowd->join('identity');
        send_bytes($client, "PUT /content/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: $length\r\n\r\n"
            . substr $body, 0, $first);
        ok CertGuard::Server::wait_until(sub { $katello->count == 1 }), "with $first bytes of the body";
        is waiting(), 1;
        # What is too much for the buffers on the way waits there.
        my $child = fork() // die "fork: $!\n";
        if ($child == 0) {
            send_bytes($client, substr $body, $first);
            POSIX::_exit(0);
        }
        is waiting(), 1;
        go_on();
        waitpid $child, 0;
        ok CertGuard::Server::wait_until(sub { CertGuard::FakePulp::requests() == 1 });
        my ($request) = CertGuard::FakePulp::requests();
        ok $request =~ /\r\n\r\n\Q$body\E\z/, 'the backend has all of it';
        $crowd->leave($client);
    }
};

is waiting(), 0, 'nobody waits in the end';
$server->stop;
done_testing;
