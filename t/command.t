# `certguard host` and `certguard explain` as a program, against a whole Katello over TLS: each source
# finds what the site is, nothing secret is shown, and a Katello that fails is told from one that says no.

use strict;
use warnings;

use lib 't/lib';

use CertGuard::Scratch;
use CertGuard::Environment;
use CertGuard::Pki;
use CertGuard::FakeKatello;
use JSON::PP qw(decode_json);
use Test::More;

my ($web, $both, $empty, $bare, $deleted, $twice, $other) =
    sort keys %{CertGuard::FakeKatello::default_site()->{hosts}};
my $password = 'a-personal-access-token';

CertGuard::Pki::make();
CertGuard::Pki::certificate('deleted', '--cn', $deleted);
CertGuard::Pki::certificate('other', '--cn', $other, '--org', 'OTHER');
my $katello = CertGuard::FakeKatello->start(
    certificate => CertGuard::Pki::path('server.pem'), key => CertGuard::Pki::path('server.key'));

# A policy with one lookup of this source, with these keys beside or in place of the usual ones, and
# the guards "registry" and "live" for it.
sub policy {
    my ($source, %keys) = @_;
    my %all = (
        source => $source, url => $katello->tls_url, ca => CertGuard::Pki::path('ca.pem'),
        timeout => '1m', connect_timeout => '1m',    # however busy the machine is
        $source eq 'foreman'
        ? (user => 'certguard', password_file => file('password', $keys{password} // $password))
        : (),
        %keys,
    );
    delete $all{password};
    my $ca = CertGuard::Pki::path('ca.pem');
    return file('policy.yaml', join "\n", 'version: 1', 'lookups:', '  katello:',
        (map {"    $_: $all{$_}"} sort keys %all), 'guards:',
        $source eq 'consumer' ? () : "  registry: {type: host, ca: $ca, serves: registry, lookup: katello}",
        $source eq 'catalog' ? () : "  live: {type: x509, ca: $ca, require_host: katello}", '');
}

sub file {
    my ($name, $text) = @_;
    my $path = CertGuard::Scratch::file($name);
    open my $out, '>', $path or die "$path: $!\n";
    print $out $text;
    close $out or die "$path: $!\n";
    chmod 0600, $path;
    return $path;
}

my $said = '';    # all that the command has ever said

# Exit status and answer, which is JSON.
sub certguard {
    my @command = (CertGuard::Environment::built('certguard'), @_, '--json');
    open my $pipe, '-|', "@{[map { quotemeta } @command]} 2>&1" or die "certguard: $!\n";
    my $text = do { local $/; <$pipe> } // '';
    close $pipe;
    my $status = $? >> 8;
    $said .= $text;
    my $answer = eval { decode_json($text) };
    diag $text if !$answer;
    return ($status, $answer // {});
}

sub host {
    my ($policy, $uuid, @more) = @_;
    $katello->forget;
    return certguard('host', $uuid, '--policy', $policy, @more);
}

sub pki { return CertGuard::Pki::path("$_[0].pem") }

subtest 'Foreman tells organization, environments, repositories and public repositories' => sub {
    my ($status, $answer) = host(policy('foreman'), $both);
    is $status, 0, 'exit status 0';
    is $answer->{organization}, 'ACME', 'organization';
    is_deeply $answer->{environments}, ['Library', 'Dev/web'], 'environments';
    is_deeply $answer->{repositories},
        [qw(acme/dev/web/prod/nginx acme/dev/web/prod/redis acme/prod/busybox)], 'repositories';
    is_deeply $answer->{public}, ['acme/open/web/prod/nginx'], 'public repositories';
    is scalar @{$answer->{requests}}, $katello->count, 'it tells of each request';
    is $katello->count('GET /api/v2/hosts'), 1, 'the host is asked for once';

    ($status, $answer) = host(policy('foreman'), $other);
    is $answer->{organization}, 'OTHER', 'a host of another organization';
};

subtest 'every Katello from 4.8 on is understood' => sub {
    for my $version (qw(4.8 4.13 4.14 4.18 4.20 5.0)) {
        $katello->set(version => $version);
        my ($status, $answer) = host(policy('foreman'), $both);
        is_deeply [$status, @{$answer->{environments} // []}], [0, 'Library', 'Dev/web'], $version;
    }
};

subtest 'a host without content, one that is deleted and one that is there twice' => sub {
    my ($status, $answer) = host(policy('foreman'), $bare);
    is_deeply [$status, $answer->{answer}, $answer->{repositories}], [0, 'known', []], 'without';
    ($status, $answer) = host(policy('foreman'), $deleted);
    is_deeply [$status, $answer->{answer}], [1, 'unknown_host'], 'deleted';
    like $answer->{message}, qr/no such host, or none that the user "certguard" may see/, 'message';
    ($status, $answer) = host(policy('foreman'), $twice);
    is_deeply [$status, $answer->{answer}], [2, 'misconfigured'], 'twice';
};

subtest "Katello's catalog tells the same repositories, and nothing else" => sub {
    my ($status, $answer) = host(policy('catalog'), $web);
    is $status, 0, 'exit status 0';
    is_deeply $answer->{repositories}, [qw(acme/dev/web/prod/nginx acme/dev/web/prod/redis)],
        'repositories';
    is_deeply $answer->{public}, ['acme/open/web/prod/nginx'], 'public repositories';
    is $answer->{environments}, undef, 'it does not tell environments';
};

subtest 'Candlepin is asked with the certificate of the host' => sub {
    my ($status, $answer) = host(policy('consumer'), $web, '--certificate', pki('identity'));
    is $status, 0, 'exit status 0';
    is_deeply [@{$answer}{qw(organization environments repositories)}], ['ACME', ['Dev/web'], undef],
        'it tells environments and no repositories';
    ($status, $answer) = host(policy('consumer'), $deleted, '--certificate', pki('deleted'));
    is_deeply [$status, $answer->{answer}], [1, 'unknown_host'], 'a deleted host';
};

subtest 'a Katello that refuses is told from one that fails' => sub {
    my @table = (
        ['a wrong password', [password => 'wrong'], undef, 'refused',
            qr/HTTP 401.*check user and password_file/],
        ['a user without permissions', [user => 'nobody', password => 'nothing'], undef, 'refused',
            qr/HTTP 403.*the user needs view_hosts/],
        ['an error 503', [], '503_html', 'unavailable', qr/HTTP 503/],
        ['a redirect', [], '301', 'unavailable', qr/a redirect, which is not followed/],
        ['half a document', [], 'not_json', 'unavailable', qr/Content-Type/],
        ['half an answer', [], 'truncated', 'unavailable', qr/./],
        ['a server that hangs', [timeout => '2s', connect_timeout => '2s'], 'hang', 'unavailable',
            qr/within 2000 ms/],
        ['a server of another CA', [ca => pki('other-ca')], undef, 'unavailable',
            qr/check the lookup's url, ca, certificate and key/],
    );
    for my $row (@table) {
        my ($name, $keys, $fault, $expected, $message) = @$row;
        my $policy = policy('foreman', @$keys);
        $katello->forget;
        $katello->fail($fault, match => '^GET /api') if defined $fault;
        my ($status, $answer) = certguard('host', $web, '--policy', $policy);
        is_deeply [$status, $answer->{answer}], [2, $expected], $name;
        like $answer->{message}, $message, "$name: the message says what to do";
        $katello->heal;
    }
};

subtest 'explain asks once, and decides as nginx does' => sub {
    my @request = ('explain', '--policy', policy('foreman'), '--guard', 'registry',
        '--certificate', pki('identity'), '--uri');
    $katello->forget;
    my ($status, $answer) = certguard(@request, '/v2/acme/dev/web/prod/nginx/tags/list');
    is_deeply [$status, $answer->{reason}], [0, 'ok'], 'a repository of the host';
    is $katello->count('GET /api/v2/hosts'), 1, 'one question about the host';
    ($status, $answer) = certguard(@request, '/v2/acme/prod/busybox/tags/list');
    is_deeply [$status, @$answer{qw(reason status)}], [1, 'not_in_environment', 403], 'another one';
    $katello->forget;
    ($status, $answer) = certguard(@request, '/v2/', '--offline');
    is_deeply [$status, @$answer{qw(decision reason)}], [2, 'unavailable', 'lookup_failed'], 'offline';
    is $katello->count, 0, 'offline, nobody is asked';
    $katello->fail('503_json');
    ($status, $answer) = certguard(@request, '/v2/');
    is_deeply [$status, $answer->{lookup}{answer}], [2, 'unavailable'], 'a Katello that fails';
    $katello->heal;

    ($status, $answer) = certguard('explain', '--policy', policy('consumer'), '--guard', 'live',
        '--certificate', pki('deleted'), '--uri', '/x');
    is_deeply [$status, $answer->{reason}], [1, 'unknown_host'], 'a deleted host';
};

unlike $said, qr/\Q$password\E|${\ CertGuard::FakeKatello::KEY_CANARY}/, 'nothing secret is shown';

done_testing;
