# flatpak as it is on a host, for a user whose home is in the test's directory.
#
#   my $web = CertGuard::FlatpakClient->new('web', registry => 'localhost:8443', certificate => 'identity');
#   my $said = $web->flatpak('remote-ls', 'site');    # {status, text}
package CertGuard::FlatpakClient;

use strict;
use warnings;

use File::Path qw(make_path);

use CertGuard::ClientHome;

# REGISTRY as in the remote's URL. CERTIFICATE: a name of CertGuard::Pki, or none.
sub new {
    my ($class, $name, %with) = @_;
    my $self = bless {home => CertGuard::ClientHome::make($name), %with}, $class;
    CertGuard::ClientHome::link_certificates("$self->{home}/.config/containers/certs.d/$with{registry}",
        $with{certificate}) if defined $with{registry};
    return $self;
}

sub flatpak {
    my ($self, @arguments) = @_;
    # It asks the system's bus for parental controls, unless it is root: here there are none.
    my $of_both_buses = 'DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS exec "$@"';
    return CertGuard::ClientHome::run($self->{home},
        ['dbus-run-session', '--', 'sh', '-c', $of_both_buses, 'sh', 'flatpak', '--user', @arguments]);
}

# Makes an application or, when there is none called RUNTIME, a runtime with nothing in it, as an OCI
# layout; returns its directory. No SDK and no sandbox is needed.
sub make_layout {
    my ($self, $id, $runtime) = @_;
    my ($source, $layout) = ("$self->{home}/$id", "$self->{home}/$id.oci");
    my $of = ($runtime // $id) . '/x86_64/stable';
    make_path("$source/files/bin", "$source/usr", "$source/export");
    CertGuard::ClientHome::write_file("$source/files/bin/$id", "$id\n");
    CertGuard::ClientHome::write_file("$source/metadata", $runtime
        ? "[Application]\nname=$id\nruntime=$of\nsdk=$of\ncommand=$id\n"
        : "[Runtime]\nname=$id\nruntime=$of\nsdk=$of\n");
    my @kind = $runtime ? () : ('--runtime', '--files=files');
    $self->succeed('build-export', '--disable-sandbox', '--arch=x86_64', @kind, 'repo', $source, 'stable');
    $self->succeed('build-bundle', '--oci', '--arch=x86_64', $runtime ? () : '--runtime', 'repo', $layout, $id,
        'stable');
    return $layout;
}

sub succeed {
    my ($self, @arguments) = @_;
    my $said = CertGuard::ClientHome::run($self->{home}, ['flatpak', @arguments]);
    $said->{status} == 0 or die "flatpak @arguments: $said->{text}\n";
}

1;
