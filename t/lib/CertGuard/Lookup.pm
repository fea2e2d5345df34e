# A fake Katello for a test file that asks lookups. Loaded after CertGuard; $katello is the double, at
# $TEST_NGINX_KATELLO and, over TLS with the certificate "server", at $TEST_NGINX_KATELLO_TLS.
#
# Its hosts have certificates: "identity" and "host" are of one in Dev/web; "both" is in Library and
# Dev/web, "empty" in an environment without repositories, "bare" has no content at all, "deleted" was
# once there, Foreman has two hosts "twice", "other" is in OTHER:Prod/db, "unregistered" was never there.
#
# It adds sections to those of CertGuard:
#
#   --- katello_fails    lines of FAULT PATTERN: what goes wrong from the start, and for which requests
#   --- katello_calls    lines of NUMBER PATTERN: how many requests must have reached it in the block
#   --- log_times        lines of NUMBER WORDS: how many lines of error.log must have these words
#   --- zone_like, --- zone_unlike    regular expressions on the bytes of the shared memory zone
#
# The password of the user "certguard" is in $TEST_NGINX_TOKEN_FILE.
package CertGuard::Lookup;

use strict;
use warnings;

use Exporter 'import';
use Test::More ();
use Test::Nginx::Util ();

use CertGuard::FakeKatello;
use CertGuard::Nginx;
use CertGuard::Pki;
use CertGuard::Scratch;

our @EXPORT = qw($katello);

my $site = CertGuard::FakeKatello::default_site();
my $token = $site->{users}{certguard};
my %uuid;
(@uuid{qw(identity both empty bare deleted twice other)}) = sort keys %{$site->{hosts}};
$uuid{unregistered} = '00000000-0000-4000-8000-000000000000';

# The consumer UUID of one of the certificates above.
sub uuid { return $uuid{$_[0]} }

for my $name (grep { $_ ne 'identity' } sort keys %uuid) {
    CertGuard::Pki::certificate($name, '--cn', $uuid{$name}, $name eq 'other' ? ('--org', 'OTHER') : ());
}

our $katello = CertGuard::FakeKatello->start(
    site => $site,
    certificate => CertGuard::Pki::path('server.pem'),
    key => CertGuard::Pki::path('server.key'),
    client_ca => CertGuard::Pki::path('ca.pem'),
);
$ENV{TEST_NGINX_KATELLO} = $katello->url;
$ENV{TEST_NGINX_KATELLO_TLS} = $katello->tls_url;
$ENV{TEST_NGINX_TOKEN_FILE} = secret_file('katello.token', $token);

# A file that nobody else can read, with one line of TEXT; its path.
sub secret_file {
    my ($name, $text) = @_;
    my $path = CertGuard::Scratch::file($name);
    my $mask = umask 0077;
    CertGuard::Nginx::replace($path, "$text\n");
    umask $mask;
    return $path;
}

Test::Nginx::Util::add_block_preprocessor(sub {
    my ($block) = @_;
    $katello->forget;
    for my $line (split /\n+/, $block->katello_fails // '') {
        my ($fault, $pattern) = split ' ', $line, 2;
        $katello->fail($fault, defined $pattern ? (match => $pattern) : ());
    }
});

Test::Nginx::Util::add_test_cleanup_handler(sub {
    my ($block) = @_;
    my $name = $block->name;
    for my $line (split /\n+/, $block->katello_calls // '') {
        my ($number, $pattern) = split ' ', $line, 2;
        Test::More::is($katello->count($pattern), $number, "$name - Katello was asked: $pattern");
    }
    for my $line (split /\n+/, $block->log_times // '') {
        my ($number, $words) = split ' ', $line, 2;
        my @found = grep { index($_, $words) >= 0 } split /\n/, CertGuard::Nginx::error_log();
        Test::More::is(scalar @found, $number, qq{$name - lines of error.log with "$words"});
    }
    check_zone($block) if defined $block->zone_like || defined $block->zone_unlike;
});

sub check_zone {
    my ($block) = @_;
    my $zone = CertGuard::Nginx::zone(CertGuard::Nginx::pid());
    my $name = $block->name;
  SKIP: {
        Test::More::skip("$name - this user may not read the memory of nginx", 2) if !defined $zone;
        Test::More::ok($zone =~ CertGuard::pattern($block->zone_like), "$name - the zone holds it")
            if defined $block->zone_like;
        Test::More::ok($zone !~ CertGuard::pattern($block->zone_unlike), "$name - the zone must not hold it")
            if defined $block->zone_unlike;
    }
}

1;
