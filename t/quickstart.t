# tools/quickstart does what the README promises: every request ends as it must, and what it says to
# try by hand works.

use strict;
use warnings;
use lib 't/lib';
use CertGuard::Environment;
use CertGuard::ContainerClient;
use Test::More;

if ($ENV{TEST_NGINX_LD_PRELOAD} || $ENV{CERTGUARD_VALGRIND}) {
    plan skip_all => 'the quickstart starts nginx as it is';
}

my $directory = CertGuard::Scratch::file('quickstart');
my $output = `tools/quickstart --once --as-built --directory $directory 2>&1`;
is $?, 0, 'tools/quickstart --once ends with status 0' or diag $output;
like $output, qr/^1[1-3] requests as expected, 0 not\.$/m, 'all requests went as expected';

for my $shown (qw(not_entitled no_certificate expired)) {
    like $output, qr/-> 403  certguard: denied, $shown$/m, "it shows a denial: $shown";
}
like $output, qr/-> 200  certguard: granted, ok\n +the backend received X-CLIENT-CERT: -----BEGIN/,
    'it shows what the backend received';
like $output, qr/-> 403  certguard: denied, not_in_environment\n.*"DENIED","message":"host \S+ has no access to/,
    'it shows a container that is denied';

subtest 'by hand' => sub {
    CertGuard::ClientHome::require_programs('podman');
    local $SIG{INT} = 'DEFAULT';    # a shell in the background ignores it, and all its children do
    my $pid = open my $site, '-|', 'tools/quickstart', '--as-built', '--directory', $directory
        or die "tools/quickstart: $!\n";
    my $said = '';
    until ($said =~ /^Ctrl-C ends the server/m) {
        $said .= <$site> // last;
    }
    my @commands = $said =~ /^  (podman pull .*)$/mg;
    is scalar @commands, 2, 'two containers to pull';
    my $host = CertGuard::ContainerClient->new('host', registry => 'elsewhere', certificate => 'none');
    my ($granted, $denied) = map { $host->run(['sh', '-c', 'cd "$0" && exec "$@"', $directory], split / /) } @commands;
    is $granted->{status}, 0, 'one is there' or diag $granted->{text};
    like $denied->{text}, qr/denied: host \S+ has no access to acme/, 'one is denied';
    kill 'INT', $pid;
    close $site;
    ok !-e "$directory/nginx.pid", 'Ctrl-C ends the server';
};

done_testing;
