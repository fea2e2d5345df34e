# No secret is in a log, at debug level either; nor in the status, in the zone, or in what clients get. Each
# source of lookups is asked, answers and fails, and users log in; their secrets are canaries.
#
# nginx itself logs every client's headers at debug level, Authorization with them. certguard can't keep it from
# that; but it is all that may show a user's secret, and nothing shows a lookup's.

use strict;
use warnings;
use lib 't/lib';

use CertGuard::Crowd;
use CertGuard::FakePulp;
use CertGuard::Katello;
use CertGuard::Server;
use MIME::Base64 qw(encode_base64);
use Test::More;

my $has_debug = qx($ENV{TEST_NGINX_BINARY} -V 2>&1) =~ /--with-debug/;
my $uuid = CertGuard::Pki::HOST;
CertGuard::FakePulp::start();
CertGuard::Pki::certificate('sca', '--sca', '--v3-path', '/ACME/Dev/web');
CertGuard::Pki::certificate('proxy', '--cn', 'proxy.example.com', '--org', 'FOREMAN');
CertGuard::Nginx::replace(CertGuard::Scratch::file('hosts.yaml'), <<"END");
version: 1
organizations:
  ACME:
    hosts: { $uuid: [Dev/web] }
    environments: { Dev/web: [acme/dev/web/prod/nginx] }
END

my $token = CertGuard::FakeKatello::default_site()->{users}{certguard};
my %secret = (
    'the password of the lookup' => $token,
    'the same as it is sent' => encode_base64("certguard:$token", ''),
    'the key of the lookup' => key_text('proxy.key'),
    'a consumer\'s key' => CertGuard::FakeKatello::KEY_CANARY,
    'a session of the lookup\'s user' => CertGuard::FakeKatello::SESSION_CANARY,
);
my %users = (
    'a user\'s password' => encode_base64('joe:CANARY-PASSWORD', ''),
    'a user\'s token' => 'CANARY-TOKEN-77ab19',
);

# A line of the key itself.
sub key_text {
    my ($name) = @_;
    my @lines = split /\n/, CertGuard::Nginx::content(CertGuard::Pki::path($name));
    return $lines[1];
}

sub policy {
    my ($ca, $certificate, $key) = map { CertGuard::Pki::path($_) } 'ca.pem', 'proxy.pem', 'proxy.key';
    my $to = "url: " . $katello->tls_url . ", ca: $ca, certificate: $certificate, key: $key, stale: 0s, "
        . "connect_timeout: 30s, timeout: 30s";
    my $login = "user: certguard, password_file: $ENV{TEST_NGINX_TOKEN_FILE}";
    return <<"EOP";
version: 1
lookups:
  foreman: { source: foreman, $to, $login }
  catalog: { source: catalog, $to }
  consumer: { source: consumer, $to }
  certificate: { source: certificate }
  file: { source: file, file: @{[CertGuard::Scratch::file('hosts.yaml')]} }
guards:
  foreman: { type: host, ca: $ca, serves: registry, lookup: foreman }
  catalog: { type: host, ca: $ca, serves: registry, lookup: catalog }
  file: { type: host, ca: $ca, serves: registry, lookup: file }
  consumer: { type: host, ca: $ca, lookup: consumer }
  certificate: { type: host, ca: $ca, lookup: certificate }
EOP
}

my $format = join ' ', map {"\$$_"} qw(request status ssl_client_s_dn), map {"certguard_$_"}
    qw(decision reason guard host org environments repository cache lookup_time client_cert client_pem);

