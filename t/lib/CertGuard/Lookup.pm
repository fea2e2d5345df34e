# Sections for tests of lookups, beside those of CertGuard, after which it is loaded. Brings the fake
# Katello along (CertGuard::Katello), at $TEST_NGINX_KATELLO and, over TLS with the certificate "server",
# at $TEST_NGINX_KATELLO_TLS; $TEST_NGINX_TOKEN_FILE holds the password of its user "certguard".
#
#   --- katello_fails    lines of FAULT PATTERN: what goes wrong from the start, and for which requests
#   --- katello_calls    lines of NUMBER PATTERN: how many requests must have reached it in the block
#   --- log_times        lines of NUMBER WORDS: how many lines of error.log must have these words
#   --- zone_like, --- zone_unlike    regular expressions on the bytes of the shared memory zone
package CertGuard::Lookup;

use strict;
use warnings;

use Exporter 'import';
use Test::More ();
use Test::Nginx::Util ();

use CertGuard::Katello;
use CertGuard::Nginx;
use CertGuard::Server;

our @EXPORT = qw($katello);

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
        CertGuard::Server::wait_until(sub { $katello->count($pattern) >= $number });
        Test::More::is($katello->count($pattern), $number, "$name - Katello was asked: $pattern");
    }
    for my $line (split /\n+/, $block->log_times // '') {
        my ($number, $words) = split ' ', $line, 2;
        my @found;
        CertGuard::Server::wait_until(sub {
            @found = CertGuard::Nginx::error_log() =~ /^.*\Q$words\E/mg;
            return @found >= $number;
        });
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
