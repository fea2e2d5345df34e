# An nginx of a test's own, for what sections of Test::Nginx can't say: many clients at once, workers that
# come and go, signals.
#
#   my $server = CertGuard::Server->start(policy => ..., locations => ...);   # and see %defaults
#   $server->address         "127.0.0.1:PORT", TLS with HTTP/2; clients: CertGuard::Crowd
#   $server->workers         the process ids of the workers
#   $server->reload          returns when the new workers are there, not when the old ones are gone
#   $server->error_log       its text
#   $server->stop            gracefully; and looks for what must not be in error.log
#
# Upstream "pulp" is the fake Pulp if the test has started it. nginx runs as the test does: under a sanitizer's
# runtime, under valgrind.
package CertGuard::Server;

use strict;
use warnings;

use File::Path qw(make_path);
use POSIX ();
use Test::More ();
use Time::HiRes qw(sleep time);

use CertGuard::Environment;
use CertGuard::FakePulp;
use CertGuard::Nginx;
use CertGuard::Pki;
use CertGuard::Port;
use CertGuard::Scratch;

my %defaults = (
    workers => 1,
    listen => '',               # options of listen: reuseport spreads connections over the workers
    http3 => 0,                 # QUIC, too, on the UDP port of the same number
    main => '', events => 'worker_connections 8192;', http => '', locations => '', policy => '',
    log_level => 'notice', access_log => 'access_log off;',
    user => 'root',             # of the workers, when the test runs as root
    allowed_errors => undef,    # regular expression: lines of [alert] and the like that are no failure
);
my $count = 0;

sub start {
    my ($class, %with) = @_;
    my $self = bless {%defaults, %with, owner => $$}, $class;
    $self->{prefix} = CertGuard::Scratch::file('server-' . ++$count);
    make_path("$self->{prefix}/temp");
    $self->{port} = CertGuard::Port::reserve();
    $self->write_policy($self->{policy});
    $self->configure;
    $self->run;
    return $self;
}

sub address { return "127.0.0.1:$_[0]{port}" }

sub write_policy {
    my ($self, $text) = @_;
    CertGuard::Nginx::replace("$self->{prefix}/policy.yaml", $text);
}

# Writes nginx.conf anew; a test may have changed what start() was given.
sub configure {
    my ($self) = @_;
    CertGuard::Nginx::replace("$self->{prefix}/nginx.conf", $self->configuration);
}

sub configuration {
    my ($self) = @_;
    my $temp = join '', map {"    ${_}_temp_path temp/$_;\n"} qw(client_body proxy fastcgi uwsgi scgi);
    my $user = $> == 0 ? "user $self->{user};" : '';    # the scratch directory is private
    my ($listen, $http2) = ('ssl', 'http2 on;');
    ($listen, $http2) = ('ssl http2', '') if Test::Nginx::Util::get_nginx_version() < 1.025001;
    $http2 .= " listen 127.0.0.1:$self->{port} quic;" if $self->{http3};
    my $modules = join '', map {"load_module $_;\n"} split ' ', $ENV{TEST_NGINX_LOAD_MODULES};
    # valgrind keeps some descriptors for itself, and lets nobody raise the limit.
    my $descriptors = $ENV{TEST_NGINX_USE_VALGRIND} ? '' : 'worker_rlimit_nofile 16384;';
    my $pki = CertGuard::Pki::directory();
    return <<"END";
$modules$user
worker_processes $self->{workers};
$descriptors
pid nginx.pid;
error_log error.log $self->{log_level};
$self->{main}
events { $self->{events} }
http {
    $self->{access_log}
    keepalive_requests 1000000;
$temp
    upstream pulp { server @{[CertGuard::FakePulp::address()]}; }
    certguard_policy policy.yaml;
    $self->{http}
    server {
        listen 127.0.0.1:$self->{port} $listen backlog=4096 $self->{listen};
        $http2
        ssl_certificate $pki/server.pem;
        ssl_certificate_key $pki/server.key;
        ssl_verify_client optional_no_ca;
        add_header X-Worker \$pid always;
        add_header X-Cache \$certguard_cache always;
        $self->{locations}
    }
}
END
}

