# Homes of the users who run real clients in a test: what these read and write stays in the test's
# directory, and no process of theirs outlives the test.
package CertGuard::ClientHome;

use strict;
use warnings;

use File::Path qw(make_path);
use POSIX ();
use Test::More ();

use CertGuard::Pki;
use CertGuard::Scratch;

my $owner = $$;

# The programs that a test needs; skips the whole file when one is missing, but not in CI.
sub require_programs {
    my @missing = grep {
        my $name = $_;
        !grep { -x "$_/$name" } split(/:/, $ENV{PATH}), '/usr/sbin';
    } @_;
    return if !@missing;
    die "not installed: @missing; tools/test installs them\n" if $ENV{CI};
    Test::More::plan(skip_all => "not installed: @missing; tools/test installs them");
}

# Returns its path.
sub make {
    my ($name) = @_;
    my $home = CertGuard::Scratch::file("home-$name");
    make_path("$home/.config/containers", "$home/run", "$home/tmp");
    chmod 0700, "$home/run";
    return $home;
}

# As README says for a directory of /etc/containers/certs.d. CERTIFICATE: a name of CertGuard::Pki, or
# none. CA: a file of it, the server's.
sub link_certificates {
    my ($directory, $certificate, $ca) = @_;
    make_path($directory);
    unlink glob "$directory/*";
    my %target = ('ca.crt' => $ca // 'ca.pem');
    %target = (%target, 'client.cert' => "$certificate.pem", 'client.key' => "$certificate.key")
        if $certificate ne 'none';
    for my $name (keys %target) {
        symlink CertGuard::Pki::path($target{$name}), "$directory/$name" or die "$directory/$name: $!\n";
    }
}

# Runs COMMAND as the user whose home this is. Returns {status, text}, text being all that it printed.
sub run {
    my ($home, $command, %environment) = @_;
    local %ENV = (
        PATH => $ENV{PATH}, LC_ALL => 'C', HOME => $home, XDG_RUNTIME_DIR => "$home/run",
        TMPDIR => "$home/tmp", %environment,
    );
    # Into a file: a process that stays would keep a pipe open.
    my $pid = fork() // die "fork: $!\n";
    if ($pid == 0) {
        chdir $home;
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', "$home/said" or POSIX::_exit(126);
        open STDERR, '>&', \*STDOUT;
        { no warnings 'exec'; exec 'timeout', '120', @$command; }
        POSIX::_exit(127);
    }
    waitpid $pid, 0;
    my $status = $? >> 8;
    open my $in, '<', "$home/said" or die "$home/said: $!\n";
    my $text = do { local $/; <$in> } // '';
    Test::More::note("\$ @$command\n$text");
    return {status => $status, text => $text};
}

sub write_file {
    my ($path, $text) = @_;
    open my $out, '>', $path or die "$path: $!\n";
    print $out $text;
    close $out or die "$path: $!\n";
}

# podman leaves a process that keeps a user's namespace, flatpak one that has asked for tokens.
END {
    if ($$ == $owner) {
        local $?;
        my $homes = CertGuard::Scratch::file('home-');
        for my $file (glob '/proc/[0-9]*/environ') {
            open my $in, '<', $file or next;
            my $environment = do { local $/; <$in> } // '';
            next unless $environment =~ /(?:^|\0)HOME=\Q$homes\E/;
            my ($pid) = $file =~ /(\d+)/;
            kill 'TERM', $pid if $pid != $$;
        }
    }
}

1;
