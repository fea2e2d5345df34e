# An HTTP/1.1 server for test doubles: one process, one poll(2) loop, no limit to how many clients it
# keeps waiting. It speaks plain HTTP and TLS with an optional client certificate, and it can do to its
# clients what real servers do on bad days.
#
#   my $server = CertGuard::HttpServer->new(answer => sub { my ($request) = @_; ... });
#   $server->listen(port => 0);                                       # returns the port
#   $server->listen(port => 0, certificate => 'server.pem', key => 'server.key', client_ca => 'ca.pem');
#   $server->run;                                                     # never returns
#
# A request is a hash: method, target, path, query (as sent), params (decoded, the last of a name),
# head (the very bytes), body, headers (a list of [NAME, VALUE] as sent), peer (address), listener
# (what was given to listen), certificate (PEM of the client's, if any).
#
# An answer is a hash: status, headers (a list of [NAME, VALUE]), body. On top of that:
#   wait => SECONDS       before anything is sent; wait => 'release': until release() is called
#   rate => BYTES         a second
#   cut => BYTES          of the whole answer, then the connection is closed
#   reset => 1            the connection is reset instead of an answer
#   silent => 1           no answer, ever; the connection stays open
#   close => 1            the connection is closed after the answer
package CertGuard::HttpServer;

use strict;
use warnings;

use IO::Poll qw(POLLERR POLLHUP POLLIN POLLNVAL POLLOUT);
use IO::Socket::INET;
use IO::Socket::SSL;
use IO::Socket::UNIX;
use List::Util qw(max min);
use Socket qw(SOL_SOCKET SOMAXCONN SO_LINGER SOCK_STREAM);
use Time::HiRes qw(time);

my %reason = (
    200 => 'OK', 201 => 'Created', 202 => 'Accepted', 204 => 'No Content', 206 => 'Partial Content',
    301 => 'Moved Permanently', 302 => 'Found', 303 => 'See Other', 307 => 'Temporary Redirect',
    400 => 'Bad Request', 401 => 'Unauthorized', 403 => 'Forbidden', 404 => 'Not Found',
    405 => 'Method Not Allowed', 409 => 'Conflict', 410 => 'Gone', 429 => 'Too Many Requests',
    500 => 'Internal Server Error', 502 => 'Bad Gateway', 503 => 'Service Unavailable',
);

sub new {
    my ($class, %with) = @_;
    return bless {answer => $with{answer}, listeners => [], clients => {}, opened => 0}, $class;
}

# WITH: port (0: any) or path (a unix socket); certificate and key for TLS, client_ca to ask clients
# for a certificate of this CA, which they need not show. Anything else is the caller's to find again
# in a request's listener.
sub listen {
    my ($self, %with) = @_;
    my $socket = defined $with{path}
        ? IO::Socket::UNIX->new(Local => $with{path}, Type => SOCK_STREAM, Listen => SOMAXCONN)
        : IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $with{port},
            Listen => SOMAXCONN, ReuseAddr => 1);
    $socket or die "can't listen: $!\n";
    $socket->blocking(0);
    $with{tls} = tls_context(%with) if defined $with{certificate};
    $with{port} = $socket->sockport if !defined $with{path};
    push @{$self->{listeners}}, {%with, socket => $socket};
    return $with{port};
}

sub tls_context {
    my (%with) = @_;
    my @verify = (SSL_verify_mode => SSL_VERIFY_NONE);
    if (defined $with{client_ca}) {
        @verify = (SSL_verify_mode => SSL_VERIFY_PEER, SSL_ca_file => $with{client_ca});
    }
    return IO::Socket::SSL::SSL_Context->new(
        SSL_server => 1,
        SSL_cert_file => $with{certificate},
        SSL_key_file => $with{key},
        @verify,
    ) || die "TLS: $SSL_ERROR\n";
}

# Closes the listeners, for the process that has forked one to run the server.
sub forget_sockets {
    my ($self) = @_;
    $_->{socket}->close for @{$self->{listeners}};
}

sub open_connections { return scalar keys %{$_[0]{clients}} }

sub opened_connections { return $_[0]{opened} }

# Lets all answers go that wait for it.
sub release {
    my ($self) = @_;
    my $released = 0;
    for my $client (values %{$self->{clients}}) {
        next unless defined $client->{start_at} && $client->{start_at} eq 'release';
        $client->{start_at} = 0;
        $released++;
    }
    return $released;
}

sub run {
    my ($self) = @_;
    local $SIG{PIPE} = 'IGNORE';
    while (1) {
        $self->turn;
    }
}

