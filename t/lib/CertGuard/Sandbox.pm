# A throw-away copy of this machine with a systemd of its own: t/lib/sandbox says what is the same in it. For
# tests that install packages and run services, as root.
#
#   CertGuard::Sandbox::missing()                      why there can be none here; undef: there can
#   my $sandbox = CertGuard::Sandbox->start;
#   my $said = $sandbox->run('dpkg', '-i', $package);  # {status, text} of a command in it, noted by the test
#   $sandbox->quietly(...)                             # the same, not noted
#   $sandbox->write('/etc/x', $text);
#   $sandbox->copy($file, '/etc/x', 0600);             # a file of this machine
#   $sandbox->read('/etc/x')                           # undef: there is none
#   $sandbox->background('requests', 'sh', '-c', ...); # a service of this name
#
# It ends with the object.
package CertGuard::Sandbox;

use strict;
use warnings;

use IPC::Open2 qw(open2);
use POSIX ();
use Test::More ();

sub missing {
    return 'only root can copy a machine' if $> != 0;
    my $why = qx(unshare --mount --pid --net --ipc --uts --cgroup --fork mount --make-rprivate / 2>&1);
    return $? == 0 ? undef : "this kernel gives no namespaces: $why";
}

sub start {
    my ($class) = @_;
    my $pid = open2(my $out, my $in, 't/lib/sandbox');
    my $self = bless {pid => $pid, in => $in, owner => $$}, $class;
    chomp($self->{init} = <$out> // '');
    die "t/lib/sandbox gives no sandbox\n" if $self->{init} !~ /^\d+$/;
    return $self;
}

sub run {
    my ($self, @command) = @_;
    my $said = $self->quietly(@command);
    Test::More::note("sandbox\$ @command\n$said->{text}");
    return $said;
}

sub quietly {
    my ($self, @command) = @_;
    my $pid = open(my $out, '-|') // die "fork: $!\n";
    if ($pid == 0) {
        open STDIN, '<', '/dev/null';
        $self->become(@command);
    }
    my $text = do { local $/; <$out> } // '';
    close $out;
    return {status => $? & 127 ? $? & 127 | 128 : $? >> 8, text => $text};
}

sub write {
    my ($self, $path, $text, $mode) = @_;
    my $pid = open(my $in, '|-') // die "fork: $!\n";
    $self->become('sh', '-c', 'mkdir -p "${1%/*}" && cat >"$1" && chmod "$2" "$1"', 'sh', $path,
        sprintf('%o', $mode // 0644)) if $pid == 0;
    print $in $text;
    close $in or die "$path could not be written in the sandbox\n";
}

sub copy {
    my ($self, $file, $path, $mode) = @_;
    open my $in, '<:raw', $file or die "$file: $!\n";
    $self->write($path, do { local $/; <$in> }, $mode);
}

sub read {
    my ($self, $path) = @_;
    my $said = $self->quietly('cat', $path);
    return $said->{status} == 0 ? $said->{text} : undef;
}

sub background {
    my ($self, $name, @command) = @_;
    my $said = $self->run('systemd-run', '--quiet', "--unit=$name", @command);
    die $said->{text} if $said->{status} != 0;
}

# Of the calling process, COMMAND in the sandbox.
sub become {
    my ($self, @command) = @_;
    open STDERR, '>&', \*STDOUT;
    %ENV = (PATH => '/usr/sbin:/usr/bin:/sbin:/bin', HOME => '/root', LC_ALL => 'C.UTF-8',
        DEBIAN_FRONTEND => 'noninteractive');
    chdir '/';
    { exec 'nsenter', '--all', '--root', '--wd', "--target=$self->{init}", '--', @command; }
    POSIX::_exit(127);
}

sub DESTROY {
    my ($self) = @_;
    return if $$ != $self->{owner};
    local ($?, $!);
    close $self->{in};
    waitpid $self->{pid}, 0;
}

1;