sub started {
    my ($level) = @_;
    return CertGuard::Server->start(
        policy => policy(),
        log_level => $level,
        http => "log_format all '$format';",
        locations => <<'EOL',
        access_log access.log all;
        certguard_pass @users;
        location ~ ^/v2/.*/tags/ { certguard foreman; proxy_pass http://pulp; }
        location ~ ^/v2/.*/manifests/ { certguard catalog; proxy_pass http://pulp; }
        location ~ ^/v2/.*/blobs/ { certguard file; proxy_pass http://pulp; }
        location /ACME/ { certguard consumer; proxy_pass http://pulp; }
        location /ACME/Dev/web/signed { certguard certificate; proxy_pass http://pulp; }
        location @users { proxy_pass http://pulp; }
        location = /status { certguard_status; }
        location /purge/ { certguard_purge; }
EOL
    );
}

my @of_hosts = (
    ['foreman', 'identity', '/v2/acme/dev/web/prod/nginx/tags/list'],
    ['catalog', 'identity', '/v2/acme/dev/web/prod/nginx/manifests/latest'],
    ['file', 'identity', '/v2/acme/dev/web/prod/nginx/blobs/sha256:' . '0' x 64],
    ['consumer', 'identity', '/ACME/Dev/web/x'],
    ['certificate', 'sca', '/ACME/Dev/web/signed'],
);
# Before the circuit opens, and the last one opens it.
my @faults = qw(301 500_json truncated not_json 401);

# All that a client has seen, and all that is kept.
sub everything_of {
    my ($server, $answers) = @_;
    my ($worker) = $server->workers;
    my $zone = CertGuard::Nginx::zone($worker);
    diag 'this user may not read the memory of nginx' if !defined $zone;
    return (
        'what clients got' => $answers,
        'error.log' => $server->error_log,
        'access.log' => CertGuard::Nginx::content("$server->{prefix}/access.log"),
        'the zone' => $zone // '',
    );
}

sub ask {
    my ($crowd, $certificate, $target, $headers) = @_;
    my ($client) = $crowd->join($certificate);
    # A header more ends the line that the client of the tests adds.
    $crowd->ask(defined $headers ? "GET $target HTTP/1.1\r\n${headers}X-Rest:" : $target, $client);
    $crowd->settle(30, $client);
    $crowd->leave($client);
    return $client;
}

sub use_it {
    my ($server) = @_;
    my $crowd = CertGuard::Crowd->new(address => $server->address);
    my $answers = '';
    my $note = sub { my ($client) = @_; $answers .= "$client->{head}\n$client->{body}\n"; return $client->{status} };
    for (@of_hosts) {
        my ($source, $certificate, $target) = @$_;
        is $note->(ask($crowd, $certificate, $target)), 200, "$source: an answer";
        is $note->(ask($crowd, $certificate, $target =~ s/nginx|web/none/r)), 403, "$source: a refusal";
    }
    my ($user) = (ask($crowd, 'identity', $of_hosts[0][2], "Authorization: Basic $users{'a user\'s password'}\r\n"));
    is $user->{status}, 200, 'a user with a password is passed';
    # Here the answers are the fake Pulp's, which shows what it was sent.
    ask($crowd, 'identity', $of_hosts[0][2], "Authorization: Bearer $users{'a user\'s token'}\r\n");
    ask($crowd, 'identity', $of_hosts[3][2], "Authorization: Bearer $users{'a user\'s token'}\r\n");
    $answers .= ask($crowd, 'identity', $_)->{body} for '/status', '/status?format=prometheus';
    my @asked = $katello->requests;
    for my $fault (@faults) {
        $note->(ask($crowd, 'identity', 'DELETE /purge/hosts'));
        $katello->fail($fault);
        $note->(ask($crowd, $_->[1], $_->[2])) for @of_hosts;
        $katello->heal;
    }
    $answers .= ask($crowd, 'identity', $_)->{body} for '/status', '/status?format=prometheus';
    return ($answers, @asked);
}

for my $level ('info', 'debug') {
    subtest "error_log at $level" => sub {
        $katello->forget;
        my $server = started($level);
        my ($answers, @asked) = use_it($server);
        my %text = everything_of($server, $answers);
        my $sent = join "\n", map { map {"$_->[0]: $_->[1]"} @{$_->{headers}} } @asked;
        like $sent, qr/Authorization: Basic \Q$secret{'the same as it is sent'}\E/, 'the lookup has used its password';
        unlike $sent, qr/^Cookie/mi, 'and no session';
        ok scalar(grep { defined $_->{certificate} } @asked), 'and its certificate';
        like $text{'error.log'}, qr/\[error\].*refuses this proxy/, 'there is something to see in error.log';
      SKIP: {
            skip 'this nginx is built without --with-debug', 1 if $level ne 'debug' || !$has_debug;
            like $text{'error.log'}, qr/\[debug\].*http header: "Authorization: Basic/, 'nginx shows what clients send';
        }
        for my $place (sort keys %text) {
            ok index($text{$place}, $secret{$_}) < 0, "$_ is not in $place" for sort keys %secret;
        }
        my $any = join '|', 'CANARY', 'BEGIN[A-Z ]*PRIVATE', map {quotemeta} values %users;
        unlike $text{$_} =~ s/[^ -~\n]+/ /gr, qr/$any/, "nor anything else secret in $_" for 'access.log', 'the zone', 'what clients got';
        my @lines = split /\n/, $text{'error.log'};
        for my $who (sort keys %users) {
            my @seen = grep { index($_, $users{$who}) >= 0 } @lines;
            is_deeply [grep { $level ne 'debug' || /certguard: |\[(?!debug)\w+\]/ } @seen], [], "$who is not in what certguard says";
        }
        $server->stop;
    };
}

done_testing;
