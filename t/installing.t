# What the tools do to a machine while they install packages on it.

use strict;
use warnings;
use lib 't/lib';
use CertGuard::Scratch;
use POSIX ();
use Test::More;

# The tools' functions, with nothing of this machine in their reach.
my $prelude = <<'BASH';
set -euo pipefail
for part in say interrupt root quiet_services packages; do . "tools/lib/$part.sh"; done
policy_file=$1/policy-rc.d
policy_kept=$1/policy-rc.d.kept
as_root() { "$@"; }
apt-get() { echo "apt-get was called: $*"; }
BASH

sub directory {
    my $directory = CertGuard::Scratch::file($_[0]);
    mkdir $directory or die "$directory: $!\n";
    return $directory;
}

# Starts a script as a terminal does, in a process group of its own; returns its process id.
sub start {
    my ($directory, $script) = @_;
    my $pid = fork // die "fork: $!\n";
    return $pid if $pid;
    $SIG{INT} = 'DEFAULT';
    POSIX::setpgid(0, 0);
    open STDOUT, '>', "$directory/output";
    open STDERR, '>&', \*STDOUT;
    exec 'bash', '-c', $prelude . $script, 'bash', $directory;
}

sub run {
    waitpid start(@_), 0;
    return $?;
}

sub content {
    open my $file, '<', $_[0] or return undef;
    local $/;
    return scalar <$file>;
}

sub wait_for {
    my ($file) = @_;
    for (1 .. 1200) {
        return 1 if -e $file;
        select undef, undef, undef, 0.05;
    }
    return 0;
}

subtest 'Ctrl-C lets an installation come to its end, and ends the script then' => sub {
    my $directory = directory('interrupted');
    my $pid = start($directory, <<'BASH');
with_quiet_services sh -c 'touch "$0/begun"; while [ ! -e "$0/go" ]; do sleep 0.05; done; touch "$0/installed"' "$1" || fail 'not installed'
touch "$1/went-on"
BASH
    ok wait_for("$directory/begun"), 'the installation has begun';
    ok -e "$directory/policy-rc.d", 'services are kept quiet';
    kill 'INT', -$pid;
    ok !-e "$directory/installed", 'it is not at its end';
    open my $go, '>', "$directory/go";
    waitpid $pid, 0;
    is $? >> 8, 130, 'the script has ended of it';
    ok -e "$directory/installed", 'the installation has come to its end';
    ok !-e "$directory/went-on", 'nothing came after it';
    ok !-e "$directory/policy-rc.d", 'services are no longer kept quiet';
    is content("$directory/output"), '', 'without a word of an error';
};

subtest 'so it is where sudo gives the installation a terminal of its own, and only that one has Ctrl-C' => sub {
    my $directory = directory('terminal');
    my $pid = start($directory, <<'BASH');
. tools/lib/root.sh
id() { echo 1000; }
directory=$1
sudo() {
    case $* in
    *installed*) perl -e 'setpgrp; open F, ">", shift; print F $$; close F; exec @ARGV' "$directory/group" "$@" ;;
    *) "$@" ;;
    esac
}
with_quiet_services sh -c 'touch "$0/begun"; while [ ! -e "$0/go" ]; do sleep 0.05; done; touch "$0/installed"' "$1"
touch "$1/went-on"
BASH
    ok wait_for("$directory/begun"), 'the installation has begun';
    kill 'INT', -content("$directory/group");
    ok !-e "$directory/installed", 'it is not at its end';
    open my $go, '>', "$directory/go";
    waitpid $pid, 0;
    is $? >> 8, 130, 'the script has ended of it';
    ok -e "$directory/installed", 'the installation has come to its end';
    ok !-e "$directory/went-on", 'nothing came after it';
    ok !-e "$directory/policy-rc.d", 'services are no longer kept quiet';
};

subtest 'Ctrl-C ends the script, too, where a program makes an ordinary failure of it' => sub {
    my $directory = directory('update');
    my $pid = start($directory, <<'BASH');
directory=$1
apt-get() { bash -c 'trap "exit 1" INT; touch "$0/begun"; while :; do sleep 0.05; done' "$directory"; }
refresh_package_lists
touch "$1/went-on"
BASH
    ok wait_for("$directory/begun"), 'apt-get update has begun';
    kill 'INT', -$pid;
    waitpid $pid, 0;
    is $? >> 8, 130, 'the script has ended of it';
    ok !-e "$directory/went-on", 'nothing came after it';
};

subtest 'a failed installation is told by its status, and leaves nothing' => sub {
    my $directory = directory('failed');
    is run($directory, q{with_quiet_services sh -c 'exit 7'}) >> 8, 7, 'its status';
    ok !-e "$directory/policy-rc.d", 'services are no longer kept quiet';
};

subtest 'who may not install is told what is missing before anything is tried' => sub {
    my $directory = directory('user');
    isnt run($directory, q{can_be_root() { false; }; install_missing certguard-is-no-package}), 0, 'it fails';
    my $output = content("$directory/output");
    like $output, qr/error: packages are missing, and installing them takes root's rights/, 'it says why';
    like $output, qr/^ +apt-get install --no-install-recommends certguard-is-no-package$/m, 'and what to do';
    unlike $output, qr/apt-get was called/, 'apt-get is not called';
};

done_testing;
