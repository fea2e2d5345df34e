# conf.examples/host/certguard-host-setup: what it makes of a host, what it says, and that skopeo can use it; by
# dash, by bash, and by busybox with the tools of busybox. (C6, C7)

use lib 't/lib';
use CertGuard;
use CertGuard::ContainerClient;
use CertGuard::Example;
use CertGuard::FakeKatello;
use CertGuard::Host;
use CertGuard::Port;
use File::Path qw(make_path remove_tree);
use File::Temp qw(tempdir);
use Test::More;

CertGuard::Pki::certificate('deleted', '--cn', '9d5e40b2-7f96-4142-beaa-6dbdad51b055');
CertGuard::FakePulp::registry(manifests => 'direct');
my $katello = CertGuard::FakeKatello->start;
my $example = CertGuard::Example->katello_server($katello, CertGuard::FakePulp::address());
my $at = $example->address;

# STATUS, and what must be said, in this order.
sub says {
    my ($said, $status, $name, @texts) = @_;
    is($said->{status}, $status, "$name: status") or diag($said->{text});
    like($said->{text}, qr/$_/, $name) for @texts;
}

sub of_consumer {
    my ($host) = @_;
    return {
        'client.cert' => $host->file('/etc/pki/consumer/cert.pem'),
        'client.key' => $host->file('/etc/pki/consumer/key.pem'),
        'ca.crt' => $host->file('/etc/rhsm/ca/katello-server-ca.pem'),
    };
}

sub sets_up {
    my (@shell) = @_;
    my $host = CertGuard::Host->new(@shell);
    says($host->setup($at), 0, 'it sets up a registry', qr{linked: \Q@{[$host->directory($at)]}\E/client.cert -> .*/cert.pem\n},
        qr/linked: .*client.key/, qr/linked: .*ca.crt/, qr/^tried: \Q$at\E accepts the certificate of this host\.\n/m);
    is_deeply($host->links($at), of_consumer($host), 'with links to what subscription-manager keeps');
    is((stat $host->directory($at))[2] & 07777, 0755, 'where everybody\'s podman finds them');

    my $again = $host->setup($at);
    says($again, 0, 'again it finds all in place', qr/is there: .*is there: .*is there: .*tried:/s);
    unlike($again->{text}, qr/linked/, 'and changes nothing');
    says($host->setup('--check', $at), 0, 'as --check says, too', qr/is there: .*tried: \Q$at\E accepts/s);
    says($host->setup($at, '--remove'), 0, 'it removes them', qr/removed: .*removed: .*removed: /s);
    is($host->links($at), undef, 'with their directory');
    says($host->setup($at, '--remove'), 0, 'and does not mind if there are none');
    says($host->setup('--check', $at), 1, 'which --check calls a problem', qr/client.cert is missing\..*client.key is missing\./s);

    says($host->setup('--no-try', 'a.example.com', 'b.example.com:5000'), 0, 'several registries at once');
    is_deeply($host->links($_), of_consumer($host), $_) for 'a.example.com', 'b.example.com:5000';
}

sub knows_a_registry {
    my (@shell) = @_;
    my $host = CertGuard::Host->new(@shell);
    says($host->setup($_), 2, "\"$_\" is no registry", qr/^certguard-host-setup: /)
        for '', 'https://a.example.com', 'a.example.com/acme', 'a b', '../x', '.', '-x', 'a:b', 'a:', ':5000', 'a:1:2', 'a$(id)';
    says($host->setup, 2, 'one is needed');
    says($host->setup('--frobnicate', 'a'), 2, 'options are known', qr/no option --frobnicate/);
    says($host->setup('a', '--ca'), 2, 'and their values are needed', qr/--ca needs a value/);
    is($host->links(''), undef, 'nothing was made');
    says($host->setup('--no-try', 'a.example.com:443'), 0, 'a port that podman takes for another name',
        qr/^warning: .*not for a\.example\.com\.$/m);
    says($host->setup('--help'), 0, 'it helps', qr/usage: certguard-host-setup/);
}

