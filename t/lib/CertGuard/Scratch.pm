# One private directory for a test file: its keys, sockets, nginx's files. It is removed when the
# test has passed and kept, with its name told, when not.
package CertGuard::Scratch;

use strict;
use warnings;

use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use Test::More ();

my $owner = $$;
my $dir = tempdir('certguard-t-XXXXXXXX', TMPDIR => 1);

sub file { return "$dir/$_[0]" }

# Loaded before Test::Nginx, so that this END runs after nginx has been stopped there.
END {
    if ($$ == $owner) {
        local $?;
        if (Test::More->builder->is_passing) {
            remove_tree($dir);
        }
        else {
            Test::More::diag("the files of this test are kept in $dir");
        }
    }
}

1;
