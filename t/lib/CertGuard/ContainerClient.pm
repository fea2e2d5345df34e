# podman and skopeo as they are on a host, as root or not, with everything that they read and write in
# a directory of the test: each client of a test is a user with another certificate.
#
#   my $web = CertGuard::ContainerClient->new('web', registry => 'localhost:8443', certificate => 'identity');
#   my $said = $web->podman('pull', 'localhost:8443/acme/x');    # {status, text}
package CertGuard::ContainerClient;

use strict;
use warnings;

use File::Path qw(make_path);

use CertGuard::ClientHome;
use CertGuard::Pki;

# REGISTRY as in the names of images. CERTIFICATE: a name of CertGuard::Pki, or none. CA: the server's.
sub new {
    my ($class, $name, %with) = @_;
    my $home = CertGuard::ClientHome::make($name);
    my $self = bless {home => $home, %with}, $class;
    my $config = "$home/.config/containers";
    make_path("$home/network");
    CertGuard::ClientHome::link_certificates("$config/certs.d/$with{registry}", @with{qw(certificate ca)});
    CertGuard::ClientHome::write_file("$config/policy.json", '{"default":[{"type":"insecureAcceptAnything"}]}');
    CertGuard::ClientHome::write_file("$config/registries.conf", qq(unqualified-search-registries = []\n));
    CertGuard::ClientHome::write_file("$home/auth.json", '{}');
    CertGuard::ClientHome::write_file("$home/storage.conf", <<CONF);
[storage]
driver = "vfs"
graphroot = "$home/storage"
rootless_storage_path = "$home/storage"
runroot = "$home/run/storage"
CONF
    CertGuard::ClientHome::write_file("$home/containers.conf", <<CONF);
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

sub podman {
    my ($self, @arguments) = @_;
    return $self->run([], 'podman', @arguments);
}

sub skopeo {
    my ($self, @arguments) = @_;
    return $self->run([], 'skopeo', @arguments);
}

# AROUND: a command that runs the command behind it.
sub run {
    my ($self, $around, @command) = @_;
    my $home = $self->{home};
    return CertGuard::ClientHome::run($home, [@$around, @command],
        CONTAINERS_CONF => "$home/containers.conf", CONTAINERS_STORAGE_CONF => "$home/storage.conf",
        CONTAINERS_REGISTRIES_CONF => "$home/.config/containers/registries.conf",
        REGISTRY_AUTH_FILE => "$home/auth.json",
        # As root they would keep what they know of blobs in /var/lib instead of the home.
        _CONTAINERS_ROOTLESS_UID => 1,
    );
}

1;