sub tells_what_is_wrong {
    my (@shell) = @_;
    for (['expired', 'client certificate rejected: it expired on 20'],
        ['deleted', 'client certificate rejected: host 9d5e40b2-7f96-4142-beaa-6dbdad51b055 is not registered']) {
        my ($certificate, $reason) = @$_;
        my $host = CertGuard::Host->new(@shell, certificate => $certificate);
        says($host->setup($at), 1, $certificate,
            qr/^problem: \Q$at\E does not accept the certificate of this host: \Q$reason\E/m);
        is_deeply($host->links($at), of_consumer($host), 'the links are there all the same');
    }
    my $host = CertGuard::Host->new(@shell);
    my $nobody = 'localhost:' . CertGuard::Port::reserve();
    says($host->setup($nobody), 1, 'nobody answers', qr/^problem: \Q$nobody\E was not reached\. curl: \(7\)/m);
    says($host->setup('--ca', CertGuard::Pki::path('other-ca.pem'), $at), 1, 'the wrong CA',
        qr/^problem: \Q$at\E shows a certificate that is not of the CA here\..*curl: \(60\)/m);
    is($host->links($at)->{'ca.crt'}, CertGuard::Pki::path('other-ca.pem'), 'which can be named');
    $host->setup($at);
    my $unseen = CertGuard::Host->new(@shell, certificate => unseen());
    $katello->fail('503_json', match => '^GET /api/v2/hosts');
    says($unseen->setup($at), 1, 'Katello is down', qr/^problem: \Q$at\E can't decide at the moment: /m);
    $katello->heal;

    $host->unregister;
    says($host->setup('--check', $at), 1, 'the host is no longer registered',
        qr/client.cert leads nowhere: nobody can use \Q$at\E.*client.key leads nowhere/s);
    says($host->setup('b.example.com'), 2, 'links to nothing are not made', qr/Is this host registered\?/);
    is($host->links('b.example.com'), undef, 'in no directory');
    says($host->setup('--remove', $at), 0, 'and can be removed', qr/removed/);

    $host->register('identity');
    $host->write('/etc/pki/consumer/key.pem', CertGuard::Example::read_file(CertGuard::Pki::path('deleted.key')));
    says($host->setup($at), 1, 'a key of another certificate', qr/^problem: .*can't be used\. curl: \((?:43|58)\)/m);
    $host->write('/etc/containers/certs.d/c.example.com', "no directory\n");
    says($host->setup('--no-try', 'c.example.com'), 1, 'no place for the links',
        qr{^problem: .*/etc/containers/certs.d/c.example.com could not be made\.}m);
    $host->remove_program('curl');
    says($host->setup($at), 0, 'without curl', qr/^warning: curl is not installed: \Q$at\E was not tried\./m);
}

# A certificate of a host that the server has not asked Katello about yet.
my @unseen = ('6a2b1d8f-4c63-4e1f-8b77-3a8a7a2e8d22', '7b3c2e90-5d74-4f20-9c88-4b9b8b3f9e33',
    '8c4d3fa1-6e85-4031-ad99-5cac9c40af44');

sub unseen {
    my $uuid = shift @unseen;
    CertGuard::Pki::certificate("unseen-$uuid", '--cn', $uuid);
    return "unseen-$uuid";
}

sub leaves_alone_what_is_not_its_own {
    my (@shell) = @_;
    my $host = CertGuard::Host->new(@shell);
    my $directory = $host->directory($at);
    make_path($directory);
    symlink '/etc/pki/entitlement/4711.pem', "$directory/client.cert";
    symlink '/etc/pki/entitlement/4711-key.pem', "$directory/client.key";
    says($host->setup($at), 0, "links of Foreman's own snippet are replaced",
        qr{linked: .*client\.cert -> .*/cert\.pem \(was /etc/pki/entitlement/4711\.pem\)});
    unlink "$directory/client.cert";
    $host->write("/etc/containers/certs.d/$at/client.cert", 'mine');
    says($host->setup($at), 1, "somebody's file is not", qr/^problem: .*client\.cert is no link but somebody's file/m);
    is(CertGuard::Example::read_file("$directory/client.cert"), 'mine', 'but stays');
    says($host->setup('--check', $at), 0, 'which --check tells',
        qr/^warning: .*client\.cert is not the link to .* that this script makes/m);
    says($host->setup('--remove', $at), 0, 'and --remove leaves', qr/client\.cert is no link.*it stays.*stays: it is not empty/s);
    is_deeply($host->links($at), {'client.cert' => 'a file'}, 'there');
}

sub tells_what_else_is_there {
    my (@shell) = @_;
    my $host = CertGuard::Host->new(@shell);
    my @try = ('--no-try', 'r.example.com');
    my $in = '/etc/containers/certs.d/r.example.com';
    $host->write("$in/second.crt", '');
    says($host->setup(@try), 0, 'a second CA', qr/^warning: .*second\.crt: podman trusts this CA, too; flatpak only one/m);
    $host->write("$in/a.cert", '');
    says($host->setup(@try), 1, 'a certificate without key', qr/^problem: .*a\.cert has no a\.key beside it/m);
    $host->write("$in/a.key", '');
    says($host->setup(@try), 0, 'a second certificate', qr/^warning: .*a\.cert: podman and flatpak may show this certificate/m);
    unlink $host->file("$in/a.cert");
    says($host->setup(@try), 1, 'a key without certificate', qr/^problem: .*a\.key has no a\.cert beside it/m);
    unlink $host->file("$in/a.key"), $host->file("$in/second.crt");

    make_path($host->file('/etc/docker/certs.d/r.example.com'));
    says($host->setup(@try), 0, "docker's directory", qr{^warning: podman does not look into .*/etc/docker/certs\.d/r\.example\.com}m);
    my $said = $host->setup('--no-try', 'q.example.com');
    unlike($said->{text}, qr/docker/, 'of this registry');
    $host->write('/home/joe/.config/containers/certs.d/r.example.com/x.cert', '');
    says($host->setup(@try), 0, "a user's directory", qr{^warning: podman of joe looks into .*/home/joe/.* instead}m);
    unlink $host->file('/home/joe/.config/containers/certs.d/r.example.com/x.cert');
    make_path($host->file('/root/.config/containers/certs.d/r.example.com'));
    $said = $host->setup(@try);
    says($said, 0, 'one without certificate', qr/^note: podman of joe shows no certificate/m, qr/^note: podman of root/m);
    unlike($said->{text}, qr/operator/, 'a home that two users have is told once');
    says($host->setup('--no-ca', @try), 0, 'a CA that should not be there', qr/^warning: .*ca\.crt: flatpak trusts no other CA then/m);
}

sub knows_who_reads_the_key {
    my (@shell) = @_;
    my $host = CertGuard::Host->new(@shell);
    my @try = ('--no-try', 'r.example.com');
    my $key = $host->file('/etc/pki/consumer/key.pem');
    my $owner = getpwuid $>;
    my $group = getgrgid((stat $key)[5]);
    my $only = sub { return qr/^note: only these can read \Q$key\E: $_[0]\.\n  podman and flatpak of all other users can't use r\.example\.com at all/m };
    says($host->setup(@try), 0, 'the key is for root and its group', $only->("$owner, the group $group"),
        qr/--readers GROUP r\.example\.com$/m, qr/--passwords-only r\.example\.com$/m);
    chmod 0600, $key;
    says($host->setup(@try), 0, 'or for root only', $only->($owner));
    chmod 0644, $key;
    says($host->setup(@try), 0, 'or for everybody', qr/^warning: every user of this host can read \Q$key\E/m);
    chmod 0700, $host->file('/etc/pki/consumer');
    says($host->setup(@try), 0, 'unless they can\'t get there', $only->("$owner, the group $group"));

    chmod 0640, $key;
    says($host->setup('--readers', 'daemon', @try), 0, 'a group may be let in', qr/^allowed: the group daemon reads \Q$key\E/m,
        $only->("$owner, the group $group, the group daemon"));
    my $acls = qx(getfacl -cp $key @{[$host->file('/etc/pki/consumer')]});
    like($acls, qr/^group:daemon:r--.*^group:daemon:--x/ms, 'to the key, and to where it is');
    says($host->setup('--check', @try), 0, 'and is told', $only->("$owner, the group $group, the group daemon"));
    says($host->setup('--readers', 'no-such-group', @try), 1, 'a group that does not exist', qr/^problem: the group no-such-group/m);
    says($host->setup('--readers', 'daemon', '--check', @try), 2, '--check lets nobody in');
    $host->remove_program('setfacl');
    says($host->setup('--readers', 'daemon', @try), 2, 'without setfacl', qr/--readers needs setfacl/);
}

sub lets_a_user_have_no_certificate {
    my (@shell) = @_;
    my $host = CertGuard::Host->new(@shell);
    $host->setup($at);
    my $own = $host->file("/root/.config/containers/certs.d/$at");
    says($host->setup('--passwords-only', $at), 0, '--passwords-only', qr/^tried: \Q$at\E answers, and takes passwords\./m);
    is_deeply($host->links($at, $own), {'ca.crt' => $host->file('/etc/rhsm/ca/katello-server-ca.pem')}, 'links the CA alone');
    is_deeply($host->links($at), of_consumer($host), "and leaves the host's links alone");
    symlink 'x', "$own/client.cert";
    says($host->setup('--passwords-only', '--check', $at), 0, 'a certificate there', qr/with it podman does show a certificate/);
    says($host->setup('--passwords-only', '--remove', $at), 0, 'it can be removed');
    is($host->links($at, $own), undef, 'all of it');
    ok($host->links($at), "but not the host's");
}

sub knows_flatpak {
    my (@shell) = @_;
    my $host = CertGuard::Host->new(@shell);
    my $note = qr/^note: flatpak .* shows no certificate: 1\.16\.1 is the first that does\./m;
    for my $version ('1.8.9', '1.12.9', '1.15.91', '1.16.0', '0.99.3') {
        $host->add_program('flatpak', "Flatpak $version");
        says($host->setup('--no-try', 'r.example.com'), 0, "flatpak $version", $note, qr/podman login r\.example\.com$/m);
    }
    for my $version ('1.16.1', '1.16.10', '1.17.0', '1.18.4', '2.0.0') {
        $host->add_program('flatpak', "Flatpak $version");
        unlike($host->setup('--no-try', 'r.example.com')->{text}, $note, "flatpak $version");
    }
    $host->remove_program('flatpak');
    unlike($host->setup('--no-try', 'r.example.com')->{text}, $note, 'no flatpak');
    for my $release (8, 9) {
        $host->write('/etc/os-release', qq(ID="rhel"\nPLATFORM_ID="platform:el$release"\n));
        says($host->setup('--no-try', 'r.example.com'), 0, "on EL $release it will be too old", qr/^note: flatpak of this system/m);
    }
    $host->write('/etc/os-release', qq(PLATFORM_ID="platform:el10"\n));
    unlike($host->setup('--no-try', 'r.example.com')->{text}, $note, 'on EL 10 it will not');
}

sub asks_subscription_manager {
    my (@shell) = @_;
    my $host = CertGuard::Host->new(@shell);
    $host->write("/srv/identity/$_.pem", '') for 'cert', 'key';
    $host->write('/srv/ca/site.pem', '');
    unlink $host->file('/etc/rhsm/ca/katello-server-ca.pem');
    says($host->setup('--no-try', 'r'), 2, 'a CA is needed', qr/Name the registry's CA with --ca FILE/);
    $host->write('/etc/rhsm/rhsm.conf',
        "consumercertdir=/srv/identity\r\n ca_cert_dir = /srv/ca/ \nrepo_ca_cert = %(ca_cert_dir)ssite.pem\n");
    says($host->setup('--no-try', 'r'), 0, 'what rhsm.conf says is used');
    is_deeply($host->links('r'), {'client.cert' => $host->file('/srv/identity/cert.pem'),
            'client.key' => $host->file('/srv/identity/key.pem'), 'ca.crt' => $host->file('/srv/ca/site.pem')}, 'all of it');
    unlink $host->file('/etc/rhsm/rhsm.conf');
    my @named = map { ("--$_", CertGuard::Pki::path($_ eq 'key' ? 'host.key' : 'host.pem')) } qw(certificate key ca);
    says($host->setup('--no-try', @named, 'n'), 0, 'or what the command says');
    is_deeply([sort values %{$host->links('n')}], [map { CertGuard::Pki::path($_) } ('host.key', 'host.pem', 'host.pem')], 'alone');
    $host->setup('--no-try', '--no-ca', 's');
    is_deeply([sort keys %{$host->links('s')}], ['client.cert', 'client.key'], '--no-ca leaves out the CA');
}

for ([dash => shell => ['dash']], [bash => shell => ['bash', '--posix']],
    [busybox => shell => ['busybox', 'sh'], tools => 'busybox']) {
    my ($name, @shell) = @$_;
    my $program = $shell[1][0];
    subtest $name => sub {
        plan skip_all => "$program is not installed; tools/test installs it" if !CertGuard::Host::where_is($program) && !$ENV{CI};
        sets_up(@shell);
        knows_a_registry(@shell);
        tells_what_is_wrong(@shell);
        leaves_alone_what_is_not_its_own(@shell);
        tells_what_else_is_there(@shell);
        knows_who_reads_the_key(@shell);
        lets_a_user_have_no_certificate(@shell);
        knows_flatpak(@shell);
        asks_subscription_manager(@shell);
    };
}

subtest 'a user who is not root' => sub {
    plan skip_all => 'needs root, to become somebody else' if $> != 0;
    my $root = tempdir('certguard-host-XXXXXXXX', TMPDIR => 1, CLEANUP => 1);
    chmod 0755, $root;
    my $host = CertGuard::Host->new(root => $root);
    chmod 0755, map { $host->file($_) } '/root', '/bin', '/etc', '/etc/pki', '/etc/pki/consumer', '/etc/rhsm', '/etc/rhsm/ca';
    $host->setup($at);
    $host->write('/script', CertGuard::Example::read_file('conf.examples/host/certguard-host-setup'));
    chmod 0644, map { $host->file($_) } '/script', '/etc/passwd', '/etc/rhsm/rhsm.conf';
    my @as_nobody = ('/usr/bin/setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'sh', $host->file('/script'));
    says($host->run(@as_nobody, '--root', $root, '--check', $at), 1, '--check',
        qr/^problem: you can't read .*key\.pem: you can't use \Q$at\E at all\. --passwords-only helps podman\./m);
    says($host->run(@as_nobody, '--ca', '/dev/null', $at), 2, 'anything else', qr/only root may do that/);
    ok(!-d "/etc/containers/certs.d/$at", 'is not done');
};

subtest 'skopeo, with what the script has made' => sub {
    plan skip_all => 'skopeo is not installed; tools/test installs it' if !CertGuard::Host::where_is('skopeo') && !$ENV{CI};
    my $client = CertGuard::ContainerClient->new('host', registry => $at, certificate => 'none');
    my $image = "docker://$at/acme/dev/web/prod/nginx:latest";
    my $host = CertGuard::Host->new;
    my $own = "$client->{home}/.config/containers/certs.d";
    remove_tree($own);
    symlink $host->file('/etc/containers/certs.d'), $own or die "$own: $!\n";
    $host->setup($at);
    my $said = $client->skopeo('inspect', '--raw', $image);
    is($said->{status}, 0, 'reads an image of the host') or diag($said->{text});
    $host->setup('--remove', $at);
    isnt($client->skopeo('inspect', '--raw', $image)->{status}, 0, 'no more when that is removed');
};

$example->stop;
done_testing();
