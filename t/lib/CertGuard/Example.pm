# A configuration of conf.examples/, started as it stands but for the paths, the port and the user of
# the machine that it was written for.
package CertGuard::Example;

use strict;
use warnings;

use File::Path qw(make_path);
use IO::Socket::INET;
use Test::More ();
use Time::HiRes qw(sleep);

use CertGuard::Pki;
use CertGuard::Scratch;

my $port = 21_000 + $$ % 10_000;

# NAME: a file of conf.examples/. POLICY: the file beside it that is installed as the policy. FILES:
# paths in both, and the certificates, keys and CRLs of CertGuard::Pki that stand in for them.
# BACKENDS: unix sockets in the configuration, and the addresses to use instead.
sub start {
    my ($class, $name, %with) = @_;
    my $self = bless {prefix => CertGuard::Scratch::file("example-$name"), port => ++$port}, $class;
    make_path("$self->{prefix}/log", "$self->{prefix}/temp");
    my %replaced = (
        '/etc/certguard/policy.yaml' => "$self->{prefix}/policy.yaml",
        '/run/nginx.pid' => "$self->{prefix}/nginx.pid",
        '/var/log/nginx' => "$self->{prefix}/log",
        'modules/ngx_http_certguard_module.so' => $Test::Nginx::Util::LoadModules,
        map({ $_ => CertGuard::Pki::path($with{files}{$_}) } keys %{$with{files}}),
        map({ ("unix:$_" => $with{backends}{$_}) } keys %{$with{backends} // {}}),
    );
    for my $file ([$name => 'nginx.conf'], [$with{policy} => 'policy.yaml']) {
        my $text = read_file("conf.examples/$file->[0]");
        $text =~ s/\Q$_\E/$replaced{$_}/g for sort { length $b <=> length $a } keys %replaced;
        my $user = $> == 0 ? 'user root;' : '';    # the scratch directory is private
        $text =~ s/^user .*;$/$user/m;
        $text =~ s/listen 443/listen 127.0.0.1:$self->{port}/g;
        $text =~ s/^http \{$/http {\n@{[temp_paths("$self->{prefix}\/temp")]}/m;
        write_file("$self->{prefix}/$file->[1]", $text);
    }
    my @command = ($ENV{TEST_NGINX_BINARY}, '-p', $self->{prefix}, '-c', 'nginx.conf');
    # Sanitizers' runtimes are for nginx alone, as Test::Nginx has it.
    local $ENV{LD_PRELOAD} = $ENV{TEST_NGINX_LD_PRELOAD} // '';
    my $said = qx(@command -t 2>&1);
    Test::More::is($?, 0, "nginx -t accepts $name") or Test::More::diag($said);
    system(@command) == 0 or die "$name does not start\n";
    local $ENV{LD_PRELOAD} = '';
    for (1 .. 100) {
        last if IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port});
        sleep 0.1;
    }
    return $self;
}

# The status of a GET by real curl with the certificate NAME of CertGuard::Pki, or 'none'.
sub status {
    my ($self, $certificate, $path, @options) = @_;
    my @with = $certificate eq 'none' ? () : ('--cert', CertGuard::Pki::path("$certificate.pem"),
        '--key', CertGuard::Pki::path("$certificate.key"));
    open my $curl, '-|', 'curl', '-sk', '-o', "$self->{prefix}/body", '-w', '%{http_code}', @with,
        @options, "https://127.0.0.1:$self->{port}$path" or die "curl: $!\n";
    return join '', <$curl>;
}

sub body { return read_file("$_[0]{prefix}/body") }

sub access_log { return read_file("$_[0]{prefix}/log/access.log") }

sub error_log { return read_file("$_[0]{prefix}/log/error.log") }

sub stop {
    my ($self) = @_;
    my $pid = read_file("$self->{prefix}/nginx.pid") + 0;
    kill QUIT => $pid;
    for (1 .. 100) {
        last if !kill 0 => $pid;
        sleep 0.1;
    }
    my @serious = grep {/\[(?:alert|crit|emerg)\]/} split /\n/, $self->error_log;
    Test::More::is_deeply(\@serious, [], 'nothing serious in error.log');
}

sub temp_paths {
    my ($directory) = @_;
    return join '', map {"    ${_}_temp_path $directory/$_;\n"} qw(client_body proxy fastcgi uwsgi scgi);
}

sub read_file {
    my ($path) = @_;
    open my $in, '<', $path or die "$path: $!\n";
    local $/;
    return <$in> // '';
}

sub write_file {
    my ($path, $text) = @_;
    open my $out, '>', $path or die "$path: $!\n";
    print $out $text;
    close $out or die "$path: $!\n";
}

1;
