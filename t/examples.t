# conf.examples/: what admins copy starts as it stands and does what its comments say. (D5)

use lib 't/lib';
use CertGuard;
use CertGuard::Example;
use CertGuard::FakeKatello;
use CertGuard::Server;
use JSON::PP ();
use Test::More;

my $host = CertGuard::Pki::HOST;
my $flatpaks = 'label:org.flatpak.ref:exists=1&architecture=amd64&os=linux&tag=latest';

CertGuard::Pki::crl('partners-crl', '--ca', CertGuard::Pki::path('other-ca.pem'), '--ca-key',
    CertGuard::Pki::path('other-ca.key'));
CertGuard::Pki::certificate('entitled', '--v3-path', '/ACME/Library');
CertGuard::Pki::certificate('expired-entitled', '--v3-path', '/ACME/Library', '--from', '-2d',
    '--until', '-1h');
CertGuard::Pki::certificate('sca', '--v3-path', '/ACME/Dev/web');
CertGuard::Pki::certificate('dead', '--v3-path', '/ACME/Dev/web', '--cn',
    '9d5e40b2-7f96-4142-beaa-6dbdad51b055');
CertGuard::Pki::certificate('both', '--cn', '6a2b1d8f-4c63-4e1f-8b77-3a8a7a2e8d22');
CertGuard::Pki::certificate('service', '--cn', 'katello.example.com', '--org', 'FOREMAN');
CertGuard::Pki::certificate('other-service', '--cn', 'katello.example.com.evil.test', '--org', 'FOREMAN');
CertGuard::Pki::certificate('longer-service', '--cn', 'katello.example.com, of ACME', '--org', 'FOREMAN');
my @by_another = ('--ca', CertGuard::Pki::path('other-ca.pem'), '--ca-key', CertGuard::Pki::path('other-ca.key'));
CertGuard::Pki::certificate('false-service', '--cn', 'katello.example.com', '--org', 'FOREMAN', @by_another);
CertGuard::Pki::certificate('organization', '--cn', '', '--v1-path', '/ACME');
CertGuard::Pki::certificate('smart-proxy', '--cn', 'proxy.example.com', '--org', 'FOREMAN');
CertGuard::Pki::certificate('expired-proxy', '--cn', 'proxy.example.com', '--org', 'FOREMAN', '--from', '-2d',
    '--until', '-1h');
CertGuard::Pki::certificate('false-organization', '--cn', '', @by_another);

subtest 'pulp-content.conf' => sub {
    my $example = CertGuard::Example->start(
        'pulp-content.conf',
        policy => 'pulp-content.policy.yaml',
        files => {
            '/etc/pki/tls/certs/pulp.example.com.crt' => 'server.pem',
            '/etc/pki/tls/private/pulp.example.com.key' => 'server.key',
            '/etc/pki/katello/certs/katello-default-ca.crt' => 'ca.pem',
            '/etc/pki/certguard/partners-ca.pem' => 'other-ca.pem',
            '/etc/pki/certguard/partners-crl.pem' => 'partners-crl.pem',
        },
        backends => {'unix:/run/pulpcore-content.sock' => CertGuard::FakePulp::address()},
    );
    my $base = '/pulp/content';
    is($example->status('entitled', "$base/ACME/Library/x"), 200, 'an entitled path is granted');
    like($example->logged, qr/guard=rhsm decision=granted reason=ok host=[0-9a-f-]{36} org=ACME/,
        'the access log tells the decision');
    is($example->status('entitled', "$base/ACME/Dev/x"), 403, 'another path is refused');
    is($example->status('none', "$base/ACME/Library/x"), 403, 'no certificate is refused');
    is($example->status('expired-entitled', "$base/ACME/Library/x"), 403,
        'an expired certificate is refused');
    is($example->status('entitled', "$base/partners/x"), 403, 'partners have a CA of their own');
    is($example->status('stranger', "$base/partners/x"), 200, 'which opens their content');
    is($example->status('none', "$base/public/x"), 200, 'public content is public');
    is($example->status('entitled', '/elsewhere'), 404, 'nothing else is served');

    my ($granted) = CertGuard::FakePulp::requests();
    like($granted, qr/^X-CLIENT-CERT: -----BEGIN%20CERTIFICATE/m, 'Pulp receives the certificate');
    $example->stop;
};

# Foreman in production serves no files of its own, so without these its pages are bare text.
sub serves_foremans_files {
    my ($example, $katello) = @_;
    subtest "Foreman's own files" => sub {
        for (['/assets/katello/all-1a2b.css', qr{\Atext/css}, 'a {}'], ['/images/logo.svg', qr{\Aimage/svg}, '<svg/>'],
            ['/webpack/bundle-3c4d.js', qr{/javascript}, 'b()']) {
            my ($path, $type, $body) = @$_;
            $katello->forget;
            is($example->status('none', $path), 200, $path);
            is($example->body, $body, 'is the file');
            like($example->header('Content-Type'), $type, 'of its type');
            is(scalar($katello->requests), 0, 'Foreman was not asked');
        }
        is($example->status('none', '/assets/katello/all-1a2b.css', '-H', 'Accept-Encoding: gzip'), 200, 'compressed');
        is($example->body, 'zipped', 'as it lies there');
        is($example->header('Content-Encoding'), 'gzip', 'and the browser is told so');
        is($example->status('none', '/assets/no.css'), 404, 'what is not there');
        $katello->fail('page', match => '^GET /hosts', times => 1);
        is($example->status('none', '/hosts'), 200, 'a page that names many of them');
        cmp_ok(length($example->header('Link')), '>', 8192, 'in a long header');
        $example->status('none', '/robots.txt');
        is(($katello->requests)[-1]{target}, '/robots.txt', 'everything else is for Foreman to answer');
    };
}

