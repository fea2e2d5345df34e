# The Debian packages that tools/packages has made. CERTGUARD_PACKAGES names another directory than
# build/packages.
package CertGuard::Packages;

use strict;
use warnings;

my $directory = $ENV{CERTGUARD_PACKAGES} // 'build/packages';

sub directory { return $directory }

# The one file of a name with *, which is for the version.
sub file {
    my ($pattern) = @_;
    my @found = glob "$directory/$pattern";
    die scalar @found, " files are $directory/$pattern: tools/packages makes one\n" if @found != 1;
    return $found[0];
}

# The .deb of a package.
sub deb { return file("$_[0]_*.deb") }

# A field of its control file.
sub field {
    my ($package, $name) = @_;
    my @command = ('dpkg-deb', '-f', deb($package), $name);
    chomp(my $value = qx(@command));
    return $value;
}

# The version of this tree.
sub version {
    open my $in, '<', 'include/certguard/version.hpp' or die "version.hpp: $!\n";
    my ($version) = map { /kVersion\[\] = "(.*)"/ } <$in>;
    return $version;
}

1;