sub run {
    my ($self) = @_;
    my @command = ($ENV{TEST_NGINX_BINARY}, '-p', $self->{prefix}, '-c', 'nginx.conf', '-e', 'error.log');
    unshift @command, 'valgrind', '-q', split ' ', $ENV{TEST_NGINX_USE_VALGRIND} if $ENV{TEST_NGINX_USE_VALGRIND};
    {
        local $ENV{LD_PRELOAD} = join ' ', grep {defined} $ENV{TEST_NGINX_LD_PRELOAD}, $self->{preload};
        open my $nginx, '-|', "@command 2>&1" or die "nginx: $!\n";
        $self->{said} = do { local $/; <$nginx> } // '';
        close $nginx or die "nginx does not start: $self->{said}\n";
    }
    wait_until(sub { -s "$self->{prefix}/nginx.pid" && $self->workers == $self->{workers} })
        or die "nginx has no workers\n";
    $self->{pid} = $self->master;
}

# Calls CONDITION until it is true; false when it has not been after LIMIT seconds.
sub wait_until {
    my ($condition, $limit) = @_;
    my $give_up = time + ($limit // 60);
    until ($condition->()) {
        return 0 if time > $give_up;
        sleep 0.02;
    }
    return 1;
}

# Those that are not shutting down.
sub workers { return CertGuard::Nginx::workers($_[0]->master) }

# The children of the master, each with what it calls itself.
sub processes { return CertGuard::Nginx::processes($_[0]->master) }

sub master { return CertGuard::Nginx::content("$_[0]{prefix}/nginx.pid") + 0 }

# What the workers have spent so far.
sub processor_seconds {
    my ($self) = @_;
    my $ticks = 0;
    for my $pid ($self->workers) {
        my ($rest) = CertGuard::Nginx::content("/proc/$pid/stat") =~ /\) (.*)/;
        my @field = split ' ', $rest;
        $ticks += $field[11] + $field[12];
    }
    return $ticks / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}

sub signal { my ($self, $name) = @_; return kill $name => $self->{pid} }

sub reload {
    my ($self) = @_;
    my %old = map { $_ => 1 } $self->workers;
    $self->signal('HUP');
    return wait_until(sub {
        my @new = $self->workers;
        return @new == $self->{workers} && !grep { $old{$_} } @new;
    });
}

sub error_log { return eval { CertGuard::Nginx::content("$_[0]{prefix}/error.log") } // '' }

# How often error.log has PATTERN.
sub logged {
    my ($self, $pattern) = @_;
    my @found = $self->error_log =~ /$pattern/g;
    return scalar @found;
}

# Waits until the master is gone; true when that took less than LIMIT seconds.
sub wait_for_end {
    my ($self, $limit) = @_;
    return wait_until(sub { !kill 0 => $self->{pid} }, $limit);
}

sub stop {
    my ($self) = @_;
    my $pid = $self->{pid} // return;
    $self->signal('QUIT');
    Test::More::ok($self->wait_for_end(60), 'nginx ends gracefully') or kill KILL => $pid;
    delete $self->{pid};
    my $serious = qr/\[(?:alert|crit|emerg)\]|Sanitizer|runtime error:/;
    my $allowed = $self->{allowed_errors};
    my @bad = grep { $_ =~ $serious && !(defined $allowed && $_ =~ $allowed) } split /\n/, $self->error_log;
    push @bad, CertGuard::Environment::valgrind_report() || ();
    Test::More::is_deeply(\@bad, [], 'nothing serious in error.log');
}

sub DESTROY {
    my ($self) = @_;
    return if $$ != $self->{owner} || !defined $self->{pid};
    local ($?, $!);
    my @all = ($self->{pid}, map { $_->[0] } $self->processes);
    kill KILL => @all;
}

1;
