# The certificates of a test file, made by build/t/test-pki in a moment and never committed.
#
#   ca.pem                   the CA that guards trust; crl.pem revokes "revoked"
#   other-ca.pem             a CA that they do not trust
#   server                   the tested server's own certificate
#   host                     a client's RHSM v3 entitlement certificate to PATH; and the same host's
#   expired, not-yet-valid, revoked, stranger (of other-ca)    that are no good for a reason each
#   identity                 and its certificate without paths
#
# A test makes more of its own with certificate(NAME, OPTIONS-OF-TEST-PKI). Each NAME is NAME.pem and
# NAME.key in directory().
package CertGuard::Pki;

use strict;
use warnings;

use CertGuard::Environment;

# A consumer UUID, as Candlepin puts it into the common name.
use constant HOST => '5f1a0c7e-3b52-4d0e-9a66-2f7f6f1d7c11';

use constant PATH => '/ACME/Library/custom/tools';

my $directory = $ENV{TEST_NGINX_PKI};
my $test_pki = CertGuard::Environment::built('t/test-pki');

sub directory { return $directory }

sub path { return "$directory/$_[0]" }

sub make {
    return if -d $directory;
    mkdir $directory or die "$directory: $!\n";

    ca('ca', 'certguard test CA');
    ca('other-ca', 'another CA');
    certificate('server', '--cn', 'localhost', '--eku', 'server', '--san',
        'DNS:localhost,IP:127.0.0.1');
    my @entitled = ('--v3-path', PATH);
    certificate('host', @entitled);
    certificate('expired', @entitled, '--from', '-2d', '--until', '-1h');
    certificate('not-yet-valid', @entitled, '--from', '+1h', '--until', '+2d');
    certificate('revoked', @entitled);
    certificate('stranger', @entitled, '--ca', path('other-ca.pem'), '--ca-key', path('other-ca.key'));
    certificate('identity');
    crl('crl', '--revoke', path('revoked.pem'));
}

sub ca {
    my ($name, $common_name, @options) = @_;
    run('ca', files($name), '--cn', $common_name, @options);
}

# A client's certificate of the test CA, but for what the options say otherwise.
sub certificate {
    my ($name, @options) = @_;
    my %given = map { $_ => 1 } @options;
    my @defaults = ([issuer()], ['--org', 'ACME'], ['--cn', HOST], ['--eku', 'client']);
    run('leaf', files($name), @options, map { @$_ } grep { !$given{$_->[0]} } @defaults);
}

# One that expires after some seconds, enough for what needs it before on a busy machine. Returns a function that waits
# until then.
sub short_lived_certificate {
    my ($name, @options) = @_;
    my $seconds = 10;
    certificate($name, @options, '--until', "+${seconds}s");
    my $expired_at = time + $seconds + 1;
    return sub { sleep 1 while time <= $expired_at };
}

sub crl {
    my ($name, @options) = @_;
    run('crl', '--out', path("$name.pem"), issuer(), @options);
}

sub files {
    my ($name) = @_;
    return ('--out', path("$name.pem"), '--key', path("$name.key"));
}

sub issuer { return ('--ca', path('ca.pem'), '--ca-key', path('ca.key')) }

sub run {
    system($test_pki, @_) == 0 or die "test-pki @_ failed\n";
}

1;