# Where EL's nginx would put bodies only its own user gets, and these configurations run as another one.
sub needs_no_file_for_bodies {
    my ($example) = @_;
    my $packages = CertGuard::Scratch::file('packages');
    CertGuard::Example::write_file($packages, '[' . ' ' x 300_000 . ']');
    $example->status($_, "/rhsm/consumers/$host/packages", '-X', 'PUT', '-H', 'Expect:', '--data-binary', "\@$packages")
        for qw(identity none);
    unlike($example->error_log, qr/temporary file/, 'a list of packages goes on as it comes');
}

# A machine that is being installed has neither a certificate nor Katello's CA.
sub provisions_machines {
    my ($example, $katello) = @_;
    for my $path ('/unattended/provision?token=x', '/userdata/user-data') {
        $katello->forget;
        $example->plain_status($path, '-H', 'SSL-CLIENT-S-DN: CN=katello.example.com', '-H', 'SSL-CLIENT-VERIFY: SUCCESS');
        my ($received) = $katello->requests;
        is($received && $received->{target}, $path, "$path is Foreman's to answer, without TLS");
        is(in($received, 'SSL-CLIENT-VERIFY'), 'NONE', 'who sees no certificate') if $received;
    }
}

# What comes back to a client that asks for another protocol, until the end.
sub upgraded {
    my ($example, $path, $protocol) = @_;
    my $socket = IO::Socket::SSL->new(PeerAddr => '127.0.0.1', PeerPort => $example->{port}, Timeout => 60,
        SSL_verify_mode => IO::Socket::SSL::SSL_VERIFY_NONE()) or die "TLS: $IO::Socket::SSL::SSL_ERROR\n";
    print $socket "GET $path HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: $protocol\r\n\r\n";
    local $/;
    return <$socket> // '';
}

sub websocket_for_foreman {
    my ($example, $katello) = @_;
    my %answer = (status => 101, reason => 'Switching Protocols', body => 'frames', close => 1,
        headers => [['Upgrade', 'websocket'], ['Connection', 'upgrade'], ['Content-Length', 0]]);
    $katello->fail(\%answer, match => '^GET /websocket');
    my $said = upgraded($example, '/websocket', 'WebSocket');
    like($said, qr/\AHTTP\/1\.1 101 .*^Connection: upgrade\r\n.*^Upgrade: websocket\r\n.*^\r\nframes\z/msi,
        'Foreman speaks it');
    is(in(($katello->requests)[-1], $_->[0]), $_->[1], "$_->[0] is passed on")
        for ['Upgrade', 'websocket'], ['Connection', 'upgrade'];
    $katello->heal;
    CertGuard::FakePulp::forget();
    for my $asked (['/other', 'h2c'], ['/v2/', 'websocket'], ['/pulp/content/x', 'websocket']) {
        my ($path, $protocol) = @$asked;
        $example->status('none', $path, '--http1.1', '-H', 'Connection: Upgrade', '-H', "Upgrade: $protocol");
        my ($head) = $path =~ /pulp/ ? CertGuard::FakePulp::requests()
            : join '', map {"$_->[0]: $_->[1]\n"} @{($katello->requests)[-1]{headers}};
        like($head, qr/^Host: /mi, "$path is asked for");
        unlike($head, qr/^(?:Upgrade|Connection):/mi, "and not for $protocol");
    }
}

