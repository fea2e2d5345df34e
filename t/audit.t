# certguard_mode audit, from end to end: the same requests to three servers that differ in nothing but the
# mode. What is decided, and told to the admin, is what enforcing decides; what happens is what happens
# without a guard.

use strict;
use warnings;
use lib 't/lib';

use CertGuard::Environment;
use CertGuard::FakePulp;
use CertGuard::Katello;
use CertGuard::Server;
use JSON::PP ();
use Test::More;

my @variables = qw(decision guard reason host org environments repository cache);
my $policy = CertGuard::Katello::policy('stale: 0s') =~ s{type: x509}{type: rhsm, path_prefix: /content/}r;

CertGuard::FakePulp::start();
CertGuard::FakePulp::registry(manifests => 'direct');
CertGuard::Pki::certificate('infrastructure', '--cn', 'proxy.example.com');

my %server = (
    off => server(''),
    enforce => server('certguard registry;', 'certguard content;'),
    audit => server('certguard registry;', 'certguard content;', 'certguard_mode audit;'),
);

sub server {
    my ($registry, $content, $mode) = map { $_ // '' } @_[0 .. 2];
    my $log = join '|', map {"\$certguard_$_"} @variables;
    my $server = CertGuard::Server->start(
        policy => $policy,
        log_level => 'info',
        http => "log_format decisions '$log';",
        locations => <<"EOL",
        access_log decisions.log decisions;
        $mode
        error_page 495 = \@bad;
        location / { $registry proxy_pass http://pulp; }
        location /content/ { $content proxy_pass http://pulp; }
        location \@bad { $registry proxy_pass http://pulp; }
        location = /status { access_log off; certguard_status; }
EOL
    );
    return $server;
}

# What curl gets, as it comes, but for the time and what this test's servers add.
sub ask {
    my ($name, $certificate, $target, @options) = @_;
    my @with = $certificate eq 'none' ? ()
        : ('--cert', CertGuard::Pki::path("$certificate.pem"), '--key', CertGuard::Pki::path("$certificate.key"));
    my $url = 'https://' . $server{$name}->address . $target;
    open my $curl, '-|', 'curl', '-ski', '--http1.1', '--path-as-is', '--max-time', 60, '-A', 'test', '-H', 'Host: localhost',
        @with, @options, $url or die "curl: $!\n";
    my $answer = do { local $/; <$curl> } // '';
    close $curl;
    return $answer =~ s/^(?:Date|X-Worker|X-Cache): .*\r\n//mgr;
}

# The last line of the access log, which is written after the answer.
sub variables {
    my ($name, $count) = @_;
    my @lines;
    CertGuard::Server::wait_until(sub {
        @lines = grep { chomp } split /^/, CertGuard::Nginx::content("$server{$name}{prefix}/decisions.log");
        return @lines >= $count;
    }) or die "no line in the log of $name\n";
    my %value;
    @value{@variables} = split /\|/, $lines[-1], -1;
    return \%value;
}

# What the error log has told the admin.
sub told {
    my ($name) = @_;
    return map { s/, client: .*//r } $server{$name}->error_log =~ /certguard: guard (.*)/g;
}

my $digest = 'sha256:' . '0' x 64;
my @cases = (
    # certificate, what is asked, why it would be refused
    ['identity', '/v2/acme/prod/busybox/manifests/latest', 'not_in_environment'],
    ['identity', '/v2/no/such/manifests/latest', 'not_in_environment'],
    ['identity', "/pulp/container/acme/prod/busybox/blobs/$digest?expires=1", 'not_in_environment'],
    ['identity', '/v2/acme/prod/busybox/tags/list', 'not_in_environment', '--head'],
    ['none', '/v2/acme/dev/web/prod/nginx/manifests/latest', 'no_certificate'],
    ['none', '/v2/', 'no_certificate'],
    ['expired', '/v2/acme/dev/web/prod/nginx/manifests/latest', 'expired'],
    ['stranger', '/v2/token?service=localhost', 'untrusted_issuer'],
    ['infrastructure', '/v2/_catalog', 'not_a_host'],
    ['deleted', '/v2/', 'unknown_host'],
    ['identity', '/v2/acme/dev/web/prod/nginx/blobs/uploads/', 'upload', '-X', 'POST'],
    ['identity', '/v2/acme/prod/busybox/manifests/latest', 'user_credentials', '-u', 'joe:secret'],
    ['identity', '/v2/acme%2Fdev/web/prod/nginx/manifests/latest', 'bad_request_path'],
    ['host', '/content/ACME/Dev/x', 'not_entitled'],
    ['expired', '/content/ACME/Library/custom/tools/x', 'expired'],
    ['none', '/content/ACME/Library/custom/tools/x', 'no_certificate'],
    ['both', '/v2/acme/prod/busybox/manifests/latest', 'lookup_failed'],
);
my @granted = (
    ['identity', '/v2/acme/dev/web/prod/nginx/manifests/latest'],
    ['identity', '/v2/'],
    ['identity', '/v2/token?service=localhost'],
    ['identity', '/v2/_catalog'],
    ['identity', '/v1/search?q=x'],
    ['identity', '/index/static?label:org.flatpak.ref:exists=1&architecture=amd64&os=linux&tag=latest'],
    ['host', '/content/ACME/Library/custom/tools/x'],
);
my $count = 0;

subtest 'what would be refused' => sub {
    for my $case (@cases) {
        my ($certificate, $target, $reason, @options) = @$case;
        my $name = "$reason: @options $target";
        $katello->fail('503_json') if $reason eq 'lookup_failed';
        my ($off, $enforced, $audited) = map { ask($_, $certificate, $target, @options) } qw(off enforce audit);
        $katello->heal;
        $count++;
        is $audited, $off, "$name: the client gets what it gets without a guard";
        my ($of_enforced, $of_audited) = map { variables($_, $count) } qw(enforce audit);
        is $of_enforced->{reason}, $reason, 'enforcing has the reason';
        like $of_enforced->{decision}, qr/^(?:denied|unavailable)$/, 'and refuses';
        is_deeply $of_audited, {%$of_enforced, decision => 'audit_denied'}, 'audit says so, and all else is the same';
        like $enforced, qr{\AHTTP/1\.1 [45]}, 'enforcing does refuse';
        like $audited, qr/\S/;
    }
};

subtest 'what is granted' => sub {
    for my $case (@granted) {
        my ($certificate, $target) = @$case;
        my ($off, $enforced, $audited) = map { ask($_, $certificate, $target) } qw(off enforce audit);
        $count++;
        my $without = $audited =~ s/^X-CLIENT-CERT: -----BEGIN%20.*\r\n//mr;
        my $length = length($audited) - length $without;
        $without =~ s/^(Content-Length: )(\d+)/$1 . ($2 - $length)/me;
        is $without, $off, "$target: the backend's answer, with nothing added, and nothing filtered";
        is_deeply variables('audit', $count), variables('enforce', $count), 'the variables are the same';
        is variables('audit', $count)->{decision}, 'granted';
    }
};

subtest 'the admin is told once about each refusal' => sub {
    my @audited = told('audit');
    is scalar @audited, @cases, 'one line for each';
    is_deeply \@audited, [map { s/ refused / would refuse /r } told('enforce')], 'in the same words as when enforcing';
    is scalar(grep {/^"\w+" would refuse /} @audited), @cases, 'that say that nothing was refused';
};

subtest 'the counters have a word of their own for it' => sub {
    my (%counted, %looked_up);
    for my $name (qw(audit enforce)) {
        my ($json) = ask($name, 'none', '/status') =~ /\r\n\r\n(.*)/s;
        my $status = JSON::PP->new->decode($json);
        $looked_up{$name} = $status->{lookups}[0]{requests};
        for my $entry (@{$status->{decisions}}) {
            $counted{$name}{"$entry->{guard} $entry->{reason}"} += $entry->{count};
            my $expected = $entry->{reason} eq 'ok' ? 'granted' : $name eq 'audit' ? 'audit_denied'
                : $entry->{reason} eq 'lookup_failed' ? 'unavailable' : 'denied';
            is $entry->{decision}, $expected, "$name: $entry->{guard} $entry->{reason} is $expected";
        }
    }
    is_deeply $counted{audit}, $counted{enforce}, 'and the same numbers';
    my $sum = 0;
    $sum += $_ for values %{$counted{audit}};
    is $sum, $count, 'which are all that there was';
    is_deeply $looked_up{audit}, $looked_up{enforce}, 'and lookups were needed as often';
    is $looked_up{audit}{none}, 1, 'one of them without an answer';
};

$server{$_}->stop for sort keys %server;

subtest 'the backend that decides may see who asks' => sub {
    my $server = CertGuard::Server->start(
        policy => $policy,
        locations => <<'EOL',
        certguard registry;
        certguard_mode audit;
        error_page 495 = @bad;
        proxy_set_header X-Pem "[$certguard_client_pem]";
        proxy_set_header X-Cert "[$certguard_client_cert]";
        location / { proxy_pass http://pulp; }
        location @bad { proxy_pass http://pulp; }
        location /passed/ { certguard content; proxy_pass http://pulp; }
        location /v2/passed/ { certguard_pass @users; proxy_pass http://pulp; }
        location @users { proxy_pass http://pulp; }
EOL
    );
    $server{audit} = $server;
    my $pem = qr/^X-Pem: \[-----BEGIN CERTIFICATE----- \S/m;
    my $none = qr/^X-Pem: \[\(null\)\]\r\nX-Cert: \[\]/m;
    for (['infrastructure', '/v2/x/tags/list', $pem, 'a verified certificate, though it is no host\'s'],
        ['identity', '/v2/x/tags/list', $pem, 'or a host\'s, which has no such repository'],
        ['identity', '/v2/x%2Fy/tags/list', $pem, 'whatever the path is'],
        ['identity', '/passed%2F/content', $pem, 'of content, too'],
        ['stranger', '/v2/x%2Fy/tags/list', $none, 'but no other then'],
        ['stranger', '/v2/x/tags/list', $none, 'no certificate of another CA'],
        ['expired', '/v2/x/tags/list', $none, 'no expired one'],
        ['none', '/v2/x/tags/list', $none, 'none where there is none'],
        ['identity', '/v2/passed/tags/list', $none, 'none behind certguard_pass']) {
        my ($certificate, $target, $like, $name, @options) = @$_;
        CertGuard::FakePulp::forget();
        ask('audit', $certificate, $target, @options);
        my @received = CertGuard::FakePulp::requests();
        is scalar @received, 1;
        like $received[0], $like, $name;
        unlike $received[0], qr/^X-CLIENT-CERT/mi, 'and not by itself';
    }
    $server->stop;
};

done_testing;