sub turn {
    my ($self) = @_;
    my %served;
    my @mask;
    for my $listener (@{$self->{listeners}}) {
        my $fd = fileno $listener->{socket};
        $served{$fd} = $listener;
        push @mask, $fd, POLLIN;
    }
    my $now = time;
    my $patience = 1;
    while (my ($fd, $client) = each %{$self->{clients}}) {
        push @mask, $fd, $self->wanted_events($client, $now);
        $patience = min($patience, max(0, $client->{send_at} - $now)) if defined $client->{send_at};
    }
    IO::Poll::_poll(int(1000 * $patience + 0.999), @mask);
    while (my ($fd, $events) = splice @mask, 0, 2) {
        if ($served{$fd}) {
            $self->accept_all($served{$fd}) if $events;
        }
        elsif (my $client = $self->{clients}{$fd}) {
            $self->serve($client, $events);
        }
    }
}

# Also says in send_at when the client has its next turn without an event.
sub wanted_events {
    my ($self, $client, $now) = @_;
    $client->{send_at} = undef;
    return POLLOUT if $client->{handshake} && $client->{handshake} eq 'write';
    my $events = POLLIN;    # to see that it goes away, too
    if (defined $client->{start_at}) {
        $client->{send_at} = $client->{start_at} if $client->{start_at} ne 'release';
    }
    elsif (length $client->{out}) {
        if ($client->{rate}) {
            $client->{send_at} = $now + 0.01;
        }
        else {
            $events |= POLLOUT;
        }
    }
    return $events;
}

sub accept_all {
    my ($self, $listener) = @_;
    while (my $socket = $listener->{socket}->accept) {
        $socket->blocking(0);
        my $client = {
            socket => $socket, listener => $listener, in => '', out => '', sent => 0,
            peer => $socket->isa('IO::Socket::INET') ? $socket->peerhost : 'unix:',
        };
        $self->{opened}++;
        if ($listener->{tls}) {
            $client->{socket} = IO::Socket::SSL->start_SSL($socket, SSL_server => 1,
                SSL_startHandshake => 0, SSL_reuse_ctx => $listener->{tls}) or next;
            $client->{handshake} = 'read';
        }
        $self->{clients}{fileno $client->{socket}} = $client;
    }
}

sub serve {
    my ($self, $client, $events) = @_;
    if ($client->{handshake}) {
        $self->shake_hands($client) if $events;
        return;
    }
    if ($events & (POLLIN | POLLHUP | POLLERR | POLLNVAL)) {
        $self->receive($client) or return $self->drop($client);
    }
    $self->next_request($client);
    $self->send($client);
}

sub shake_hands {
    my ($self, $client) = @_;
    my $tls = $client->{socket};
    if ($tls->accept_SSL) {
        delete $client->{handshake};
        $client->{certificate} = peer_certificate($tls);
    }
    elsif ($SSL_ERROR == SSL_WANT_READ) {
        $client->{handshake} = 'read';
    }
    elsif ($SSL_ERROR == SSL_WANT_WRITE) {
        $client->{handshake} = 'write';
    }
    else {
        $self->drop($client);
    }
}

sub peer_certificate {
    my ($tls) = @_;
    my $certificate = $tls->peer_certificate or return undef;
    return Net::SSLeay::PEM_get_string_X509($certificate);
}

# False when the client has gone.
sub receive {
    my ($self, $client) = @_;
    while (1) {
        my $got = $client->{socket}->sysread($client->{in}, 65536, length $client->{in});
        next if $got;
        return 0 if defined $got;
        return $!{EAGAIN} || $!{EWOULDBLOCK} || $!{EINTR} if !$client->{listener}{tls};
        return $SSL_ERROR == SSL_WANT_READ || $SSL_ERROR == SSL_WANT_WRITE;
    }
}

# Takes a whole request, if there is one and no other is being answered.
sub next_request {
    my ($self, $client) = @_;
    return if $client->{busy};
    my $request = take_request($client) or return;
    $client->{busy} = 1;
    my $answer = $self->{answer}->($request);
    $client->{silent} = $answer->{silent};
    return if $answer->{silent};
    $client->{reset} = $answer->{reset};
    $client->{rate} = $answer->{rate};
    $client->{close} = $answer->{close} || $request->{head} =~ /^Connection: *close/mi
        || $request->{head} =~ m{ HTTP/1\.0\r\n};
    my $wait = $answer->{wait};
    $client->{start_at} = $wait eq 'release' ? $wait : time + $wait if defined $wait;
    $client->{out} = $answer->{reset} ? "\0" : rendered($request, $answer, $client->{close});
    if (defined $answer->{cut}) {
        $client->{out} = substr $client->{out}, 0, $answer->{cut};
        $client->{close} = 1;
    }
    ($client->{rate_start}, $client->{sent}) = (undef, 0);
}

