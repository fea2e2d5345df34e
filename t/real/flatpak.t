# flatpak itself, 1.16.1 or later, against conf.examples/katello-server.conf. An option of tools/test
# (--flatpak), because Debian 12's own flatpak knows no certificates: it comes from backports.

use lib 't/lib';
use CertGuard::FlatpakClient;
BEGIN { CertGuard::ClientHome::require_programs(qw(flatpak dbus-run-session)) }
use CertGuard;
use CertGuard::Example;
use CertGuard::FakeKatello;
use CertGuard::Images;
use Test::More;

my ($platform, $hello, $secret, $open) = map {"org.example.$_"} qw(Platform Hello Secret Open);
my %repository = (
    $platform => 'acme/dev/web/flat/platform', $hello => 'acme/dev/web/flat/hello',
    $secret => 'acme/prod/secret', $open => 'acme/open/web/flat/open',
);
my $site = CertGuard::FakeKatello::default_site();
push @{$site->{environments}{'Dev/web'}}, @repository{$platform, $hello};
push @{$site->{environments}{'Library'}}, $repository{$secret};
push @{$site->{environments}{'Open/web'}}, $repository{$open};
CertGuard::Pki::certificate('both', '--cn', '6a2b1d8f-4c63-4e1f-8b77-3a8a7a2e8d22');

my $maker = CertGuard::FlatpakClient->new('maker');
my %layouts = ($repository{$platform} => $maker->make_layout($platform),
    map({ $repository{$_} => $maker->make_layout($_, $platform) } $hello, $secret, $open));
CertGuard::FakePulp::registry(manifests => 'redirect', origin => 'https://pulp.invalid', layouts => \%layouts,
    names => [sort values %repository]);

CertGuard::Images::from_layouts(\%layouts);    # of Katello, too
my $katello = CertGuard::FakeKatello->start(site => $site);
my $example = CertGuard::Example->katello_server($katello, CertGuard::FakePulp::address());
my $remote = 'oci+https://' . $example->address;

my $clients = 0;

sub client {
    my ($certificate) = @_;
    my $client = CertGuard::FlatpakClient->new(++$clients, registry => $example->address,
        certificate => $certificate);
    works($client->flatpak('remote-add', 'site', $remote), "a remote, to be asked with certificate: $certificate");
    return $client;
}

sub works {
    my ($said, $name) = @_;
    is($said->{status}, 0, $name) or diag($said->{text});
}

sub fails {
    my ($said, $text, $name) = @_;
    isnt($said->{status}, 0, "$name is refused");
    ok(index($said->{text}, $text) >= 0, "with \"$text\"") or diag($said->{text});
}

sub listed {
    my ($client, @how) = @_;
    return [sort $client->flatpak(@how, '--columns=application')->{text} =~ /^(org\.example\.\w+)/mg];
}

subtest 'a host sees and installs what its environments have' => sub {
    my $web = client('identity');
    is_deeply(listed($web, 'remote-ls', 'site'), [$hello, $open, $platform], 'remote-ls');
    works($web->flatpak('install', '-y', '--noninteractive', 'site', $hello), 'install');
    works($web->flatpak('install', '-y', '--noninteractive', 'site', $open), 'install of a public one');
    is_deeply(listed($web, 'list'), [$hello, $open, $platform], 'it is installed, with its runtime');
    works($web->flatpak('update', '-y', '--noninteractive'), 'update');
    fails($web->flatpak('install', '-y', '--noninteractive', 'site', $secret),
        "error: Nothing matches $secret in remote site", 'install of another');
    is_deeply(listed(client('both'), 'remote-ls', 'site'), [$hello, $open, $platform, $secret],
        'another host sees others');
};

subtest 'what a host may have no more is gone at once' => sub {
    my $client = client('both');
    works($client->flatpak('install', '-y', '--noninteractive', 'site', $hello), 'install');
    CertGuard::ClientHome::link_certificates(
        "$client->{home}/.config/containers/certs.d/" . $example->address, 'identity');
    fails($client->flatpak('install', '-y', '--noninteractive', 'site', $secret),
        "error: Nothing matches $secret in remote site", 'install of what was listed a moment ago');
};

subtest 'without a good certificate' => sub {
    is_deeply(listed(client('none'), 'remote-ls', 'site'), [$open], 'without one, only what is public is listed');
    fails(client('expired')->flatpak('remote-ls', 'site'),
        'error: Unable to load summary from remote site: Server returned status 401', 'an expired one');
    fails(client('stranger')->flatpak('remote-ls', 'site'),
        'error: Unable to load summary from remote site: Server returned status 401', 'one of another CA');
};

$example->stop;
done_testing();
