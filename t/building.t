# What tools/test and tools/quickstart say to a build directory that they can't build in.

use strict;
use warnings;
use lib 't/lib';
use CertGuard::Scratch;
use Test::More;

# What build says when the build directory was made for the source tree HOME; cmake only tells that it is called.
sub build {
    my ($home) = @_;
    my $directory = CertGuard::Scratch::file('build');
    mkdir $directory;
    open my $cache, '>', "$directory/CMakeCache.txt" or die "$directory: $!\n";
    print {$cache} "CMAKE_BUILD_TYPE:STRING=Release\nCMAKE_HOME_DIRECTORY:INTERNAL=$home\n" if defined $home;
    close $cache;
    my $script = <<'BASH';
set -euo pipefail
for part in say build; do . "tools/lib/$part.sh"; done
cmake() { echo cmake; }
build "$1"
BASH
    open my $said, '-|', 'bash', '-c', "exec 2>&1; $script", 'bash', $directory or die "bash: $!\n";
    local $/;
    return scalar <$said>;
}

chomp(my $here = `pwd -P`);
like build($here), qr/\Acmake\ncmake\n\z/, 'a directory of this tree is built in';
like build(undef), qr/\Acmake\ncmake\n\z/, 'and one that has not been configured';
my $moved = build('/nowhere/certguard');
like $moved, qr{error: \S+/build was made in /nowhere/certguard, and the tree has been moved}, 'another is told';
like $moved, qr{Remove it \(rm -rf \S+/build\)}, 'and what to do';
unlike $moved, qr/^cmake/m, 'cmake is not called';

done_testing;
