# Clients of CertGuard::Server, any number at once, in this process. Each is a kept TLS connection with a
# client certificate that asks one thing after the other.
#
#   my $crowd = CertGuard::Crowd->new(address => $server->address);
#   my @clients = $crowd->join('identity', 100);     # with a certificate of CertGuard::Pki; not yet asking
#   $crowd->ask('/v2/x/tags/list', @clients);        # sends, and does not wait
#   $crowd->settle(10, @clients);                    # until all are answered, or 10 seconds have passed
#   $_->{status}, $_->{head}, $_->{body}             # of a client: its last answer
#   $crowd->leave(@clients);
#
# A status of 0 says that there was no answer yet, or that the connection ended instead of it (then the
# client has {gone}).
package CertGuard::Crowd;

use strict;
use warnings;

use IO::Poll qw(POLLIN);
use IO::Socket::INET;
use IO::Socket::SSL;
use Time::HiRes qw(time);

use CertGuard::Client;
use CertGuard::Pki;

sub new {
    my ($class, %with) = @_;
    return bless {%with, contexts => {}}, $class;
}

sub context {
    my ($self, $certificate, @protocols) = @_;
    return $self->{contexts}{"$certificate @protocols"} //= IO::Socket::SSL::SSL_Context->new(
        SSL_verify_mode => SSL_VERIFY_NONE,
        SSL_session_cache_size => 1,
        SSL_cert_file => CertGuard::Pki::path("$certificate.pem"),
        SSL_key_file => CertGuard::Pki::path("$certificate.key"),
        @protocols ? (SSL_alpn_protocols => \@protocols) : (),
    ) // die "TLS client: $SSL_ERROR\n";
}

# A TLS connection; PROTOCOLS: for ALPN, "h2" for HTTP/2.
sub connect {
    my ($self, $certificate, @protocols) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => $self->{address}) or die "$self->{address}: $!\n";
    return IO::Socket::SSL->start_SSL($socket, SSL_reuse_ctx => $self->context($certificate, @protocols),
        SSL_session_key => $certificate, SSL_hostname => 'localhost')
        || die "TLS handshake: $SSL_ERROR\n";
}

sub join {
    my ($self, $certificate, $count) = @_;
    return map { {socket => $self->connect($certificate), certificate => $certificate, status => 0, head => '',
            body => '', in => ''} } 1 .. $count // 1;
}

sub ask {
    my ($self, $target, @clients) = @_;
    for my $client (@clients) {
        $client->{request} = ($target =~ / / ? $target : "GET $target") . " HTTP/1.1\r\nHost: localhost\r\n\r\n";
        @{$client}{qw(in status waits)} = ('', 0, 1);
        $client->{asked_at} = time;
        syswrite_all($client->{socket}, $client->{request});
    }
}

sub syswrite_all {
    my ($socket, $bytes) = @_;
    local $SIG{PIPE} = 'IGNORE';
    while (length $bytes) {
        my $sent = $socket->syswrite($bytes) // return;
        substr $bytes, 0, $sent, '';
    }
}

# Returns the number of clients that are not answered yet.
sub settle {
    my ($self, $timeout, @clients) = @_;
    return $self->settle_each($timeout, sub { }, @clients);
}

# The same; ANSWERED is called with each that is, and may let it ask again.
sub settle_each {
    my ($self, $timeout, $answered, @clients) = @_;
    my $give_up = time + $timeout;
    my %waiting = map { fileno($_->{socket}) => $_ } grep { $_->{waits} } @clients;
    for (my $left = $timeout; %waiting && $left >= 0; $left = $give_up - time) {
        my @mask = map { $_ => POLLIN } keys %waiting;
        IO::Poll::_poll(int(1000 * $left + 0.999), @mask);
        while (my ($fd, $events) = splice @mask, 0, 2) {
            next if !$events;
            my $client = $waiting{$fd};
            receive($client);
            next if $client->{waits};
            $answered->($client);
            delete $waiting{$fd} if !$client->{waits};
        }
    }
    return scalar keys %waiting;
}

# All clients ask for TARGET again and again for SECONDS, then settle. Returns the number of answers by
# their status: {200 => 9999}; EACH, if given, is called with each client that has one.
sub keep_asking {
    my ($self, $target, $seconds, $clients, $each) = @_;
    my ($end, %count) = (time + $seconds);
    $self->ask($target, @$clients);
    my $left = $self->settle_each($seconds + 60, sub {
        my ($client) = @_;
        $count{$client->{status}}++;
        $each->($client) if $each;
        $self->ask($target, $client) if time < $end && !$client->{gone};
    }, @$clients);
    $count{'no answer'} = $left if $left;
    return \%count;
}

sub receive {
    my ($client) = @_;
    $client->{socket}->blocking(0);
    my $got = 1;
    $got = $client->{socket}->sysread($client->{in}, 65536, length $client->{in}) while $got;
    $client->{gone} = 1 if defined $got || ($SSL_ERROR != SSL_WANT_READ && $SSL_ERROR != SSL_WANT_WRITE);
    if (CertGuard::Client::is_whole($client->{request}, $client->{in})) {
        @{$client}{qw(head body)} = $client->{in} =~ /\A(.*?\r\n)\r\n(.*)\z/s;
        ($client->{status}) = $client->{head} =~ m{\AHTTP/1\.1 (\d+)};
        $client->{took} = time - $client->{asked_at};
        $client->{waits} = 0;
    }
    $client->{waits} = 0 if $client->{gone};
    $client->{socket}->blocking(1) if !$client->{gone};
}

# One request after the other from CLIENT for SECONDS; how many a second were answered with STATUS.
sub rate {
    my ($self, $client, $target, $seconds, $status) = @_;
    my ($begin, $count) = (time, 0);
    while (time < $begin + $seconds) {
        $self->ask($target, $client);
        $self->settle(30, $client);
        die "$target: status $client->{status}, not $status\n" if $client->{status} != $status;
        $count++;
    }
    return $count / (time - $begin);
}

# How many clients have which status: {200 => 99, 503 => 1}.
sub statuses {
    my (@clients) = @_;
    my %count;
    $count{$_->{status}}++ for @clients;
    return \%count;
}

sub header {
    my ($client, $name) = @_;
    return $client->{head} =~ /^\Q$name\E: *(.*?)\r$/mi ? $1 : undef;
}

# One request of a client that comes for it and leaves; the client.
sub once {
    my ($self, $target, $certificate) = @_;
    my ($client) = $self->join($certificate // 'identity');
    $self->ask($target, $client);
    $self->settle(30, $client);
    $self->leave($client);
    return $client;
}

sub leave {
    my ($self, @clients) = @_;
    $_->{socket}->close(SSL_no_shutdown => 1) for @clients;
}

1;
