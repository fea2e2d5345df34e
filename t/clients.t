# podman and skopeo, as they are in Debian, against conf.examples/katello-server.conf and
# smart-proxy.conf, with docker-registry where Pulp is: what a host gets, and what its admin reads
# when it does not. (C1, C2, C3, C4, C6, C8)

use lib 't/lib';
use CertGuard::ContainerClient;
BEGIN { CertGuard::ClientHome::require_programs(qw(podman skopeo docker-registry)) }
use CertGuard;
use CertGuard::DockerRegistry;
use CertGuard::Example;
use CertGuard::FakeKatello;
use CertGuard::Images;
use Test::More;

my $host = CertGuard::Pki::HOST;
my ($own, $other, $public) = qw(acme/dev/web/prod/nginx acme/prod/busybox acme/open/web/prod/nginx);
my $marker = 'certguard.use-the-client-certificate';

CertGuard::Pki::certificate('sca', '--sca', '--v3-path', '/ACME/Dev/web');
CertGuard::Pki::certificate('both', '--cn', '6a2b1d8f-4c63-4e1f-8b77-3a8a7a2e8d22');
CertGuard::Pki::certificate('deleted', '--cn', '9d5e40b2-7f96-4142-beaa-6dbdad51b055');
CertGuard::Pki::certificate('infrastructure', '--cn', 'katello.example.com', '--org', 'FOREMAN');
CertGuard::Pki::certificate('moved', '--org', 'OTHER');

my $registry = CertGuard::DockerRegistry->start;
fill($registry, $own, $other, $public);

# Images that the test has made go into the registry as Pulp's synchronization would bring them.
sub fill {
    my ($into, @names) = @_;
    my $maker = CertGuard::ContainerClient->new('maker', registry => $into->address, certificate => 'none');
    for my $name (@names) {
        my $layout = CertGuard::Scratch::file('layout-' . $name =~ tr{/}{-}r);
        CertGuard::Images::write_layout($layout, $name);
        my $to = 'docker://' . $into->address . "/$name:latest";
        my $said = $maker->skopeo('copy', '--all', '--dest-tls-verify=false', "oci:$layout:latest", $to);
        $said->{status} == 0 or die "skopeo can't fill the registry: $said->{text}\n";
    }
}

sub works {
    my ($said, $name) = @_;
    is($said->{status}, 0, $name) or diag($said->{text});
}

# TEXT: what podman or skopeo must print, word for word; or a list of what their versions print.
sub fails {
    my ($said, $text, $name) = @_;
    my @texts = ref $text ? @$text : $text;
    isnt($said->{status}, 0, "$name is refused");
    ok((grep { index($said->{text}, $_) >= 0 } @texts), "with \"" . join('" or "', @texts) . '"') or diag($said->{text});
}

# podman 4 (Debian 12), podman 5 (Debian 13).
my $wants_a_user = [map {"unable to retrieve auth token: invalid username/password: ${_}authentication required\n"}
        'unauthorized: ', ''];

# What an image of CertGuard::Images has in it, as it has arrived.
sub names_in_storage {
    my ($client) = @_;
    return sort map { chomp; $_ } map { open my $in, '<', $_ or die "$_: $!\n"; <$in> }
        glob "$client->{home}/storage/vfs/dir/*/etc/image-name";
}

# The requests of registries' clients that reached Katello.
sub katello_was_asked { return grep { $_->{target} =~ m{^(?:/container_gateway)?/v2/} } $_[0]->requests }

sub header { return CertGuard::HttpServer::header(@_) // '' }

my %of_example;    # clients by name

sub client {
    my ($example, $certificate) = @_;
    my $address = $example->address;
    return $of_example{"$certificate $address"} //= CertGuard::ContainerClient->new(
        "$certificate-" . $address =~ tr/:/-/r, registry => $address, certificate => $certificate);
}