subtest 'katello-server.conf' => sub {
    my $katello = CertGuard::FakeKatello->start;
    my $example = CertGuard::Example->katello_server($katello, CertGuard::FakePulp::address());
    my $repository = '/v2/acme/dev/web/prod/nginx/manifests/latest';
    my $backend = sub { CertGuard::FakePulp::requests() };
    my $anew = sub { CertGuard::FakePulp::forget(); $katello->forget };

    serves_foremans_files($example, $katello);
    provisions_machines($example, $katello);
    needs_no_file_for_bodies($example);
    CertGuard::FakePulp::registry(manifests => 'direct');
    $anew->();
    is($example->status('identity', $repository), 200, 'a container of the host is granted');
    my ($granted) = $backend->();
    like($granted, qr{^GET \Q$repository\E }, 'from Pulp');
    like($granted, qr/^X-CLIENT-CERT: -----BEGIN%20CERTIFICATE/m, 'with the certificate');
    is($katello->count('manifests'), 0, 'not from Katello');
    my $found = "guard=registry decision=granted reason=ok host=$host org=ACME environments=Dev/web"
        . ' repository=acme/dev/web/prod/nginx cache=miss lookup=';
    like($example->logged, qr{ \Q$found\E\d}, 'the access log tells what the lookup found');
    is($example->status('identity', '/v2/acme/prod/busybox/manifests/latest'), 403,
        'another container is refused');
    is($example->status('sca', $repository), 200, 'an entitlement certificate of the host will do, too');

    $anew->();
    is($example->status('none', $repository), 401, 'without a certificate it is Katello who says');
    like($example->header('WWW-Authenticate'), qr{realm="https://\Q@{[$example->address]}\E/v2/token"},
        'that a login is needed, on the name and port that the client used');
    is($example->status('identity', '/v2/acme/prod/x/blobs/uploads/', '-X', 'POST', '-u', 'pusher:push'),
        202, 'a user pushes to Katello');
    my $upload = ($katello->requests)[-1];
    is(in($upload, 'X-RHSM-SSL-CLIENT-CERT'), '(null)', 'without the certificate of the machine');
    is(in($upload, 'SSL-CLIENT-VERIFY'), 'NONE', 'nor any sign of it');
    is(in($upload, 'SSL-CLIENT-S-DN'), undef, 'nor its name');
    is($example->status('identity', '/v2/acme/prod/x/blobs/uploads/', '-X', 'POST'), 401,
        'the machine itself pushes nothing');
    is(scalar(CertGuard::FakePulp::requests()), 0, 'and nothing of that reached Pulp');

    $anew->();
    is($example->status('expired', '/v2/token?service=localhost'), 401, 'an expired certificate');
    like($example->body, qr/client certificate rejected: it expired on/, 'is told so');
    is($example->status('stranger', '/v2/token?service=localhost'), 401, 'one of another CA');
    like($example->body, qr/it is not from a CA that is accepted here/, 'is told so');
    is($example->status('expired', '/v2/', '-u', 'pusher:push'), 200, 'neither closes the way for a user');

    subtest 'a large layer' => sub {
        my $layer = CertGuard::Scratch::file('layer');
        CertGuard::Example::write_file($layer, 'x' x (3 << 20));
        for my $certificate (qw(identity expired)) {
            my $uploads = '/v2/acme/prod/large/blobs/uploads/';
            is($example->status($certificate, $uploads, '-X', 'POST', '-u', 'pusher:push'), 202,
                "a user begins an upload from a machine with certificate: $certificate");
            my $status = $example->status($certificate, $example->header('Location'), '-X', 'PATCH', '-u',
                'pusher:push', '-T', $layer, '-H', 'Transfer-Encoding: chunked');
            is($status, 202, 'and sends the layer');
            is($example->header('Range'), '0-3145727', 'all of it');
        }
    };

    subtest 'redirects' => sub {
        CertGuard::FakePulp::registry(manifests => 'redirect', origin => 'https://pulp.internal');
        is($example->status('identity', $repository), 302, 'Pulp redirects');
        my $location = $example->header('Location');
        my $address = $example->address;
        my ($path) = $location =~ m{^https://\Q$address\E(/pulp/container/.*)} or
            return fail("to the name and port that the client used, not to $location");
        is($example->status('identity', $path), 200, 'where the host gets it');
        is($example->status('none', $path), 200, 'and everybody else with the URL, as before');
        is($example->status('none', $path =~ s/expires=1/expires=2/r), 403, 'if Pulp made it');
        is($example->status('expired', $path, '-u', 'pusher:push'), 200, 'users on a host with a bad certificate, too');
        is($example->status('expired', $path), 401, 'which opens nothing itself');
        my $other = $path =~ s{dev/web/prod/nginx}{prod/busybox}r;
        is($example->status('identity', $other), 403, 'the host gets its own only');
        CertGuard::FakePulp::registry(manifests => 'direct');
    };

    is($example->status('identity', "/index/static?$flatpaks"), 200, "flatpak's index");
    like($example->body, qr{^\{"Registry":"/","Results":\[\{"Name":"acme/dev/web/prod/nginx"},
        'is on the same host, and the host\'s');
    unlike($example->body, qr/busybox/, 'alone');

    subtest 'yum, deb and file content' => sub {
        $anew->();
        my $path = '/pulp/content/ACME/Dev/web/custom/prod/tools/x.rpm';
        is($example->status('sca', $path), 200, 'what the certificate names is granted');
        like(($backend->())[0], qr/^X-CLIENT-CERT: -----BEGIN/m, 'with the certificate');
        is($example->status('sca', '/pulp/content/ACME/Library/x'), 403, 'and nothing else');
        is($example->status('sca', $path =~ s{content}{deb}r), 200, 'also by its other names');
        like(($backend->())[-1], qr{^GET \Q$path\E }, 'which Pulp does not know');
        is($example->status('sca', '/pulp/repos/ACME/Library/x'), 403, 'nor can they open more');
        is($example->status('dead', $path), 403, 'a host that Katello has deleted gets nothing');
        is($example->status('expired', $path), 403, 'nor does an expired certificate');
        is($example->status('none', $path), 200, 'without a certificate Pulp decides');
        unlike(($backend->())[-1], qr/X-CLIENT-CERT/i, 'and sees none');
        is($example->status('none', $path, '-H', 'X_Client_Cert: forged'), 200, 'nor a forged one');
        unlike(($backend->())[-1], qr/X.CLIENT.CERT/i, 'of any spelling');
    };

    subtest 'organizations' => sub {
        $anew->();
        is($example->status('organization', '/pulp/content/ACME/Library/x'), 200,
            'a smart proxy synchronizes content');
        is($example->status('organization', '/pulp/content/OTHER/Library/x'), 403,
            'of its organization only');
        $example->status('organization', $repository);
        my $asked = ($katello->requests)[-1];
        is("$asked->{method} $asked->{target}", "GET $repository", 'and its containers from Katello');
        is(in($asked, 'SSL-CLIENT-VERIFY'), 'SUCCESS', 'which is told that the certificate is good');
        is(in($asked, 'SSL-CLIENT-S-DN'), 'O=ACME', 'and whose');
        is(in($asked, $_), '(null)', "but not given it as $_")
            for qw(SSL-CLIENT-CERT X-RHSM-SSL-CLIENT-CERT);
        is($example->status('organization', '/v2/acme/prod/x/blobs/uploads/', '-X', 'POST'), 403,
            'pushing is not for organizations');
        is($example->status('false-organization', $repository), 403, 'nor anything for a forged one');
        is($katello->count('blobs'), 0, 'which Katello does not hear of');
    };

    subtest 'direct ways to Pulp' => sub {
        for my $path ('/pulp/api/v3/status/', '/pulpcore_registry/v2/_catalog',
            '/pulpcore_registry/index/static', $repository =~ s{^}{/pulpcore_registry}r) {
            $anew->();
            is($example->status($_, $path), 403, "$path is closed for $_")
                for qw(none identity sca organization stranger false-service other-service longer-service);
            is(scalar(CertGuard::FakePulp::requests()), 0, 'Pulp is not asked');
            is($example->status('service', $path, '-H', 'REMOTE_USER: joe'),
                $path =~ /index/ ? 400 : 200, 'Katello gets there');
            like(($backend->())[0], qr/^REMOTE-USER: admin/m, 'as admin');
        }
        is($example->status('none', '/pulp_ansible/galaxy/ACME/api/', '-H', 'REMOTE-USER: admin'), 200,
            'what Pulp gives to everybody is there');
        unlike(($backend->())[-1], qr/REMOTE.USER/i, 'and nobody is admin there');
    };

    subtest 'Foreman' => sub {
        $anew->();
        my $uuid = CertGuard::Pki::HOST;
        is($example->status('identity', "/rhsm/consumers/$uuid"), 200, 'a host sees itself');
        my $asked = ($katello->requests)[-1];
        is(in($asked, 'SSL-CLIENT-S-DN'), "CN=$uuid,O=ACME", 'Foreman is told whose certificate it is');
        is(in($asked, 'SSL-CLIENT-VERIFY'), 'SUCCESS', 'and that it is good');
        my @forged = map { ('-H', "$_: x") } 'SSL-CLIENT-S-DN', 'SSL_CLIENT_VERIFY', 'HostUUID',
            'X_RHSM_SSL_CLIENT_CERT', 'REMOTE_USER';
        is($example->status('none', "/rhsm/consumers/$uuid", @forged), 401, 'nobody else does');
        $asked = ($katello->requests)[-1];
        is_deeply([map { "$_->[0]: $_->[1]" } grep { $_->[0] =~ /SSL|HostUUID|REMOTE/i } @{$asked->{headers}}],
            ['SSL-CLIENT-VERIFY: NONE', 'SSL-CLIENT-CERT: (null)', 'X-RHSM-SSL-CLIENT-CERT: (null)'],
            'whatever headers they send');
        is(in($asked, 'X-Forwarded-For'), '127.0.0.1', 'Foreman is told the address');
        $example->status('none', '/', '-H', 'X-Forwarded-For: 192.0.2.1');
        is(in(($katello->requests)[-1], 'X-Forwarded-For'), '127.0.0.1', 'and no other');
        is($example->status('expired', '/rhsm/status'), 403, 'expired certificates are refused');
    };
    subtest 'WebSocket' => sub { websocket_for_foreman($example, $katello) };
    subtest 'a smart proxy brings the requests of its hosts' => sub {
        my $uuid = CertGuard::Pki::HOST;
        my ($pem, $proxy) = map { CertGuard::Example::read_file(CertGuard::Pki::path("$_.pem")) =~ s/\n/ /gr }
            qw(identity smart-proxy);
        for (['a host', $pem, 200], ['nobody', '(null)', 401]) {
            my ($who, $certificate, $status) = @$_;
            $anew->();
            is($example->status('smart-proxy', "/rhsm/consumers/$uuid", '-H', "X_RHSM_SSL_CLIENT_CERT: $certificate"),
                $status, "it asks for $who");
            my $shown = in(($katello->requests)[-1], 'X-RHSM-SSL-CLIENT-CERT');
            isnt($shown =~ s/ +$//r, $proxy =~ s/ +$//r, 'and its own certificate is not taken for the host\'s');
        }
    };
    subtest 'without TLS' => sub { plain_http($example) };
    subtest 'over IPv6' => sub { over_ipv6($example) };
    subtest 'over HTTP/2' => sub { speaks_http2($example) };
    subtest 'for the machine itself' => sub { status_and_purge($example) };
    $example->stop;
};

subtest 'smart-proxy.conf' => sub {
    my @tls = CertGuard::Example::backend_tls();
    my $katello = CertGuard::FakeKatello->start(@tls);
    my $example = CertGuard::Example->smart_proxy($katello, CertGuard::FakePulp::start_tls(@tls));
    my $repository = '/v2/acme/dev/web/prod/nginx/manifests/latest';
    my $anew = sub { CertGuard::FakePulp::forget(); $katello->forget };
    my $address = $example->address;

    needs_no_file_for_bodies($example);
    $anew->();
    CertGuard::FakePulp::registry(manifests => 'redirect');
    is($example->status('identity', $repository), 302, 'a container of the host is granted');
    like($example->header('Location'), qr{^https://\Q$address\E/pulp/container/acme/dev/web/prod/nginx/},
        'the redirect stays on the name and port that the client used');
    my ($granted) = CertGuard::FakePulp::requests();
    like($granted, qr{^GET /pulpcore_registry\Q$repository\E }, 'by Pulp');
    like($granted, qr/^TLS client: proxy\.example\.com$/m, 'which knows the proxy by its certificate');
    is($katello->count('container_gateway'), 0, 'not by the gateway');
    is($example->status('identity', '/v2/acme/prod/busybox/manifests/latest'), 403,
        'another container is refused');
    $example->status('identity', $repository);
    my ($path) = $example->header('Location') =~ m{^https://[^/]+(/.*)};
    is($example->status($_, $path), 200, "the redirect leads $_ to the content") for qw(identity none);
    is($example->status('expired', $path, '-u', 'pusher:push'), 200, 'and users on a host with a bad certificate');
    is($example->status('identity', "/index/static?$flatpaks"), 200, "flatpak's index");
    unlike($example->body, qr/busybox/, 'is the host\'s');
    like((CertGuard::FakePulp::requests())[-1], qr{^GET /pulpcore_registry/index/static\?}, 'from Pulp');

    $anew->();
    is($example->status('none', '/v2/'), 401, 'nobody is taken for a host with the proxy\'s certificate');
    my $asked = ($katello->requests)[-1];
    is($asked->{target}, '/container_gateway/v2/', 'the gateway decides about clients without one');
    is(in($asked, 'X-RHSM-SSL-CLIENT-CERT'), '(null)', 'and is told that there is none');
    like(CertGuard::FakeKatello::Identity::common_name($asked->{certificate} // ''),
        qr/^proxy\.example\.com$/, 'by the proxy');
    is($example->status('none', $repository), 404, 'they get nothing that is not public');
    is($example->status('none', '/v2/acme/open/web/prod/nginx/manifests/latest'), 302, 'and what is');
    like($example->header('Location'), qr{^https://\Q$address\E/pulp/container/},
        'on the name and port that they used');
    is($example->status('identity', '/v2/token?account=pusher', '-u', 'pusher:push'), 200,
        'a user of a registered machine logs in');
    $asked = ($katello->requests)[-1];
    is($asked->{target}, '/container_gateway/v2/token?account=pusher', 'with the gateway');
    is(in($asked, 'X-RHSM-SSL-CLIENT-CERT'), '(null)', 'which does not see the machine\'s certificate');
    is($example->status('identity', '/v2/token?account=pusher', '-u', 'pusher:x'), 401, 'or does not');
    is($example->status('none', $_, '-u', 'x:y'), 400, "there is no way around it: $_")
        for '/v2/..%2f..%2fpuppet/ca', '/v2/../puppet/../v2/token', '/v2/%2e%2e/v2/token';
    is(($katello->requests)[-1]{target}, '/container_gateway/v2/token?account=pusher', 'by no path');
    is($example->status('expired', '/v2/token?service=x'), 401, 'a bad certificate is refused');
    like($example->body, qr/client certificate rejected: it expired/, 'with the reason');

    $anew->();
    is($example->status('sca', '/pulp/isos/ACME/Dev/web/x'), 200, 'content that the certificate names');
    like((CertGuard::FakePulp::requests())[0], qr{^GET /pulp/content/ACME/Dev/web/x }, 'is granted');
    is($example->status('sca', '/pulp/content/ACME/Library/x'), 403, 'other content is not');
    is($example->status('dead', '/pulp/content/ACME/Dev/web/x'), 403, 'nor any to a deleted host');

    $anew->();
    $example->status('none', '/pulp_ansible/galaxy/ACME/api/', '-H', 'REMOTE_USER: admin');
    my ($collections) = CertGuard::FakePulp::requests();
    like($collections, qr{^GET /pulp_ansible/galaxy/ACME/api/ }, 'Ansible\'s collections are for everybody');
    unlike($collections, qr/REMOTE.USER/i, 'and nobody is admin there');

    $anew->();
    for my $closed ('/pulpcore_registry/v2/_catalog', '/pulpcore_registry', '/pulp/api/v3/status/') {
        is($example->status($_, $closed), 403, "$closed is closed for $_") for qw(none identity service);
    }
    is($example->status('identity', '/elsewhere'), 404, 'nothing else is there');
    is(scalar(CertGuard::FakePulp::requests()), 0, 'Pulp has heard nothing of this');

    my $uuid = CertGuard::Pki::HOST;
    is($example->status('identity', "/rhsm/consumers/$uuid"), 200, 'a host sees itself in Katello');
    like(in(($katello->requests)[-1], 'X-RHSM-SSL-CLIENT-CERT'), qr/^-----BEGIN CERTIFICATE----- M/,
        'by its own certificate');
    is($example->status('none', "/rhsm/consumers/$uuid"), 401, 'nobody else does');
    is(in(($katello->requests)[-1], $_->[0]), $_->[1], "$_->[0] is $_->[1]")
        for ['X-RHSM-SSL-CLIENT-CERT', '(null)'], ['Host', 'katello.example.com'];
    subtest 'without TLS' => sub { plain_http($example) };
    subtest 'over IPv6' => sub { over_ipv6($example) };
    subtest 'for the machine itself' => sub { status_and_purge($example) };
    $example->stop;
};

subtest 'audit-rollout.conf' => sub {
    my $katello = CertGuard::FakeKatello->start;
    my $example = CertGuard::Example->katello_server($katello, CertGuard::FakePulp::address(), 'audit-rollout.conf');
    serves_foremans_files($example, $katello);
    provisions_machines($example, $katello);
    needs_no_file_for_bodies($example);
    CertGuard::FakePulp::forget();
    my $path = '/pulp/content/ACME/Dev/web/x';
    for (['sca', $path, 'granted ok'], ['sca', '/pulp/content/ACME/Library/x', 'audit_denied not_entitled'],
        ['dead', $path, 'audit_denied unknown_host'], ['expired', $path, 'audit_denied expired'],
        ['none', $path, 'passed no_certificate']) {
        my ($certificate, $asked, $verdict) = @$_;
        CertGuard::FakePulp::forget();
        is($example->status($certificate, $asked), 200, "$certificate, $asked: Pulp decides");
        my ($received) = CertGuard::FakePulp::requests();
        my $as_before = $certificate eq 'none' ? qr/\AGET (?!.*X-CLIENT-CERT)/s
            : qr/^X-CLIENT-CERT: -----BEGIN%20CERTIFICATE(?!.*^X-CLIENT-CERT)/ms;
        like($received, $as_before, 'by the certificate that it was shown');
        my ($decision, $reason) = split / /, $verdict;
        like($example->logged, qr/ 200 .*decision=$decision reason=$reason /, "certguard notes $verdict");
    }
    like($example->error_log, qr/guard "content" would refuse "CN=$host,O=ACME": not_entitled: /,
        'the error log says what would be refused, and why');
    my $repository = '/v2/acme/dev/web/prod/nginx/manifests/latest';
    for (['identity', $repository, 200, 'granted ok'],
        ['identity', '/v2/acme/prod/busybox/manifests/latest', 404, 'audit_denied not_in_environment'],
        ['none', $repository, 401, 'audit_denied no_certificate']) {
        my ($certificate, $asked, $status, $verdict) = @$_;
        CertGuard::FakePulp::forget();
        is($example->status($certificate, $asked), $status, "$certificate, $asked: Katello decides");
        is(($katello->requests)[-1]{target}, $asked, 'which was asked');
        is(scalar(CertGuard::FakePulp::requests()), 0, 'Pulp was not');
        my ($decision, $reason) = split / /, $verdict;
        like($example->logged, qr/decision=$decision reason=$reason /, "certguard notes $verdict");
    }
    is($example->status('identity', '/v2/_catalog'), 200, 'what certguard would answer is Katello\'s, too');
    $katello->fail('503_json', match => '^GET /api/');
    is($example->status('both', '/v2/acme/prod/busybox/manifests/latest'), 200,
        'a lookup that fails, or is set up wrong, changes nothing for the hosts');
    $katello->heal;
    is($example->status('none', '/v2/acme/open/web/prod/nginx/manifests/latest'), 200, 'nor for anybody else');
    is($example->status('identity', $repository, '-u', 'pusher:wrong'), 401, 'a user is asked for the password');
    is($example->status('identity', '/v2/acme/prod/x/blobs/uploads/', '-X', 'POST', '-u', 'pusher:push'), 202,
        'and pushes with it');
    my %disagreement;    # by reason
    ok(CertGuard::Server::wait_until(sub {
        %disagreement = map { $_->{reason} => $_ } map { JSON::PP::decode_json($_) } grep {/\n\z/} split /^/,
            $example->log('decisions.json');
        return keys %disagreement >= 4;
    }), 'a log tells where certguard and the backend disagree');
    is_deeply({map { $_ => $disagreement{$_}{disagreement} } keys %disagreement},
        {map { $_ => 'would be refused' } qw(not_entitled unknown_host expired lookup_failed)}, 'and how');
    is($disagreement{not_entitled}{$_->[0]}, $_->[1], "with the $_->[0]") for ['host', $host], ['organization', 'ACME'],
        ['subject', "CN=$host,O=ACME"], ['uri', '/pulp/content/ACME/Library/x'], ['status', 200], ['guard', 'content'];
    is($example->status('none', '/certguard/status'), 200, 'the status');
    like($example->body, qr/"decision":"audit_denied","reason":"not_entitled","count":1\b/, 'counts all of it');
    subtest 'Foreman is told of each good certificate whose it is' => sub {
        for (['smart-proxy', '/api/v2/hosts/facts', 'SUCCESS', 'CN=proxy.example.com,O=FOREMAN'],
            ['organization', $repository, 'SUCCESS', 'O=ACME'], ['expired', '/rhsm/status', 'NONE', undef],
            ['stranger', $repository, 'NONE', undef], ['none', '/rhsm/status', 'NONE', undef]) {
            my ($certificate, $asked, @told) = @$_;
            $example->status($certificate, $asked, map { ('-H', "$_: forged") } 'SSL-CLIENT-S-DN', 'SSL_CLIENT_VERIFY');
            my $received = ($katello->requests)[-1];
            is_deeply([map { in($received, "SSL-CLIENT-$_") } 'VERIFY', 'S-DN'], \@told, "$certificate, $asked");
        }
    };
    subtest 'WebSocket' => sub { websocket_for_foreman($example, $katello) };
    subtest 'what certguard has no part in is served as before, too' => sub {
        CertGuard::FakePulp::forget();
        $katello->forget;
        $example->status('none', '/pulp_ansible/galaxy/ACME/api/', '-H', 'REMOTE-USER: admin');
        my ($received) = CertGuard::FakePulp::requests();
        like($received, qr{^GET /pulp_ansible/galaxy/ACME/api/ }, 'Ansible\'s collections by Pulp');
        unlike($received, qr/REMOTE.USER/i, 'where nobody is admin');
        $example->status('none', '/pub/bootstrap');
        is(scalar($katello->requests), 0, 'what new machines need by nginx, not by Katello');
    };
    for my $path ('/pulp/api/v3/status/', '/pulpcore_registry/v2/_catalog') {
        CertGuard::FakePulp::forget();
        is($example->status($_, $path), 403, "$path is closed for $_, not only watched")
            for qw(none identity organization stranger false-service);
        is(scalar(CertGuard::FakePulp::requests()), 0, 'and Pulp is not asked');
        is($example->status('service', $path), 200, 'Katello gets there');
        like((CertGuard::FakePulp::requests())[-1], qr/^REMOTE-USER: admin/m, 'as admin');
    }
    subtest 'without TLS' => sub { plain_http($example) };
    subtest 'over IPv6' => sub { over_ipv6($example) };
    subtest 'over HTTP/2' => sub { speaks_http2($example) };
    $example->stop;
};

for my $server ('katello-server.conf', 'audit-rollout.conf') {
    subtest "smart-proxy.conf before $server" => sub { behind_proxy($server) };
}

# Two nginx: what Katello learns about the clients of a smart proxy.
sub behind_proxy {
    my ($name) = @_;
    my $katello = CertGuard::FakeKatello->start(CertGuard::Example::backend_tls());
    my $server = CertGuard::Example->katello_server($katello, CertGuard::FakePulp::address(), $name);
    my $proxy = CertGuard::Example->smart_proxy($katello,
        CertGuard::FakePulp::start_tls(CertGuard::Example::backend_tls()), $server);
    CertGuard::FakePulp::registry(manifests => 'direct');
    my $consumer = "/rhsm/consumers/$host";
    my $pem = one_line('identity');
    my $shown = sub { in(($katello->requests)[-1], 'X-RHSM-SSL-CLIENT-CERT') =~ s/ +$//r };

    is($proxy->status('identity', $consumer), 200, 'a host sees itself in Katello through the proxy');
    is($shown->(), $pem, 'by its own certificate');
    is($proxy->status('none', $consumer), 401, 'nobody else does');
    is($shown->(), '(null)', 'and Katello is told that there is no certificate');
    is($proxy->status('none', $consumer, '-H', "X-RHSM-SSL-CLIENT-CERT: $pem"), 401,
        'not with a forged one either');
    is($shown->(), '(null)', 'which does not get there');
    is($proxy->status('identity', '/v2/acme/dev/web/prod/nginx/manifests/latest'), 200,
        'the proxy\'s own lookup goes through it');

    subtest 'as the installer\'s proxies ask' => sub {
        is($server->status('proxy', $consumer, '-H', "X_RHSM_SSL_CLIENT_CERT: $pem"), 200, 'for a host');
        is($shown->(), $pem, 'by its certificate');
        my @own = map { in(($katello->requests)[-1], "SSL-CLIENT-$_") } 'VERIFY', 'S-DN';
        is_deeply(\@own, ['SUCCESS', 'CN=proxy.example.com,O=FOREMAN'], 'and who the proxy is, Foreman is told, too');
        is(scalar(grep { $_->[0] =~ /RHSM/i } @{($katello->requests)[-1]{headers}}), 1, 'said once');
        is($server->status('proxy', $consumer, '-H', 'X_RHSM_SSL_CLIENT_CERT: (null)', '-H',
            "X-RHSM-SSL-CLIENT-CERT: $pem"), 401, 'for a client that has sent the header itself');
        is($shown->(), '(null)', 'which is nobody');
        is($server->status('proxy', $consumer, '-H', "X-RHSM-SSL-CLIENT-CERT: $pem"), 401,
            'nor for one that has made the proxy drop its own header, by Connection: X_RHSM_SSL_CLIENT_CERT');
        is($shown->(), '(null)', 'who is nobody, too');
        $server->status('proxy', '/rhsm/status', '-H', 'X_Forwarded_For: 192.0.2.1');
        is_deeply([map { $_->[0] } grep { $_->[0] =~ /_/ } @{($katello->requests)[-1]{headers}}], [],
            'no other header gets there by an underscore');
    };
    subtest 'nobody else can' => sub {
        for my $who (qw(identity none other-service false-service expired-proxy)) {
            $katello->forget;
            for my $path ('/rhsm/consumers/6' . substr($host, 1), '/v2/acme/dev/web/prod/nginx/tags/list') {
                next if $who eq 'identity' && $path =~ /^.v2/;
                my $status = $server->status($who, $path, map { ('-H', "$_: forged") } 'HostUUID',
                    'X-RHSM-SSL-CLIENT-CERT', 'X_RHSM_SSL_CLIENT_CERT');
                isnt($status, 200, "$path: not with the certificate: $who");
            }
            my $all = join ' ', map { map {"@$_"} @{$_->{headers}} } $katello->requests;
            unlike($all, qr/forged/, 'Katello does not see what it has sent');
        }
    };
    subtest 'lookups of the proxy' => sub {
        my $directory = CertGuard::Pki::directory();
        my $policy = CertGuard::Scratch::file("lookups-$name.yaml");
        my $common = "url: https://@{[$server->address]}, ca: $directory/ca.pem, "
            . "certificate: $directory/proxy.pem, key: $directory/proxy.key, connect_timeout: 30s, timeout: 30s";
        CertGuard::Example::write_file($policy, <<"EOP");
version: 1
lookups:
  consumer: { source: consumer, $common }
  catalog: { source: catalog, $common }
guards:
  content: { type: host, ca: $directory/ca.pem, lookup: consumer }
  registry: { type: host, serves: registry, ca: $directory/ca.pem, lookup: catalog }
EOP
        my @explain = (CertGuard::Environment::built('certguard'), 'explain', '--policy', $policy,
            '--certificate', "$directory/identity.pem", '--guard');
        for (['content', '/ACME/Dev/web/x', 'granted ok'], ['content', '/ACME/Prod/x', 'denied not_in_environment'],
            ['registry', '/v2/acme/dev/web/prod/nginx/manifests/latest', 'granted ok'],
            ['registry', '/v2/acme/prod/busybox/manifests/latest', 'denied not_in_environment']) {
            my ($guard, $uri, $expected) = @$_;
            open my $out, '-|', @explain, $guard, '--uri', $uri or die "certguard: $!\n";
            my $text = do { local $/; <$out> };
            my ($decision, $reason) = $text =~ /^decision: +(\S+)\nreason: +(\S+)/ or diag($text);
            is("$decision $reason", $expected, "$guard, $uri") or diag($text);
        }
    };
    $proxy->stop;
    $server->stop;
}

sub one_line {
    return CertGuard::Example::read_file(CertGuard::Pki::path("$_[0].pem")) =~ s/\s+\z//r =~ s/\n/ /gr;
}

sub plain_http {
    my ($example) = @_;
    CertGuard::FakePulp::forget();
    is($example->plain_status('/pulp/content/x', '-H', 'X-CLIENT-CERT: forged', '-H', 'X_CLIENT_CERT: forged'),
        200, 'Pulp decides about content');
    is($example->plain_status('/pulp/deb/x', '-H', 'X-CLIENT-CERT: forged'), 200, 'by any of its names');
    is(scalar(CertGuard::FakePulp::requests()), 2, 'for which it is asked');
    unlike(join('', CertGuard::FakePulp::requests()), qr/X.CLIENT.CERT/i, 'and believes nobody');
    for my $path ("/v2/acme/dev/web/prod/nginx/tags/list", '/pulpcore_registry/v2/_catalog', '/pulp/api/v3/',
        '/pulp/container/x') {
        is($example->plain_status($path), 301, "$path needs TLS");
        is($example->header('Location'), "https://localhost$path", 'and is there');
    }
}

# A smart proxy's Apache asks Foreman over h2:// alone: without HTTP/2 none of its hosts gets there.
sub speaks_http2 {
    my ($example) = @_;
    for my $certificate (qw(smart-proxy none)) {
        $example->status($certificate, '/rhsm/status', '--http2', '-H', 'X_RHSM_SSL_CLIENT_CERT: (null)');
        like($example->logged, qr{ HTTP/2\.0" }, "$certificate gets HTTP/2");
    }
}

sub over_ipv6 {
    my ($example) = @_;
    plan(skip_all => 'this machine has none') if !CertGuard::Port::has_ipv6();
    my @at = map { ('--resolve', "localhost:$_:[::1]") } $example->{port}, $example->{plain_port};
    is($example->status('none', '/certguard/status', @at), 200, 'with TLS');
    is($example->plain_status('/x', @at), 301, 'without');
}

sub status_and_purge {
    my ($example) = @_;
    is($example->status('none', '/certguard/status'), 200, 'the status');
    like($example->body, qr/"decisions"/, 'counts');
    like($example->status('none', "/certguard/hosts/$host", '-X', 'DELETE'), qr/^20/, 'a host can be forgotten');
}

# A header of a request that reached the fake Katello.
sub in { return CertGuard::HttpServer::header(@_) }

done_testing();
