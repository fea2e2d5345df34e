# TCP ports of 127.0.0.1, and of ::1 where there is one, that stay this test's own until it ends, whether or not
# somebody listens there at the moment: the kernel gives a port that is bound to no other program that asks for
# any, and connections do not leave from it.
#
#   my $port = CertGuard::Port::reserve();    # who listens there must set SO_REUSEADDR, as servers do
package CertGuard::Port;

use strict;
use warnings;

use IO::Socket::IP;

my @reserved;

sub reserve {
    for (1 .. 1000) {
        my $ipv4 = bound('127.0.0.1', 0) or die "no free port: $!\n";
        my $ipv6 = has_ipv6() ? bound('::1', $ipv4->sockport) : undef;
        next if has_ipv6() && !$ipv6;    # the number is taken there
        push @reserved, $ipv4, $ipv6;
        return $ipv4->sockport;
    }
    die "no port is free for IPv4 and IPv6: $!\n";
}

# Bound, and not listening.
sub bound {
    my ($address, $port) = @_;
    return IO::Socket::IP->new(LocalHost => $address, LocalPort => $port, Type => IO::Socket::IP::SOCK_STREAM, ReuseAddr => 1);
}

sub has_ipv6 {
    open my $addresses, '<', '/proc/net/if_inet6' or return 0;
    return scalar grep {/^0{31}1 /} <$addresses>;
}

1;