subtest 'a host of a Katello server' => sub {
    my $katello = CertGuard::FakeKatello->start;
    my $example = CertGuard::Example->katello_server($katello, $registry->address);
    my $at = $example->address;

    subtest 'pulls what its environments have' => sub {
        my $web = client($example, 'identity');
        works($web->podman('pull', "$at/$own"), 'podman pull');
        is_deeply([names_in_storage($web)], [$own], 'the image is the one that was asked for');
        works($web->podman('pull', "$at/$public"), 'podman pull of what anybody may pull');
        works($web->skopeo('copy', "docker://$at/$own", 'dir:copied'), 'skopeo copy');
        my $said = $web->skopeo('inspect', "docker://$at/$own");
        works($said, 'skopeo inspect');
        like($said->{text}, qr/"RepoTags": \[\s+"latest"/, 'tells the tags');
        works(client($example, 'sca')->podman('pull', "$at/$own"), "with the entitlement's certificate");
        works(client($example, 'both')->podman('pull', "$at/$other"), 'another host has other images');
        is(scalar(grep { $_->{target} =~ m{/manifests/|/blobs/} } katello_was_asked($katello)), 0,
            'nothing of that came from Katello');
        is(scalar(grep { $_->{target} =~ m{^/api/v2/hosts} } $katello->requests), 2,
            'which was asked once about each host');
    };

    subtest 'is told why it can\'t pull others' => sub {
        my $web = client($example, 'identity');
        fails($web->podman('pull', "$at/$other"), "reading manifest latest in $at/$other: "
            . "denied: host $host has no access to $other\n", 'podman pull');
        fails($web->podman('pull', "$at/no/such"),
            "denied: host $host has no access to no/such\n", 'what does not exist, in the same words');
        fails($web->skopeo('inspect', "docker://$at/$other"),
            "denied: host $host has no access to $other", 'skopeo inspect');
        fails($web->skopeo('list-tags', "docker://$at/$other"),
            ['fetching tags list: invalid status code from registry 403 (Forbidden)',
                "fetching tags list: denied: host $host has no access to $other"],
            'skopeo list-tags, of which the older shows no text,');
        like($example->error_log, qr/certguard: guard "registry" refused "CN=$host,O=ACME": not_in_environment/,
            'the admin reads it, too');
    };

    subtest 'finds what it can pull' => sub {
        my $web = client($example, 'identity');
        my $found = $web->podman('search', "$at/");
        works($found, 'podman search');
        is_deeply([$found->{text} =~ m{^\Q$at\E/(\S+)}mg], [$own, 'acme/dev/web/prod/redis', $public],
            'lists all of it');
        is_deeply([$web->podman('search', "$at/nginx")->{text} =~ m{^\Q$at\E/(\S+)}mg], [$own, $public],
            'or what has a word in its name');
        like($web->podman('search', '--list-tags', "$at/$own")->{text}, qr{/$own +latest}, 'and its tags');
        like($web->skopeo('list-tags', "docker://$at/$own")->{text}, qr/"latest"/, 'skopeo list-tags');
    };

    subtest 'without a certificate is a user like any other' => sub {
        my $nobody = client($example, 'none');
        fails($nobody->podman('pull', "$at/$own"), $wants_a_user, 'podman pull');
        works($nobody->podman('pull', "$at/$public"), 'podman pull of what anybody may pull');
        is_deeply([$nobody->podman('search', "$at/nginx")->{text} =~ m{^\Q$at\E/(\S+)}mg], [$public],
            'which is what it finds');
        fails($nobody->skopeo('list-tags', "docker://$at/$own"), 'authentication required', 'list-tags');
    };

    subtest 'is told what is wrong with its certificate' => sub {
        my $rejected = 'invalid username/password: unauthorized: client certificate rejected: ';
        fails(client($example, $_->[0])->podman('pull', "$at/$own"), $rejected . $_->[1], $_->[0]) for
            ['expired', 'it expired on 20'],
            ['not-yet-valid', 'it is not valid before 20'],
            ['deleted', "host 9d5e40b2-7f96-4142-beaa-6dbdad51b055 is not registered\n"],
            ['infrastructure', "it is not a host's, its CN is no consumer UUID\n"],
            ['moved', "host $host belongs to another organization\n"];
        fails(client($example, 'expired')->podman('search', "$at/nginx"), $rejected . 'it expired on 20',
            'podman search');
        fails(client($example, 'stranger')->podman('pull', "$at/$own"), $wants_a_user, 'a certificate of another CA, which is not sent,');
        fails(CertGuard::ContainerClient->new('no-ca', registry => $at, certificate => 'identity',
                ca => 'other-ca.pem')->podman('pull', "$at/$own"),
            'x509: certificate signed by unknown authority', 'not to know the server\'s CA');
    };

    subtest 'lets users log in, push and pull, and only them' => sub {
        my $web = client($example, 'identity');
        my $pushed = 'acme/prod/pushed';
        $katello->forget;
        fails($web->podman('login', '-u', 'pusher', '-p', 'wrong', $at),
            qq(Error: logging into "$at": invalid username/password\n), 'a login with a wrong password');
        fails($web->podman('push', '--creds', 'pusher:wrong', "$at/$own", "docker://$at/$pushed"),
            $wants_a_user, 'a push with a wrong password');
        fails($web->podman('push', "$at/$own", "docker://$at/$own"),
            "unauthorized: authentication required: a client certificate may only read, "
                . "log in to change something\n", 'a push without a user');
        fails($web->podman('push', "$at/$own", "docker://$at/$pushed"),
            ["failed to read from destination repository $pushed: 403 (Forbidden)\n",
                "exists in $at/$pushed: StatusCode: 403, "],
            'a push to where the host may not even read');
        is(scalar(grep { $_->{method} !~ /GET|HEAD/ } $katello->requests), 0,
            'Katello has heard of no push yet');

        works($web->podman('push', '--creds', 'pusher:push', "$at/$own", "docker://$at/$pushed"),
            'a push with the password');
        works($web->podman('login', '-u', 'pusher', '-p', 'push', $at), 'a login');
        works($web->podman('pull', "$at/$pushed"), 'whoever has logged in pulls it back');
        works($web->podman('pull', "$at/$other"), 'and what the host may not');
        works($web->podman('push', "$at/$other", "docker://$at/${pushed}2"), 'and pushes');
        works($web->podman('logout', $at), 'a logout');
        fails($web->podman('pull', "$at/$pushed"), "denied: host $host has no access to $pushed\n",
            'the host itself');
        works(client($example, $_)->podman('login', '-u', 'pusher', '-p', 'push', $at),
            "the certificate does not matter: $_") for qw(none expired stranger infrastructure deleted);

        my @asked = katello_was_asked($katello);
        is(scalar(grep { header($_, 'X-RHSM-SSL-CLIENT-CERT') ne '(null)' || header($_, 'SSL-CLIENT-VERIFY') ne 'NONE'
                        || header($_, 'HostUUID') || header($_, 'SSL-CLIENT-S-DN') } @asked), 0,
            'Katello has seen no certificate of the machines');
        is(scalar(grep { header($_, 'Authorization') =~ /\Q$marker/ } @asked), 0, 'nor their token');
    };

    subtest 'has a token that is nobody\'s' => sub {
        my @as_marker = ('-H', "Authorization: Bearer $marker");
        $katello->forget;
        is($example->status('identity', '/v2/', @as_marker), 200, 'with the certificate it is the host\'s');
        is($example->status('identity', "/v2/$other/manifests/latest", @as_marker), 403,
            'and opens nothing more');
        is($example->status('identity', '/v2/acme/prod/x/blobs/uploads/', '-X', 'POST', @as_marker), 401,
            'least of all a push');
        is($katello->count, 0, 'Katello does not see it');
        is($example->status('none', "/v2/$own/manifests/latest", @as_marker), 401,
            'without a certificate it is nothing');
        is($example->status('none', '/v2/acme/prod/x/blobs/uploads/', '-X', 'POST', @as_marker), 401, 'at all');
        is(scalar(grep { header($_, 'Authorization') } $katello->requests), 0, 'and taken away');
    };

    subtest 'finds its certificate where podman looks' => sub {
        my $directory = CertGuard::Scratch::file('a-cert-dir');
        my $nobody = client($example, 'none');
        CertGuard::ClientHome::link_certificates($directory, 'identity');
        works($nobody->podman('pull', '--cert-dir', $directory, "$at/$own"), 'podman pull --cert-dir');
        works($nobody->skopeo('inspect', '--cert-dir', $directory, "docker://$at/$own"), 'skopeo --cert-dir');
        SKIP: {
            my $etc = CertGuard::Scratch::file('etc-containers');
            my @within = ('unshare', '--mount', 'sh', '-c', 'mount --bind "$0" /etc/containers && exec "$@"', $etc);
            skip 'only root has an /etc/containers of its own', 1 if $> != 0;
            my $host_client = CertGuard::ContainerClient->new('etc', registry => 'elsewhere', certificate => 'none');
            CertGuard::ClientHome::link_certificates("$etc/certs.d/$at", 'identity');
            works($host_client->run([@within], 'podman', 'pull', "$at/$own"), 'in /etc/containers/certs.d');
        }
    };

    subtest 'is not told that it has nothing when Katello is away' => sub {
        CertGuard::Pki::certificate('late', '--cn', '7b3c2e90-5d74-4f20-9c88-4b9b8b3f9e33');
        $katello->stop;
        fails(client($example, 'late')->podman('pull', "$at/$own"),
            'unexpected HTTP status: 503 Katello gives no answer - host authorization not possible now, try again later',
            'podman pull');
        fails(client($example, 'late')->skopeo('list-tags', "docker://$at/$own"),
            ['invalid status code from registry 503',
                'received unexpected HTTP status: 503 Katello gives no answer'], 'skopeo list-tags');
        works(client($example, 'identity')->podman('pull', "$at/$own"), 'who was here before goes on');
        $katello->restart;
    };
    $example->stop;
};

subtest 'a Pulp that redirects' => sub {
    CertGuard::FakePulp::registry(manifests => 'redirect', origin => 'https://pulp.invalid');
    my $katello = CertGuard::FakeKatello->start;
    my $example = CertGuard::Example->katello_server($katello, CertGuard::FakePulp::address());
    my $at = $example->address;
    my $web = client($example, 'identity');
    works($web->podman('pull', "$at/$own"), 'podman pull');
    is_deeply([names_in_storage($web)], [$own], 'brings the image');
    works($web->skopeo('copy', "docker://$at/$own", 'dir:copied'), 'skopeo copy');
    my @content = grep { m{^GET /pulp/container/} } CertGuard::FakePulp::requests();
    cmp_ok(scalar @content, '>=', 6, 'manifests and blobs came from where Pulp redirected to');
    is(scalar(grep { !/^X-CLIENT-CERT: -----BEGIN/m } @content), 0, 'on this server, with the certificate');
    is(scalar(grep { /$marker/ } @content), 0, 'without the token');
    $example->stop;
};

subtest 'a host of a smart proxy' => sub {
    my @tls = CertGuard::Example::backend_tls();
    my $katello = CertGuard::FakeKatello->start(@tls);
    my $pulp = CertGuard::DockerRegistry->start(@tls, prefix => '/pulpcore_registry/');
    my $example = CertGuard::Example->smart_proxy($katello, $pulp->port);
    my $at = $example->address;
    my $web = client($example, 'identity');

    works($web->podman('pull', "$at/$own"), 'podman pull, from a Pulp that wants the proxy\'s certificate');
    is_deeply([names_in_storage($web)], [$own], 'the image is the one that was asked for');
    fails($web->podman('pull', "$at/$other"), "denied: host $host has no access to $other\n", 'another image');
    works($web->skopeo('list-tags', "docker://$at/$own"), 'skopeo list-tags');
    is_deeply([$web->podman('search', "$at/nginx")->{text} =~ m{^\Q$at\E/(\S+)}mg], [$own, $public],
        'podman search');
    my $rejected = 'unauthorized: client certificate rejected: ';
    fails(client($example, 'expired')->podman('pull', "$at/$own"), "${rejected}it expired on 20", 'expired');
    fails(client($example, 'stranger')->podman('pull', "$at/$own"),
        "${rejected}it is not from a CA that is accepted here\n", 'a certificate of another CA');
    fails(client($example, 'none')->podman('pull', "$at/$own"), $wants_a_user, 'no certificate');
    fails($web->podman('login', '-u', 'pusher', '-p', 'wrong', $at), 'invalid username/password',
        'a wrong password');
    works($web->podman('login', '-u', 'pusher', '-p', 'push', $at), 'a login');
    works($web->podman('pull', "$at/$other"), 'a user pulls through the gateway, and its redirects');
    fails($web->podman('push', "$at/$own", "docker://$at/acme/prod/pushed"),
        'unsupported: Pushing content is unsupported', 'a push is the gateway\'s to refuse: it');
    my @asked = katello_was_asked($katello);
    cmp_ok(scalar @asked, '>', 5, 'the gateway was asked');
    is(scalar(grep { header($_, 'X-RHSM-SSL-CLIENT-CERT') ne '(null)' } grep { $_->{target} =~ /gateway/ } @asked), 0,
        'and told of no certificate');
    $example->stop;
};

done_testing();
