# Debian's docker-registry where Pulp would be: a real registry that shows its images to everybody who
# gets there. It keeps them in the test's directory, listens on a port of 127.0.0.1 that it picks
# itself, and ends with the test.
package CertGuard::DockerRegistry;

use strict;
use warnings;

use POSIX ();
use Time::HiRes qw(sleep);

use CertGuard::Scratch;

my $owner = $$;
my @running;

# TLS: certificate, key and client_ca, for clients of that CA only. PREFIX: a path in front of /v2/.
# All registries of a test have the same images.
sub start {
    my ($class, %with) = @_;
    my $self = bless {file => CertGuard::Scratch::file('docker-registry-' . @running)}, $class;
    my $tls = !$with{certificate} ? '' : <<TLS;
  tls:
    certificate: $with{certificate}
    key: $with{key}
    clientcas: [$with{client_ca}]
TLS
    open my $out, '>', "$self->{file}.yml" or die "$self->{file}.yml: $!\n";
    print $out <<YAML;
version: 0.1
log: {level: info}
storage:
  filesystem: {rootdirectory: @{[CertGuard::Scratch::file('docker-registry')]}}
  delete: {enabled: true}
http:
  addr: 127.0.0.1:0
  secret: only for this test
  prefix: @{[$with{prefix} // '/']}
$tls
YAML
    close $out;
    $self->{pid} = fork() // die "fork: $!\n";
    if ($self->{pid} == 0) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', "$self->{file}.log" or POSIX::_exit(1);
        open STDERR, '>&', \*STDOUT;
        # Not even when the test is killed does it stay.
        exec 'setpriv', '--pdeathsig', 'KILL', 'docker-registry', 'serve', "$self->{file}.yml"
            or POSIX::_exit(127);
    }
    push @running, $self;
    for (1 .. 1200) {
        ($self->{port}) = $self->log =~ /listening on 127\.0\.0\.1:(\d+)\D/ and return $self;
        sleep 0.05;
    }
    die "docker-registry did not start:\n" . $self->log;
}

sub address { return "127.0.0.1:$_[0]{port}" }

sub port { return $_[0]{port} }

# Its requests and what it answered.
sub log {
    open my $in, '<', "$_[0]{file}.log" or return '';
    local $/;
    return <$in> // '';
}

END {
    if ($$ == $owner) {
        local $?;
        for my $self (@running) {
            kill 'TERM', $self->{pid};
            waitpid $self->{pid}, 0;
        }
    }
}

1;
