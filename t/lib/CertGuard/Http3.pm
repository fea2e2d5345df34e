# Clients of CertGuard::Server over HTTP/3: curl, where it has learnt that.
#
#   my $missing = CertGuard::Http3::missing();    # what keeps this machine from it, undef: nothing
#   my $server = CertGuard::Server->start(http3 => 1, ...);
#   my @answers = CertGuard::Http3::get($server, 'identity', '/a', '/b');    # each on a connection of its own
#   $answers[0]{status}, {text}: head and body
#   my $client = CertGuard::Http3::ask($server, 'identity', '/a', '/b');     # on one connection; does not wait
#   @answers = CertGuard::Http3::answers($client);
package CertGuard::Http3;

use strict;
use warnings;

use CertGuard::Environment;
use CertGuard::Pki;
use CertGuard::Scratch;

my $count = 0;

sub missing {
    return 'this nginx has no HTTP/3' if qx($ENV{TEST_NGINX_BINARY} -V 2>&1) !~ /--with-http_v3_module/;
    return 'this curl has no HTTP/3' if qx(curl -V) !~ /^Features:.* HTTP3\b/m;
    return undef;
}

# curl with OpenSSL's QUIC (Debian 13) sends its header table late or never, which only a connection's first
# request does not need: nginx waits for it. What is missing for more requests on a connection.
sub missing_for_streams { return qx(curl -V) =~ /ngtcp2/ ? undef : 'this curl can\'t send several requests reliably' }

# With a certificate of CertGuard::Pki or none. An argument that is no path is curl's.
sub ask {
    my ($server, $certificate, @arguments) = @_;
    my $file = CertGuard::Scratch::file('http3-' . ++$count);
    my @command = qw(curl -sS -k -i --http3-only --max-time 120 -w <%{num_connects}>\n);
    push @command, '--cert', CertGuard::Pki::path("$certificate.pem"), '--key', CertGuard::Pki::path("$certificate.key")
        if $certificate ne 'none';
    push @command, map { m{^/} ? 'https://' . $server->address . $_ : $_ } @arguments;
    my $pid = fork() // die "fork: $!\n";
    if ($pid == 0) {
        open STDOUT, '>', $file or POSIX::_exit(126);
        open STDERR, '>&', \*STDOUT;
        { no warnings 'exec'; exec @command; }
        POSIX::_exit(127);
    }
    return {pid => $pid, file => $file};
}

sub answers {
    my ($client) = @_;
    waitpid $client->{pid}, 0;
    my $text = CertGuard::Nginx::content($client->{file});
    Test::More::note($text =~ s/[^\n\x20-\x7e]/?/gr);
    my @answers;
    while ($text =~ m{(HTTP/3 (\d+) .*?)<(\d+)>\n}gs) {
        push @answers, {text => $1, status => $2, opened => $3};
    }
    return @answers;
}

sub get {
    my ($server, $certificate, @arguments) = @_;
    my @options = grep { !m{^/} } @arguments;
    return map { answers(ask($server, $certificate, @options, $_)) } grep {m{^/}} @arguments;
}

1;
