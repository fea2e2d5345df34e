# A TLS client for tests: sends the very bytes that it is given and returns the very bytes of the
# response; with the client certificate that is asked for, on a new, a kept or a resumed connection.
# HTTP/2 is left to curl.
package CertGuard::Client;

use strict;
use warnings;

use IO::Socket::SSL;
use IO::Socket::UNIX;
use IPC::Open3 ();
use Time::HiRes qw(sleep time);

use CertGuard::Pki;

# ADDRESS: the path of the server's unix socket. CERTIFICATE: a name of CertGuard::Pki, or "none".
# CONNECTION: new | kept | resumed, of every request after the first.
sub new {
    my ($class, %with) = @_;
    my $self = bless {%with}, $class;
    my @certificate;
    if ($with{certificate} ne 'none') {
        @certificate = (
            SSL_cert_file => CertGuard::Pki::path("$with{certificate}.pem"),
            SSL_key_file => CertGuard::Pki::path("$with{certificate}.key"),
        );
    }
    $self->{tls} = IO::Socket::SSL::SSL_Context->new(
        SSL_verify_mode => SSL_VERIFY_NONE,
        SSL_session_cache_size => $with{connection} eq 'resumed' ? 8 : 0,
        @certificate,
    ) or die "TLS client: $SSL_ERROR\n";
    return $self;
}

# PACKETS: a list of {value => BYTES, delay_before => SECONDS}. Returns the response's bytes.
sub exchange {
    my ($self, $packets, $timeout) = @_;
    my $socket = $self->{kept} // $self->connect($timeout);
    my $request = join '', map { $_->{value} } @$packets;
    my $keep = $self->{connection} eq 'kept';
    local $SIG{PIPE} = 'IGNORE';    # the server may answer, and close, before it has read everything
    for my $packet (@$packets) {
        sleep $packet->{delay_before} if $packet->{delay_before};
        my $bytes = $packet->{value};
        $bytes =~ s/^Connection: close\r\n/Connection: keep-alive\r\n/mi if $keep;
        $socket->syswrite($bytes);
    }
    my $response = $self->receive($socket, $timeout, $keep ? $request : undef);
    $self->{kept} = $keep ? $socket : undef;
    $socket->close unless $keep;
    return $response;
}

sub connect {
    my ($self, $timeout) = @_;
    my $socket = IO::Socket::SSL->start_SSL(
        $self->reach($timeout),
        SSL_reuse_ctx => $self->{tls},
        SSL_session_key => 'server',
        SSL_hostname => 'localhost',
        Timeout => $timeout,
    ) or die "TLS handshake: $SSL_ERROR\n";
    if ($self->{connection} eq 'resumed' && $self->{handshakes}++ && !$socket->get_session_reused) {
        die "the server did not resume the TLS session\n";
    }
    return $socket;
}

# A connection without TLS. Under valgrind nginx takes its time to start.
sub reach {
    my ($self, $timeout) = @_;
    my $give_up = time + $timeout;
    while (1) {
        my $socket = IO::Socket::UNIX->new(Peer => $self->{address});
        return $socket if $socket;
        die "can't connect to $self->{address}: $!\n" if time > $give_up;
        sleep 0.05;
    }
}

# Everything up to the end of the connection or, where REQUEST is given, of the response to it.
sub receive {
    my ($self, $socket, $timeout, $request) = @_;
    my $response = '';
    my $give_up = time + $timeout;
    $socket->blocking(0);
    until (defined $request && is_whole($request, $response)) {
        my $got = $socket->sysread($response, 65536, length $response);
        next if $got;
        last if defined $got || ($SSL_ERROR != SSL_WANT_READ && $SSL_ERROR != SSL_WANT_WRITE);
        my $left = $give_up - time;
        if ($left <= 0) {
            warn "no end of the response within $timeout seconds\n";
            last;
        }
        my $ready = '';
        vec($ready, fileno $socket, 1) = 1;
        select $ready, undef, undef, $left;
    }
    $socket->blocking(1);
    return $response;
}

sub is_whole {
    my ($request, $response) = @_;
    my ($head, $body) = $response =~ /\A(.*?\r\n)\r\n(.*)\z/s or return 0;
    return 1 if $request =~ /^HEAD / || $head =~ m{^HTTP/1\.\d (?:204|304)};
    return $body =~ /(?:^|\r\n)0\r\n\r\n\z/ if $head =~ /^Transfer-Encoding: *chunked/mi;
    return length $body >= $1 if $head =~ /^Content-Length: *(\d+)/mi;
    return 0;
}

# The same request, given as HTTP/1.1, over HTTP/2 by curl(1).
sub exchange_http2 {
    my ($self, $packets, $timeout) = @_;
    my $request = join '', map { $_->{value} } @$packets;
    my ($method, $target, $head, $body) =
        $request =~ /\A(\S+) (\S+) HTTP\/1\.\d\r\n(.*?\r\n)\r\n(.*)\z/s
        or die "not a request that can be sent over HTTP/2: $request\n";
    my @arguments = ('--http2', '-i', '--request-target', $target);
    push @arguments, $method eq 'HEAD' ? '--head' : ('-X', $method) if $method ne 'GET';
    push @arguments, '--data-binary', $body if length $body;
    for my $header ('User-Agent:', 'Accept:', split /\r\n/, $head) {
        push @arguments, '-H', $header unless $header =~ /^(?:Connection|Content-Length):/i;
    }
    my ($output, $errors) = $self->curl($timeout, @arguments, 'https://localhost/');
    $output =~ m{^HTTP/2 } or die "no answer over HTTP/2: $errors$output\n";
    return $output;
}

# curl ARGUMENTS with this client's certificate, to the tested server. Returns stdout and stderr.
sub curl {
    my ($self, $timeout, @arguments) = @_;
    my @command = ('curl', '-sS', '-k', '--max-time', $timeout, '--unix-socket', $self->{address});
    if ($self->{certificate} ne 'none') {
        push @command, '--cert', CertGuard::Pki::path("$self->{certificate}.pem"), '--key',
            CertGuard::Pki::path("$self->{certificate}.key");
    }
    $self->{reached} //= $self->reach($timeout)->close;
    my $errors_path = CertGuard::Scratch::file('curl.stderr');
    open my $errors, '+>', $errors_path or die "$errors_path: $!\n";
    my $pid = IPC::Open3::open3(my $in, my $out, '>&' . fileno $errors, @command, @arguments);
    close $in;
    binmode $out;
    my $output = do { local $/; <$out> };
    waitpid $pid, 0;
    seek $errors, 0, 0;
    return ($output, do { local $/; <$errors> } // '');
}

1;