sub take_request {
    my ($client) = @_;
    my $end = index $client->{in}, "\r\n\r\n";
    return undef if $end < 0;
    my $head = substr $client->{in}, 0, $end + 4;
    my ($body, $size) = take_body($head, $client->{in}) or return undef;
    substr $client->{in}, 0, $size, '';
    my ($method, $target) = $head =~ /\A(\S+) (\S+) /;
    my ($path, $query) = split /\?/, $target // '', 2;
    my @headers = map { [split /:[ \t]*/, $_, 2] } grep {/:/} split /\r\n/, $head;
    shift @headers if @headers && $headers[0][0] =~ / /;    # the request line
    return {
        method => $method, target => $target, path => decoded($path), raw_path => $path,
        query => $query // '', params => params($query), headers => \@headers, head => $head,
        body => $body, peer => $client->{peer}, listener => $client->{listener},
        certificate => $client->{certificate}, time => time,
    };
}

# The body behind HEAD in BYTES and the size of both, or nothing as long as it is not whole.
sub take_body {
    my ($head, $bytes) = @_;
    my $start = length $head;
    if ($head =~ /^Transfer-Encoding: *chunked/mi) {
        my ($body, $at) = ('', $start);
        while (substr($bytes, $at) =~ /\A([0-9A-Fa-f]+)[^\r\n]*\r\n/) {
            my ($size, $line) = (hex $1, $+[0]);
            return if length $bytes < $at + $line + $size + 2;
            $body .= substr $bytes, $at + $line, $size;
            $at += $line + $size + 2;
            return ($body, $at) if $size == 0;
        }
        return;
    }
    my $size = $head =~ /^Content-Length: *(\d+)/mi ? $1 : 0;
    return if length $bytes < $start + $size;
    return (substr($bytes, $start, $size), $start + $size);
}

sub decoded {
    my ($text) = @_;
    $text =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge;
    return $text;
}

sub params {
    my ($query) = @_;
    my %params;
    for my $pair (split /&/, $query // '') {
        my ($name, $value) = map { s/\+/ /gr } split /=/, $pair, 2;
        $params{decoded($name // '')} = decoded($value // '');
    }
    return \%params;
}

sub rendered {
    my ($request, $answer, $close) = @_;
    my $status = $answer->{status} // 200;
    my $body = $answer->{body} // '';
    my $text = "HTTP/1.1 $status " . ($answer->{reason} // $reason{$status} // 'Status') . "\r\n";
    my @headers = @{$answer->{headers} // []};
    my %given = map { lc $_->[0] => 1 } @headers;
    if (!$given{'content-length'} && !$given{'transfer-encoding'} && $status != 204) {
        push @headers, ['Content-Length', length $body];
    }
    push @headers, ['Connection', 'close'] if $close;
    $text .= "$_->[0]: $_->[1]\r\n" for @headers;
    return "$text\r\n" . ($request->{method} eq 'HEAD' ? '' : $body);
}

sub send {
    my ($self, $client) = @_;
    return if !$client->{busy} || $client->{silent};
    if (defined $client->{start_at}) {
        return if $client->{start_at} eq 'release' || $client->{start_at} > time;
        delete $client->{start_at};
    }
    return $self->reset($client) if $client->{reset};
    my $most = length $client->{out};
    if ($client->{rate}) {
        $client->{rate_start} //= time;
        my $due = int($client->{rate} * (time - $client->{rate_start})) - $client->{sent};
        $most = min($most, max(0, $due));
    }
    if ($most > 0) {
        my $sent = $client->{socket}->syswrite($client->{out}, min($most, 1 << 20));
        if (!defined $sent) {
            my $later = $client->{listener}{tls}
                ? $SSL_ERROR == SSL_WANT_READ || $SSL_ERROR == SSL_WANT_WRITE
                : $!{EAGAIN} || $!{EWOULDBLOCK};
            $self->drop($client) unless $later;
            return;
        }
        $client->{sent} += $sent;
        substr $client->{out}, 0, $sent, '';
    }
    return if length $client->{out};
    return $self->drop($client) if $client->{close};
    $client->{busy} = 0;
    $self->serve($client, 0) if length $client->{in};    # pipelined
}

sub reset {
    my ($self, $client) = @_;
    setsockopt $client->{socket}, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0;
    $self->drop($client);
}

sub drop {
    my ($self, $client) = @_;
    delete $self->{clients}{fileno $client->{socket}};
    # After a failed handshake it is a plain socket again.
    $client->{socket}->isa('IO::Socket::SSL')
        ? $client->{socket}->close(SSL_no_shutdown => $client->{reset} ? 1 : 0)
        : $client->{socket}->close;
}

# The first value of a header, its name in any case and with "_" for "-".
sub header {
    my ($request, $name) = @_;
    (my $wanted = lc $name) =~ tr/_/-/;
    for my $header (@{$request->{headers}}) {
        (my $found = lc $header->[0]) =~ tr/_/-/;
        return $header->[1] if $found eq $wanted;
    }
    return undef;
}

1;
