# The log formats of docs/operations.md, as they stand there: one line for each request, and in JSON one object,
# whatever clients send.

use strict;
use warnings;
use lib 't/lib';

use CertGuard::Crowd;
use CertGuard::Example;
use CertGuard::FakePulp;
use CertGuard::Katello;
use CertGuard::Server;
use JSON::PP ();
use Test::More;

my ($documented) = CertGuard::Example::read_file('docs/operations.md')
    =~ /^## An access log that tells why\n.*?^```nginx\n(.*?)^```$/ms;
my $log = CertGuard::Scratch::file('log');
mkdir $log;
CertGuard::FakePulp::start();
my $server = CertGuard::Server->start(
    policy => CertGuard::Katello::policy('stale: 0s'),
    access_log => '',
    http => $documented =~ s{/var/log/nginx}{$log}gr,
    locations => <<'EOL',
        error_page 495 = @bad;
        location @bad { certguard registry; proxy_pass http://pulp; }
        location /v2/ { certguard registry; proxy_pass http://pulp; }
        location /watched/ { certguard registry; certguard_mode audit; proxy_pass http://pulp; }
        location /open/ { proxy_pass http://pulp; }
        location /purge/ { certguard_purge; }
        location /quiet/ { access_log off; empty_gif; }
EOL
);
my $crowd = CertGuard::Crowd->new(address => $server->address);
CertGuard::Pki::certificate('odd', '--cn', qq{a"b\\c\n\x{c3}\x{a9}}, '--org', '{"x":1}');

my $lines = 0;    # of access.log so far

# The bytes of a request, and the object of its line in decisions.json; undef when it has none.
sub logged {
    my ($certificate, $bytes) = @_;
    my $before = () = lines('decisions.json');
    my ($client) = $crowd->join($certificate);
    CertGuard::Crowd::syswrite_all($client->{socket}, $bytes);
    my $answer = '';
    1 while $client->{socket}->sysread($answer, 65536, length $answer);
    $crowd->leave($client);
    $lines++;
    ok CertGuard::Server::wait_until(sub { lines('access.log') >= $lines }), 'a line';
    # The worker has written to both logs when it answers the next request.
    is $crowd->once('/quiet/')->{status}, 200;
    is scalar(lines('access.log')), $lines, 'and no more';
    my @new = (lines('decisions.json'))[$before .. scalar(lines('decisions.json')) - 1];
    return undef if !@new;
    is scalar @new, 1, 'one object';
    my $object = eval { JSON::PP->new->latin1->decode($new[0]) } or diag $new[0];
    return $object;
}

sub lines {
    my ($name) = @_;
    return split /^/, eval { CertGuard::Example::read_file("$log/$name") } // '';
}

sub request { return "$_[0] HTTP/1.1\r\nHost: localhost\r\n" . ($_[1] // '') . "Connection: close\r\n\r\n" }

my $repository = 'acme/dev/web/prod/nginx';
my $host = CertGuard::Katello::uuid('identity');

subtest 'what was decided, and why' => sub {
    my $entry = logged('identity', request("GET /v2/$repository/tags/list", "User-Agent: podman\r\n"));
    my %expected = (decision => 'granted', reason => 'ok', guard => 'registry', host => $host, organization => 'ACME',
        environments => 'Dev/web', repository => $repository, cache => 'miss', subject => "CN=$host,O=ACME", method => 'GET',
        uri => "/v2/$repository/tags/list", status => 200, agent => 'podman', server => 'localhost', client => '127.0.0.1');
    is_deeply {map { $_ => $entry->{$_} } keys %expected}, \%expected, 'a grant';
    like $entry->{lookup_time}, qr/^\d+\.\d{3}$/, 'with the time that it waited';
    like $entry->{time}, qr/^\d{4}-\d\d-\d\dT/, 'and its own';
    my $words = "guard=registry decision=granted reason=ok host=$host org=ACME environments=Dev/web repository=$repository cache=miss";
    like +(lines('access.log'))[-1], qr/ 200 \d+ \Q$words\E lookup=\d/, 'the line to read has the same';

    my @cases = (
        ['identity', "GET /v2/acme/prod/busybox/tags/list", 'denied', 'not_in_environment'],
        ['expired', "GET /v2/$repository/tags/list", 'denied', 'expired'],
        ['deleted', "GET /v2/$repository/tags/list", 'denied', 'unknown_host'],
        ['identity', "GET /watched/x", 'audit_denied', 'bad_request_path'],
        ['identity', "POST /v2/$repository/blobs/uploads/", 'denied', 'upload'],
    );
    for (@cases) {
        my ($certificate, $line, $decision, $reason) = @$_;
        $entry = logged($certificate, request($line));
        is_deeply [@$entry{qw(decision reason)}], [$decision, $reason], $reason;
    }
    logged('identity', request('DELETE /purge/hosts'));
    $katello->fail('503_json');
    $entry = logged('identity', request("GET /v2/$repository/tags/list"));
    is_deeply [@$entry{qw(decision reason cache)}], [qw(unavailable lookup_failed none)], 'no answer';
    like $entry->{lookup_time}, qr/^\d+\.\d{3}$/, 'and how long that took';
    $katello->heal;
    is logged('identity', request('GET /open/x')), undef, 'what no guard looks at is in the other log only';
};

subtest 'hostile bytes' => sub {
    my $evil = join '', map { chr } grep { !/^(?:35|37|63|127)$/ } 33 .. 255;
    for (["GET /v2/\"},{\"decision\":\"granted\\\\", 'quotes'], ["GET /v2/$evil", 'all bytes that nginx takes'],
        ["GET /v2/%0a%0d%22\\n{}", 'escapes'], ["GET /v2/x?\"\\\x{ff}\x{fe}", 'in the query']) {
        my ($line, $name) = @$_;
        my $entry = logged('identity', request($line));
        is $entry->{uri}, $line =~ s/^GET //r, $name;
        is $entry->{decision}, 'denied', 'and nothing else is forged';
    }
    my $entry = logged('identity', request("GET /v2/x/tags/list", "User-Agent: a\"b\\c\t\x{c3}\x{a9}\x{ff}\x{7f}\x{1b}\r\n"));
    is $entry->{agent}, "a\"b\\c\t\x{c3}\x{a9}\x{ff}\x{7f}\x{1b}", 'a header';
    for my $name ('a"b', "\x{c3}\x{a9}.example.com", 'a}b') {
        $entry = logged('identity', "GET /v2/x/tags/list HTTP/1.1\r\nHost: $name\r\nConnection: close\r\n\r\n");
        is $entry->{server}, $name, "a server's name" if $entry && $entry->{status} != 400;
    }
    $entry = logged('odd', request("GET /v2/x/tags/list"));
    is_deeply [@$entry{qw(decision reason)}], [qw(denied not_a_host)], 'a certificate with odd names';
    is $entry->{organization}, '{"x":1}', 'which are shown as they are';
    unlike +(lines('access.log'))[-1], qr/[\x00-\x09\x0b-\x1f]/, 'in the line to read, too';
    ok !(grep { !/\n\z/ } lines('access.log'), lines('decisions.json')), 'all lines are whole';
};

$server->stop;
done_testing;
