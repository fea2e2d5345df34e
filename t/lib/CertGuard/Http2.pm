# As much of an HTTP/2 client as it takes to open streams and to take them back (RFC 9113).
#
#   my $connection = CertGuard::Http2->new($socket);    # a TLS connection with ALPN "h2"
#   my @streams = map { $connection->open('/path') } 1 .. 100;
#   $connection->wait;                                   # until the server has read all of it
#   $connection->statuses      # {200 => 3}: how many answers have begun with which
#   $connection->said_goodbye
#   $connection->reset(@streams);
#   $connection->close;
package CertGuard::Http2;

use strict;
use warnings;

my %type = (headers => 1, reset => 3, settings => 4, ping => 6, goaway => 7);
my %status = ("\x88" => 200, "\x8c" => 404, "\x8e" => 500);    # of HPACK's static table
use constant {END_STREAM => 0x1, ACK => 0x1, END_HEADERS => 0x4, CANCEL => 8};

sub new {
    my ($class, $socket) = @_;
    my $self = bless {socket => $socket, next => 1, out => '', in => ''}, $class;
    $self->{out} = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    $self->frame(settings => 0, 0, '');
    return $self;
}

sub frame {
    my ($self, $type, $flags, $stream, $payload) = @_;
    $self->{out} .= substr(pack('N', length $payload), 1) . pack('CCN', $type{$type}, $flags, $stream) . $payload;
}

# Asks for PATH on a new stream and returns its number. Sent with the next wait() or reset().
sub open {
    my ($self, $path) = @_;
    my $stream = $self->{next};
    $self->{next} += 2;
    # :method GET and :scheme https from HPACK's static table, :path and :authority as they are.
    my $head = "\x82\x87" . "\x04" . literal($path) . "\x01" . literal('localhost');
    $self->frame(headers => END_STREAM | END_HEADERS, $stream, $head);
    return $stream;
}

sub literal { return chr(length $_[0]) . $_[0] }    # shorter than 127 bytes

sub reset {
    my ($self, @streams) = @_;
    $self->frame(reset => 0, $_, pack 'N', CANCEL) for @streams;
    $self->flush;
}

sub flush {
    my ($self) = @_;
    local $SIG{PIPE} = 'IGNORE';    # the server may have gone
    while (length $self->{out}) {
        my $sent = $self->{socket}->syswrite($self->{out}) or die "HTTP/2: the connection is gone\n";
        substr $self->{out}, 0, $sent, '';
    }
}

# Until the server has answered a ping. Dies when it ends the connection.
sub wait {
    my ($self) = @_;
    $self->frame(ping => 0, 0, 'certgard');
    $self->flush;
    while (1) {
        while (length $self->{in} >= 9) {
            my $size = unpack 'N', "\0" . substr $self->{in}, 0, 3;
            last if length $self->{in} < 9 + $size;
            my ($type, $flags) = unpack 'x3CC', $self->{in};
            my $payload = substr $self->{in}, 9, $size;
            substr $self->{in}, 0, 9 + $size, '';
            $self->{said_goodbye} = 1 if $type == $type{goaway};
            if ($type == $type{headers}) {
                my ($first) = $payload =~ /^[\x20-\x3f]*(.)/s;    # behind what is about the table
                $self->{statuses}{$status{$first} // 'other'}++;
            }
            return if $type == $type{ping} && $flags & ACK;
        }
        $self->{socket}->sysread($self->{in}, 65536, length $self->{in}) or die "HTTP/2: the connection is gone\n";
    }
}

sub statuses { return $_[0]{statuses} // {} }

sub said_goodbye { return $_[0]{said_goodbye} }

sub close { $_[0]{socket}->close(SSL_no_shutdown => 1) }

1;
