# TCP ports of 127.0.0.1 that stay this test's own until it ends, whether or not somebody listens there at the
# moment: the kernel gives a port that is bound to no other program that asks for any, and connections do not
# leave from it.
#
#   my $port = CertGuard::Port::reserve();    # who listens there must set SO_REUSEADDR, as servers do
package CertGuard::Port;

use strict;
use warnings;

use IO::Socket::INET;

my @reserved;

sub reserve {
    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Proto => 'tcp', ReuseAddr => 1)
        or die "no free port: $!\n";
    push @reserved, $socket;    # bound, and not listening
    return $socket->sockport;
}

1;
