# The Debian packages as files: their names, versions, dependencies and contents, and what lintian says.

use strict;
use warnings;

use lib 't/lib';

use CertGuard::Packages;
use CertGuard::Scratch;
use Test::More;

my @packages = qw(libnginx-mod-http-certguard certguard);
my $version = CertGuard::Packages::version();

# What COMMAND prints; its status is in $?.
sub said {
    open my $out, '-|', @_ or die "$_[0]: $!\n";
    my $text = do { local $/; <$out> } // '';
    close $out;
    return $text;
}

# The package's files, unpacked.
sub unpacked {
    my ($package) = @_;
    my $directory = CertGuard::Scratch::file($package);
    system('dpkg-deb', '-x', CertGuard::Packages::deb($package), $directory) == 0 or die "dpkg-deb failed\n";
    return $directory;
}

subtest 'the changelog, the packages and the command have the version of version.hpp' => sub {
    my $changelog = said('dpkg-parsechangelog', '-l', 'packaging/debian/changelog', '-S', 'Version');
    my ($upstream, $revision) = $changelog =~ /^(.*)-(\d+)$/m;
    is $upstream, $version, 'changelog';
    my ($release) = said('sh', '-c', '. /etc/os-release; echo "$ID${VERSION_ID-}"') =~ /(\D+\d.*)/;
    my $expected = "$version-$revision" . (defined $release ? '~' . $release =~ s/^debian/deb/r : '');
    is CertGuard::Packages::field($_, 'Version'), $expected, $_ for @packages;
    is said(unpacked('certguard') . '/usr/bin/certguard', '--version'), "certguard $version\n", 'certguard --version';
};

subtest "the module depends on the ABI of this machine's nginx" => sub {
    my ($abi) = said('dpkg-query', '-W', '-f', '${Provides}', 'nginx') =~ /(nginx-abi-[^ ,]+)/;
    ok defined $abi, 'nginx provides one';
    my @depends = split /,\s*/, CertGuard::Packages::field('libnginx-mod-http-certguard', 'Depends');
    is_deeply [grep {/nginx/} @depends], [$abi], 'and the module depends on it alone';
    for my $library (qw(curl simdjson ssl stdc yaml-cpp)) {
        ok scalar(grep {/^lib\Q$library\E/} @depends), "it depends on lib$library";
    }
    unlike CertGuard::Packages::field('certguard', 'Depends'), qr/nginx/, 'the command needs no nginx';
};

subtest 'the packages have what docs/install.md says' => sub {
    my %files = (
        'libnginx-mod-http-certguard' => [
            qw(etc/certguard usr/lib/nginx/modules/ngx_http_certguard_module.so
                usr/share/nginx/modules-available/mod-http-certguard.conf)],
        certguard => [
            qw(usr/bin/certguard usr/share/man/man1/certguard.1.gz usr/share/bash-completion/completions/certguard
                usr/share/doc/certguard/README.md.gz usr/share/doc/certguard/docs/install.md.gz),
            map {"usr/share/doc/certguard/examples/$_"} map { s{^conf.examples/}{}r } split /\n/,
            said('sh', '-c', 'find conf.examples -type f'),
        ],
    );
    for my $package (@packages) {
        my $at = unpacked($package);
        ok -e "$at/$_", "$package: $_" for @{$files{$package}};
    }
    my $helper = unpacked('certguard') . '/usr/share/doc/certguard/examples/host/certguard-host-setup';
    ok -x $helper, 'certguard-host-setup can be run';
    my $line = unpacked('libnginx-mod-http-certguard') . '/usr/share/nginx/modules-available/mod-http-certguard.conf';
    is said('cat', $line), "load_module modules/ngx_http_certguard_module.so;\n", 'the line that loads the module';
};

subtest 'the packaged module exports what nginx needs, and nothing else' => sub {
    my $module = unpacked('libnginx-mod-http-certguard') . '/usr/lib/nginx/modules/ngx_http_certguard_module.so';
    my $text = qx(tools/checks/module-symbols $module 2>&1);
    is $?, 0, 'tools/checks/module-symbols' or diag $text;
};

subtest 'lintian has nothing to say' => sub {
    my @as_root = $> == 0 ? '--allow-root' : ();
    my $text = said('lintian', @as_root, '--display-level', '>=warning', CertGuard::Packages::file('*.changes'));
    is $?, 0, 'exit status 0';
    is $text, '', 'no error, no warning';
};

subtest 'the build has left nothing in the source tree' => sub {
    is_deeply [grep {-e} glob('debian obj-* build-command .pc')], [], 'no directory of debhelper or CMake';
    is_deeply [glob(CertGuard::Packages::directory() . '/certguard-*/')], [], 'nor its copy';
};

done_testing;
