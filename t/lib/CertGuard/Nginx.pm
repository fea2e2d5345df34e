# The running nginx of a test block: its files and its reloads.
package CertGuard::Nginx;

use strict;
use warnings;

use Test::Nginx::Util ();
use Time::HiRes qw(sleep);

# Where the policy and other user files of the block are.
sub file { return Test::Nginx::Util::html_dir() . "/$_[0]" }

sub pid {
    open my $in, '<', $Test::Nginx::Util::PidFile or die "no pid file: $!\n";
    my $pid = <$in>;
    return $pid + 0;
}

# As an editor or a cron job does it: a new file, renamed over the old one.
sub replace {
    my ($path, $text) = @_;
    open my $out, '>', "$path.new" or die "$path.new: $!\n";
    print $out $text;
    close $out or die "$path.new: $!\n";
    rename "$path.new", $path or die "$path: $!\n";
}

sub content {
    my ($path) = @_;
    open my $in, '<', $path or die "$path: $!\n";
    local $/;
    return <$in> // '';
}

sub error_log { return eval { content($Test::Nginx::Util::ErrLogFile) } // '' }

# Waits until the error log has matched PATTERN once more than BEFORE times.
sub wait_for_log {
    my ($pattern, $before) = @_;
    for (1 .. 600) {
        my @found = error_log() =~ /$pattern/g;
        return if @found > ($before // 0);
        sleep 0.1;
    }
    Test::More::fail("error.log never said $pattern");
}

# The bytes of the shared memory zone as the process PID sees it, or the first SIZE of them; undef when
# this user may not.
sub zone {
    my ($pid, $size) = @_;
    open my $maps, '<', "/proc/$pid/maps" or return undef;
    no warnings 'portable';    # addresses have 64 bits
    my ($largest, $from) = (0);
    while (my $line = <$maps>) {
        my ($begin, $end) = $line =~ m{^([0-9a-f]+)-([0-9a-f]+) rw-s .* /dev/zero} or next;
        my $length = hex($end) - hex $begin;
        ($largest, $from) = ($length, hex $begin) if $length > $largest;
    }
    $size //= $largest;
    open my $memory, '<:raw', "/proc/$pid/mem" or return undef;
    sysseek $memory, $from, 0;
    my $bytes = '';
    while (length $bytes < $size) {
        sysread $memory, $bytes, $size - length $bytes, length $bytes or return undef;
    }
    return $bytes;
}

# The children of the master, each with what it calls itself.
sub processes {
    my ($master) = @_;
    my $children = eval { content("/proc/$master/task/$master/children") } // '';
    return map { [$_, eval { content("/proc/$_/cmdline") } // ''] } split ' ', $children;
}

# Those that are not shutting down: only they take connections.
sub workers {
    my ($master) = @_;
    return map { $_->[0] } grep { $_->[1] !~ /shutting down/ } processes($master);
}

# nginx -s reload, and back when no old worker takes connections, or the new configuration was refused. Those
# that come before a new worker is ready wait for it.
sub reload {
    my $master = pid();
    my %old = map { $_ => 1 } workers($master);
    my $refused = qr/\[emerg\]/;
    my $before = () = error_log() =~ /$refused/g;
    kill HUP => $master;
    for (1 .. 600) {
        my $after = () = error_log() =~ /$refused/g;
        return if $after > $before || !grep { $old{$_} } workers($master);
        sleep 0.1;
    }
    Test::More::fail('the old workers never made room for new ones');
}

1;
