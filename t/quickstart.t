# tools/quickstart does what the README promises: every request ends as it must.

use strict;
use warnings;
use lib 't/lib';
use CertGuard::Environment;
use Test::More;

if ($ENV{TEST_NGINX_LD_PRELOAD} || $ENV{CERTGUARD_VALGRIND}) {
    plan skip_all => 'the quickstart starts nginx as it is';
}

my $directory = CertGuard::Scratch::file('quickstart');
my $output = `tools/quickstart --once --as-built --directory $directory 2>&1`;
is $?, 0, 'tools/quickstart --once ends with status 0' or diag $output;
like $output, qr/^[7-9] requests as expected, 0 not\.$/m, 'all requests went as expected';

for my $shown (qw(not_entitled no_certificate expired)) {
    like $output, qr/-> 403  certguard: denied, $shown$/m, "it shows a denial: $shown";
}
like $output, qr/-> 200  certguard: granted, ok\n +the backend received X-CLIENT-CERT: -----BEGIN/,
    'it shows what the backend received';

done_testing;
