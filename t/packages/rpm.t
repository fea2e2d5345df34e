# The RPM spec, as far as a Debian machine can tell: it parses for EL 9 and 10, rpmlint has nothing to say, it
# asks for what the build needs, and its steps after the compilation make the packages that it describes.

use strict;
use warnings;

use lib 't/lib';

use Cwd qw(abs_path);
use File::Path qw(make_path);

use CertGuard::Environment;
use CertGuard::Packages;
use CertGuard::Scratch;
use Test::More;

my $spec = abs_path('packaging/rpm/nginx-mod-http-certguard.spec');
my $version = CertGuard::Packages::version();
my $home = CertGuard::Scratch::file('home');
my $moddir = '/usr/lib64/nginx/modules';
make_path("$home/rpmbuild/BUILD");

# In place of nginx-mod-devel's macros, and those of redhat-rpm-config.
open my $macros, '>', "$home/.rpmmacros" or die "$!\n";
print $macros <<"MACROS";
%_topdir $home/rpmbuild
%_vpath_builddir redhat-linux-build
%nginx_moddir $moddir
%nginx_modconfdir /usr/share/nginx/modules
%nginx_modrequires Requires: nginx(abi) = 1.26.3
%nginx_modconfigure echo configure
%nginx_modbuild echo build
MACROS
close $macros or die "$!\n";
$ENV{HOME} = $home;

sub said {
    my $text = qx(@_ 2>&1);
    return ($?, $text);
}

sub works {
    my ($name, @command) = @_;
    my ($status, $text) = said(@command);
    is $status, 0, $name or diag $text;
    return $text;
}

# The values of TAG, one a line.
sub query { return split /\n/, works("rpmspec --$_[0]", 'rpmspec', '-q', "--$_[0]", $spec) }

subtest 'it parses for EL 9 and EL 10' => sub {
    for my $el (9, 10) {
        my $text = works("EL $el", 'rpmspec', '-P', "--define 'rhel $el' --define 'dist .el$el'", $spec);
        unlike $text, qr/%\{?nginx_/, 'no macro of nginx is left over';
        like $text, qr/^Release:\s+1\.el$el$/m, 'its release';
        my $names = works("packages of EL $el", 'rpmspec', '-q', "--qf '%{NAME} %{VERSION}-%{RELEASE}\\n'",
            "--define 'dist .el$el'", $spec);
        is $names, join('', map {"$_ $version-1.el$el\n"} qw(nginx-mod-http-certguard certguard)), 'packages and versions';
    }
};

subtest 'its version is that of version.hpp, in the changelog too' => sub {
    open my $in, '<', $spec or die "$spec: $!\n";
    my $text = do { local $/; <$in> };
    is_deeply [$text =~ /^Version:\s+(\S+)$/m], [$version], 'Version';
    like $text, qr/^%changelog\n\* \w{3} \w{3} \d\d \d{4} [^\n]+ - \Q$version\E-\d+$/m, 'the newest entry of the changelog';
};

subtest 'rpmlint has nothing to say' => sub {
    # rpm has needed no BuildRoot since 2009, and the source is made from this tree, as docs/install.md says.
    my $filters = CertGuard::Scratch::file('rpmlint.toml');
    open my $out, '>', $filters or die "$!\n";
    print $out qq(Filters = ["no-buildroot-tag", "invalid-url"]\n);
    close $out or die "$!\n";
    my $text = works('rpmlint', 'rpmlint', '-c', $filters, $spec);
    like $text, qr/0 errors, 0 warnings/, 'no error, no warning';
};

subtest 'it needs what config asks for' => sub {
    open my $in, '<', 'config' or die "config: $!\n";
    my @packages = map { /^certguard_find "[^"]+" "[^"]+" "([^"]+)"/ } <$in>;
    ok @packages >= 6, scalar @packages . ' packages';
    my %needed = map { (split)[0] => 1 } query('buildrequires');
    ok $needed{$_}, $_ for @packages, qw(cmake cli11-devel nginx-mod-devel);
    my @requires = split /\n/, works('requires', 'rpmspec', '-q', '--requires', $spec);
    ok scalar(grep { $_ eq 'nginx(abi) = 1.26.3' } @requires), 'the module requires the ABI of its nginx';
};

# With what this project's own build has left instead of a compilation.
subtest 'what was built is installed, loaded by nginx, and all packaged' => sub {
    my $source = "$home/rpmbuild/BUILD/certguard-$version";
    my $module = CertGuard::Environment::built('ngx_http_certguard_module.so');
    my $build = $module =~ s{/[^/]*\z}{}r;
    make_path("$source/redhat-linux-build");
    symlink $module, "$source/redhat-linux-build/ngx_http_certguard_module.so" or die "$!\n";
    symlink "$build/src/cli", "$source/build-command" or die "$!\n";    # all that is installed is from there
    system('cp', '-R', qw(README.md docs conf.examples), $source) == 0 or die "cp failed\n";
    # Where the build has been told to install to.
    open my $cache, '<', "$build/CMakeCache.txt" or die "CMakeCache.txt: $!\n";
    my ($prefix) = map { /^CMAKE_INSTALL_PREFIX:PATH=(.*)/ } <$cache>;
    my %defined = (_prefix => $prefix, _datadir => "$prefix/share", _mandir => "$prefix/share/man",
        _sbindir => '/usr/sbin', debug_package => '%{nil}', _build_id_links => 'none');
    my @rpmbuild = ('rpmbuild', '--nodeps', '--short-circuit', map {"--define '$_ $defined{$_}'"} sort keys %defined);
    works('rpmbuild -bi', @rpmbuild, '-bi', $spec);
    works('rpmbuild -bb', @rpmbuild, '-bb', $spec);
    my %files;
    for my $package (glob "$home/rpmbuild/RPMS/*/*.rpm") {
        my ($name) = $package =~ m{/([\w-]+)-\Q$version\E-1[^/]*$};
        $files{$name} = [split /\n/, works("files of $name", 'rpm', '-qpl', $package)];
    }
    is_deeply $files{'nginx-mod-http-certguard'}, ['/etc/certguard', "$moddir/ngx_http_certguard_module.so",
        '/usr/share/nginx/modules/mod-http-certguard.conf'], 'the module';
    my %command = map { $_ => 1 } @{$files{certguard}};
    ok $command{$_}, $_ for "$prefix/bin/certguard", "$prefix/share/bash-completion/completions/certguard";
    ok scalar(grep {m{/man1/certguard\.1(?:\.gz)?$}} keys %command), 'manual page';    # EL's rpmbuild compresses it
    ok scalar(grep {m{/docs/install\.md$}} keys %command), 'documentation';
    ok scalar(grep {m{/conf\.examples/host/certguard-host-setup$}} keys %command), 'examples';
};

done_testing;
