# podman and skopeo as they are on a host, as root or not, with everything that they read and write in a directory of
# the test: each client of a test is another user's home with another certificate.
#
#   my $web = CertGuard::ContainerClient->new('web', registry => 'localhost:8443', certificate => 'identity');
#   my $said = $web->podman('pull', 'localhost:8443/acme/x');    # {status, text}
package CertGuard::ContainerClient;

use strict;
use warnings;

use File::Path qw(make_path);
use POSIX ();
use Test::More ();

use CertGuard::Pki;
use CertGuard::Scratch;

my $owner = $$;

# The programs that a test needs; skips the whole file when one is missing, but not in CI.
sub require_programs {
    my @missing = grep {
        my $name = $_;
        !grep { -x "$_/$name" } split(/:/, $ENV{PATH}), '/usr/sbin';
    } @_;
    return if !@missing;
    die "not installed: @missing; tools/test installs them\n" if $ENV{CI};
    Test::More::plan(skip_all => "not installed: @missing; tools/test installs them");
}

# REGISTRY as in the names of images. CERTIFICATE: a name of CertGuard::Pki, or none. CA: the server's.
sub new {
    my ($class, $name, %with) = @_;
    my $home = CertGuard::Scratch::file("home-$name");
    my $self = bless {home => $home, %with}, $class;
    my $config = "$home/.config/containers";
    make_path("$config/certs.d/$with{registry}", "$home/run", "$home/tmp", "$home/network");
    chmod 0700, "$home/run";
    $self->link_certificates("$config/certs.d/$with{registry}");
    write_file("$config/policy.json", '{"default":[{"type":"insecureAcceptAnything"}]}');
    write_file("$config/registries.conf", qq(unqualified-search-registries = []\n));
    write_file("$home/auth.json", '{}');
    write_file("$home/storage.conf", <<CONF);
[storage]
driver = "vfs"
graphroot = "$home/storage"
rootless_storage_path = "$home/storage"
runroot = "$home/run/storage"
CONF
    write_file("$home/containers.conf", <<CONF);
[engine]
lock_type = "file"
events_logger = "none"
cgroup_manager = "cgroupfs"
tmp_dir = "$home/run/libpod"
static_dir = "$home/libpod"
volume_path = "$home/volumes"
[network]
network_config_dir = "$home/network"
CONF
    return $self;
}

# As README says for /etc/containers/certs.d. CERTIFICATE: another than the client's own.
sub link_certificates {
    my ($self, $directory, $certificate) = @_;
    $certificate //= $self->{certificate};
    make_path($directory);
    symlink CertGuard::Pki::path($self->{ca} // 'ca.pem'), "$directory/ca.crt";
    return if $certificate eq 'none';
    symlink CertGuard::Pki::path("$certificate.pem"), "$directory/client.cert";
    symlink CertGuard::Pki::path("$certificate.key"), "$directory/client.key";
}

sub podman {
    my ($self, @arguments) = @_;
    return $self->run([], 'podman', @arguments);
}

sub skopeo {
    my ($self, @arguments) = @_;
    return $self->run([], 'skopeo', @arguments);
}

# AROUND: a command that runs the command behind it. Returns its exit status and all that it printed.
sub run {
    my ($self, $around, @command) = @_;
    my $home = $self->{home};
    local %ENV = (
        PATH => $ENV{PATH}, LC_ALL => 'C', HOME => $home, XDG_RUNTIME_DIR => "$home/run", TMPDIR => "$home/tmp",
        CONTAINERS_CONF => "$home/containers.conf", CONTAINERS_STORAGE_CONF => "$home/storage.conf",
        CONTAINERS_REGISTRIES_CONF => "$home/.config/containers/registries.conf",
        REGISTRY_AUTH_FILE => "$home/auth.json",
        # As root they would keep what they know of blobs in /var/lib instead of the home.
        _CONTAINERS_ROOTLESS_UID => 1,
    );
    my $pid = open(my $out, '-|') // die "fork: $!\n";
    if ($pid == 0) {
        open STDIN, '<', '/dev/null';
        open STDERR, '>&', \*STDOUT;
        chdir $home;
        exec 'timeout', '120', @$around, @command or POSIX::_exit(127);
    }
    my $text = do { local $/; <$out> } // '';
    close $out;
    Test::More::note("\$ @command\n$text");
    return {status => $? >> 8, text => $text};
}

# For a user who is not root, podman leaves a process behind that keeps the user's namespace.
END {
    if ($$ == $owner) {
        local $?;
        for my $file (glob CertGuard::Scratch::file('home-*/run/libpod/{,*/}pause.pid')) {
            open my $in, '<', $file or next;
            my ($pid) = (<$in> // '') =~ /^(\d+)/ or next;
            kill 'TERM', $pid;
        }
    }
}

sub write_file {
    my ($path, $text) = @_;
    open my $out, '>', $path or die "$path: $!\n";
    print $out $text;
    close $out or die "$path: $!\n";
}

1;
