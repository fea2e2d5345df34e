# A backend that shows what reached it. It speaks HTTP/1.0 and 1.1 on a unix socket and answers every
# request with 200 and a body that is the request itself, byte for byte: nginx as a backend would hide
# duplicate headers, underscores and spellings, which is what the tests are about. It keeps a record
# of all requests. A query of status=NNN asks for that status.
#
# After registry() it also is a container registry: FakePulp/Registry.pm says for which paths, and
# with which settings. start_tls() runs one more, over TLS, for clients of one CA only.
package CertGuard::FakePulp;

use strict;
use warnings;

use IO::Socket::UNIX;
use JSON::PP ();
use POSIX ();
use Socket qw(SOCK_STREAM);

use CertGuard::FakeKatello::Identity;
use CertGuard::FakePulp::Registry;
use CertGuard::HttpServer;
use CertGuard::Scratch;

my $socket_path = CertGuard::Scratch::file('pulp.sock');
my $record_path = CertGuard::Scratch::file('pulp.requests');
my $registry_path = CertGuard::Scratch::file('pulp.registry');
my $separator = "\0\n";    # can't be part of a request that nginx sends
my $owner = $$;
my $pid;
my @tls_pids;

sub address { return "unix:$socket_path" }

sub start {
    my $listener =
        IO::Socket::UNIX->new(Local => $socket_path, Type => SOCK_STREAM, Listen => 1024)
        or die "$socket_path: $!\n";
    forget();
    $pid = fork() // die "fork: $!\n";
    if ($pid == 0) {
        serve($listener);
        POSIX::_exit(0);
    }
    close $listener;
}

# Returns its port. TLS: certificate, key and client_ca, as for CertGuard::HttpServer. The record of a
# request ends with a line that tells the subject of the client's certificate.
sub start_tls {
    my (%tls) = @_;
    my $server = CertGuard::HttpServer->new(answer => \&answer_over_tls);
    my $port = $server->listen(port => 0, %tls);
    my $child = fork() // die "fork: $!\n";
    if ($child == 0) {
        my $parent = getppid();
        $SIG{PIPE} = 'IGNORE';
        $SIG{INT} = $SIG{TERM} = sub { POSIX::_exit(0) };
        $server->turn while getppid() == $parent;
        POSIX::_exit(0);
    }
    push @tls_pids, $child;
    $server->forget_sockets;
    return $port;
}

sub answer_over_tls {
    my ($request) = @_;
    my $name = defined $request->{certificate}
        ? CertGuard::FakeKatello::Identity::common_name($request->{certificate}) : undef;
    record("$request->{head}$request->{body}TLS client: " . ($name // 'none') . "\n");
    return {status => 403, body => 'Forbidden'} unless defined $name;
    return registry_answer($request, $request->{head} . $request->{body});
}

# What it received whole since forget(), oldest first; each a string of bytes.
sub requests {
    open my $in, '<:raw', $record_path or die "$record_path: $!\n";
    my $all = do { local $/; <$in> } // '';
    my @whole = $all =~ /(.*?)\Q$separator\E/gs;
    return @whole;
}

sub forget {
    open my $out, '>:raw', $record_path or die "$record_path: $!\n";
    close $out;
}

# Answers registry requests from now on, with settings of CertGuard::FakePulp::Registry.
sub registry {
    my (%settings) = @_;
    open my $out, '>:raw', "$registry_path.new" or die "$registry_path: $!\n";
    print $out JSON::PP->new->utf8->encode(\%settings);
    close $out;
    rename "$registry_path.new", $registry_path or die "$registry_path: $!\n";
}

sub registry_settings {
    open my $in, '<:raw', $registry_path or return undef;
    return JSON::PP->new->utf8->decode(do { local $/; <$in> });
}

sub serve {
    my ($listener) = @_;
    my $parent = getppid();
    $SIG{CHLD} = 'IGNORE';
    $SIG{INT} = $SIG{TERM} = sub { POSIX::_exit(0) };
    $SIG{ALRM} = sub { POSIX::_exit(0) if getppid() != $parent; alarm 5 };    # never outlive the test
    alarm 5;
    while (1) {
        my $connection = $listener->accept or next;
        my $child = fork() // next;
        if ($child == 0) {
            alarm 0;
            answer_all($connection);
            POSIX::_exit(0);
        }
        close $connection;
    }
}

sub answer_all {
    my ($connection) = @_;
    my $buffer = '';
    while (defined(my $request = read_request($connection, \$buffer))) {
        record($request);
        my $keep = $request =~ m{^[^\n]* HTTP/1\.1\r\n} && $request !~ /^Connection: *close/mi;
        write_all($connection, answer($request, $keep));
        last unless $keep;
    }
}

sub answer {
    my ($request, $keep) = @_;
    my $parsed = CertGuard::HttpServer::take_request({in => $request});
    my $answer = registry_answer($parsed, $request);
    push @{$answer->{headers}}, ['Connection', $keep ? 'keep-alive' : 'close'];
    return CertGuard::HttpServer::rendered($parsed, $answer);
}

# BYTES: the request as it came.
sub registry_answer {
    my ($request, $bytes) = @_;
    my $settings = registry_settings();
    my $answer = $settings && CertGuard::FakePulp::Registry::answer($request, $settings);
    return $answer || {
        status => $request->{params}{status} // 200, reason => 'Fake',
        headers => [['Content-Type', 'text/plain']], body => $bytes,
    };
}

sub write_all {
    my ($connection, $bytes) = @_;
    while (length $bytes) {
        my $sent = syswrite $connection, $bytes or return;
        substr $bytes, 0, $sent, '';
    }
}

# The next whole request, headers and body, or undef at the end of the connection.
sub read_request {
    my ($connection, $buffer) = @_;
    my $more = sub { sysread $connection, $$buffer, 65536, length $$buffer };
    while ($$buffer !~ /\r\n\r\n/) {
        $more->() or return undef;
    }
    my $size = index($$buffer, "\r\n\r\n") + 4;
    my $head = substr $$buffer, 0, $size;
    if ($head =~ /^Transfer-Encoding: *chunked/mi) {
        $more->() or return undef until substr($$buffer, $size) =~ /(?:^|\r\n)0\r\n\r\n/;
        $size += $+[0] if substr($$buffer, $size) =~ /(?:^|\r\n)0\r\n\r\n/;
    }
    elsif ($head =~ /^Content-Length: *(\d+)/mi) {
        $size += $1;
        $more->() or return undef while length $$buffer < $size;
    }
    return substr $$buffer, 0, $size, '';
}

sub record {
    my ($request) = @_;
    open my $out, '>>:raw', $record_path or return;
    syswrite $out, $request . $separator;    # one write: requests do not mix
    close $out;
}

END {
    if (defined $pid && $$ == $owner) {
        local $?;
        kill 'TERM', $pid, @tls_pids;
        waitpid $_, 0 for $pid, @tls_pids;
    }
}

1;
