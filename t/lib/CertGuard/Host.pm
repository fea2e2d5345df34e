# A registered host for conf.examples/host/: its consumer certificate and what else certguard-host-setup looks
# at, below a directory that the script takes for /.
#
#   my $host = CertGuard::Host->new('web', certificate => 'identity');
#   my $said = $host->setup('--check', 'localhost:8443');    # {status, text}
#   $host->links('localhost:8443')                           # {'client.cert' => TARGET, ...}
#
# The script runs by a POSIX shell (SHELL) and finds only the programs that a host has in any case (TOOLS: "system" or
# "busybox"), and those of add_program().
package CertGuard::Host;

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Copy qw(copy);
use File::Path qw(make_path);

use CertGuard::Pki;
use CertGuard::Scratch;

my $script = abs_path('conf.examples/host/certguard-host-setup');
my @needed = qw(awk base64 cat find getfacl head id ln mkdir mktemp mv readlink rm rmdir sed setfacl sh stat tail tr curl);
my $count = 0;

sub new {
    my ($class, %with) = @_;
    my $root = $with{root} // CertGuard::Scratch::file('host-' . ++$count);
    my $self = bless {shell => ['sh'], tools => 'system', certificate => 'identity', %with, root => $root}, $class;
    make_path(map {"$root/$_"} qw(etc/pki/consumer etc/rhsm/ca root home/joe bin));
    $self->register($self->{certificate});
    copy(CertGuard::Pki::path('ca.pem'), $self->file('/etc/rhsm/ca/katello-server-ca.pem')) or die "$!\n";
    $self->write('/etc/rhsm/rhsm.conf', "[rhsm]\nca_cert_dir = /etc/rhsm/ca/\nrepo_ca_cert = %(ca_cert_dir)skatello-server-ca.pem\n"
            . "consumerCertDir = /etc/pki/consumer\n");
    $self->write('/etc/passwd', "root:x:0:0::/root:/bin/sh\noperator:x:11:0::/root:/bin/sh\njoe:x:1000:1000::/home/joe:/bin/sh\n");
    $self->install_programs;
    return $self;
}

# As subscription-manager does, with a certificate of CertGuard::Pki.
sub register {
    my ($self, $certificate) = @_;
    for ([cert => 'pem', 0644], [key => 'key', 0640]) {
        my ($name, $suffix, $mode) = @$_;
        my $path = $self->file("/etc/pki/consumer/$name.pem");
        copy(CertGuard::Pki::path("$certificate.$suffix"), $path) or die "$path: $!\n";
        chmod $mode, $path;
    }
}

sub unregister { unlink map { $_[0]->file("/etc/pki/consumer/$_.pem") } qw(cert key) }

sub install_programs {
    my ($self) = @_;
    my $bin = $self->file('/bin');
    system('busybox', '--install', '-s', $bin) == 0 or die "busybox --install failed\n" if $self->{tools} eq 'busybox';
    for my $name (@needed) {
        my $path = where_is($name);
        symlink $path, "$bin/$name" if defined $path && !-e "$bin/$name";
    }
    my ($shell, @options) = @{$self->{shell}};
    $self->{shell} = [where_is($shell), @options];
}

sub where_is {
    my ($program) = @_;
    return (grep {-x} map {"$_/$program"} split /:/, $ENV{PATH})[0];
}

# A program that prints TEXT.
sub add_program {
    my ($self, $name, $text) = @_;
    $self->write("/bin/$name", "#!/bin/sh\necho '$text'\n");
    chmod 0755, $self->file("/bin/$name");
}

sub remove_program { unlink $_[0]->file("/bin/$_[1]") }

sub file { return "$_[0]{root}$_[1]" }

# A file with TEXT, and the directories above it.
sub write {
    my ($self, $path, $text) = @_;
    $path = $self->file($path);
    make_path($path =~ s{/[^/]*\z}{}r);
    open my $out, '>', $path or die "$path: $!\n";
    print $out $text;
    close $out or die "$path: $!\n";
}

sub directory { return $_[0]->file("/etc/containers/certs.d/$_[1]") }

# What is in the directory of REGISTRY, and where it leads; undef: the directory is not there.
sub links {
    my ($self, $registry, $directory) = @_;
    $directory //= $self->directory($registry);
    return undef if !-d $directory;
    return {map { s{.*/}{}r => readlink // 'a file' } glob "$directory/*"};
}

sub setup {
    my ($self, @arguments) = @_;
    return $self->run(@{$self->{shell}}, $script, '--root', $self->{root}, @arguments);
}

# COMMAND as root of that host; {status, text}.
sub run {
    my ($self, @command) = @_;
    my $pid = open(my $out, '-|') // die "fork: $!\n";
    if ($pid == 0) {
        %ENV = (PATH => $self->file('/bin'), HOME => $self->file('/root'), TMPDIR => $self->file(''));
        open STDIN, '<', '/dev/null';
        open STDERR, '>&', \*STDOUT;
        umask 077;
        exec @command or POSIX::_exit(127);
    }
    my $text = do { local $/; <$out> } // '';
    close $out;
    Test::More::note("\$ @command\n$text");
    return {status => $? >> 8, text => $text};
}

1;
