# A configuration of conf.examples/, started as it stands but for the paths, the port and the user of
# the machine that it was written for.
package CertGuard::Example;

use strict;
use warnings;

use File::Path qw(make_path);
use IO::Socket::INET;
use Test::More ();
use Time::HiRes qw(sleep);

use CertGuard::Nginx;
use CertGuard::Pki;
use CertGuard::Port;
use CertGuard::Scratch;

# NAME: a file of conf.examples/. POLICY: the file beside it that is installed as the policy. FILES:
# paths in both, and the certificates, keys and CRLs of CertGuard::Pki that stand in for them.
# BACKENDS: servers of upstreams in the configuration, and the addresses to use instead. TEXTS: other
# words in both; SELF in what replaces them is the example's own host and port.
sub start {
    my ($class, $name, %with) = @_;
    my $prefix = CertGuard::Scratch::file("example-$name");
    my $self = bless {owner => $$, prefix => $prefix, port => CertGuard::Port::reserve()}, $class;
    make_path("$self->{prefix}/log", "$self->{prefix}/temp");
    my %texts = map { $_ => $with{texts}{$_} =~ s/SELF/$self->address/er } keys %{$with{texts} // {}};
    my %replaced = (
        '/etc/certguard/policy.yaml' => "$self->{prefix}/policy.yaml",
        '/run/nginx.pid' => "$self->{prefix}/nginx.pid",
        '/var/log/nginx' => "$self->{prefix}/log",
        map({ $_ => CertGuard::Pki::path($with{files}{$_}) } keys %{$with{files}}),
        map({ ("server $_;" => "server $with{backends}{$_};") } keys %{$with{backends} // {}}),
        %texts,
    );
    for my $file ([$name => 'nginx.conf'], [$with{policy} => 'policy.yaml']) {
        my $text = read_file("conf.examples/$file->[0]");
        $text =~ s/\Q$_\E/$replaced{$_}/g for sort { length $b <=> length $a } keys %replaced;
        my $user = $> == 0 ? 'user root;' : '';    # the scratch directory is private
        $text =~ s/^user .*;$/$user/m;
        $text =~ s/^load_module .*;$/load_module $Test::Nginx::Util::LoadModules;/m;
        # A double may have to wait for its turn on a busy machine.
        $text =~ s/^( +)source: foreman\n/$&$1connect_timeout: 1m\n$1timeout: 1m\n/m;
        $self->{plain_port} //= CertGuard::Port::reserve();
        $text =~ s/listen 443/listen 127.0.0.1:$self->{port}/g;
        $text =~ s/listen 80;/listen 127.0.0.1:$self->{plain_port};/g;
        $text =~ s/^ *listen \[::\]:.*\n//mg if !CertGuard::Port::has_ipv6();
        $text =~ s/listen \[::\]:443/listen [::1]:$self->{port}/g;
        $text =~ s/listen \[::\]:80;/listen [::1]:$self->{plain_port};/g;
        $text =~ s/^http \{$/http {\n@{[temp_paths("$self->{prefix}\/temp")]}/m;
        write_file("$self->{prefix}/$file->[1]", $text);
    }
    my @command = ($ENV{TEST_NGINX_BINARY}, '-p', $self->{prefix}, '-c', 'nginx.conf');
    # Sanitizers' runtimes are for nginx alone, as Test::Nginx has it.
    local $ENV{LD_PRELOAD} = $ENV{TEST_NGINX_LD_PRELOAD} // '';
    my $said = qx(ulimit -Sn 1024; @command -t 2>&1);    # what systemd gives a service
    Test::More::is($?, 0, "nginx -t accepts $name") or Test::More::diag($said);
    Test::More::unlike($said, qr/exceed open file/, 'and has descriptors for all of its connections');
    system(@command) == 0 or die "$name does not start\n";
    local $ENV{LD_PRELOAD} = '';
    for (1 .. 600) {
        last if IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port});
        sleep 0.1;
    }
    return $self;
}

# katello-server.conf before a CertGuard::FakeKatello, with PULP_API as the address of Pulp's registry
# and the fake Pulp for its content. NAME: another configuration with the same policy. Its certificate is
# for localhost, and for katello.example.com, too.
sub katello_server {
    my ($class, $katello, $pulp_api, $name) = @_;
    backend_tls();
    return $class->start(
        $name // 'katello-server.conf',
        policy => 'katello-server.policy.yaml',
        files => {
            '/etc/pki/katello/certs/katello-apache.crt' => 'backend.pem',
            '/etc/pki/katello/private/katello-apache.key' => 'backend.key',
            '/etc/pki/katello/certs/katello-default-ca.crt' => 'ca.pem',
            '/etc/pki/katello/certs/katello-server-ca.crt' => 'ca.pem',
        },
        backends => {
            'unix:/run/foreman.sock' => $katello->url =~ s{^http://}{}r,
            'unix:/run/pulpcore-api.sock' => $pulp_api,
            'unix:/run/pulpcore-content.sock' => CertGuard::FakePulp::address(),
        },
        # Katello's API is behind this very nginx.
        texts => {
            'https://katello.example.com' => 'https://SELF',
            '/usr/share/foreman/public' => foreman_files(),
            '/etc/certguard/katello.token' => password_file(),
        },
    );
}

# smart-proxy.conf before a CertGuard::FakeKatello that has TLS, as Katello and as the gateway, with
# PULP_PORT as the port of a registry that wants the proxy's certificate. SERVER: a katello_server() that
# stands before Katello.
sub smart_proxy {
    my ($class, $katello, $pulp_port, $server) = @_;
    my ($katello_address) = $katello->tls_url('127.0.0.1') =~ m{([^/]+)\z};
    CertGuard::Pki::certificate('proxy', '--cn', 'proxy.example.com', '--org', 'FOREMAN');
    return $class->start(
        'smart-proxy.conf',
        policy => 'smart-proxy.policy.yaml',
        files => {
            '/etc/pki/katello/certs/katello-apache.crt' => 'server.pem',
            '/etc/pki/katello/private/katello-apache.key' => 'server.key',
            '/etc/pki/katello/certs/katello-default-ca.crt' => 'ca.pem',
            '/etc/foreman-proxy/foreman_ssl_cert.pem' => 'proxy.pem',
            '/etc/foreman-proxy/foreman_ssl_key.pem' => 'proxy.key',
            '/etc/foreman-proxy/foreman_ssl_ca.pem' => 'ca.pem',
        },
        backends => {
            'katello.example.com:443' => $server ? $server->address : $katello_address,
            'proxy.example.com:9090' => $katello_address,
            'proxy.example.com:8444' => "127.0.0.1:$pulp_port",
            'unix:/run/pulpcore-api.sock' => CertGuard::FakePulp::address(),
            'unix:/run/pulpcore-content.sock' => CertGuard::FakePulp::address(),
        },
        texts => {
            'https://katello.example.com' => $server ? 'https://' . $server->address : $katello->tls_url,
            '/etc/certguard/katello.token' => password_file(),
        },
    );
}

# What a double needs that is a smart proxy's backend: certificate, key and client_ca.
sub backend_tls {
    CertGuard::Pki::certificate('backend', '--cn', 'backend', '--eku', 'server', '--san',
        'DNS:katello.example.com,DNS:proxy.example.com,DNS:localhost');
    return (certificate => CertGuard::Pki::path('backend.pem'),
        key => CertGuard::Pki::path('backend.key'), client_ca => CertGuard::Pki::path('ca.pem'));
}

# What Foreman's package has for browsers, and Foreman itself gives to nobody.
sub foreman_files {
    my $root = CertGuard::Scratch::file('foreman-public');
    my %content = ('assets/katello/all-1a2b.css' => 'a {}', 'assets/katello/all-1a2b.css.gz' => 'zipped',
        'webpack/bundle-3c4d.js' => 'b()', 'images/logo.svg' => '<svg/>', 'robots.txt' => 'Foreman\'s');
    for my $name (keys %content) {
        make_path("$root/$name" =~ s{/[^/]*\z}{}r);
        write_file("$root/$name", $content{$name});
    }
    return $root;
}

sub password_file {
    my $path = CertGuard::Scratch::file('katello.token');
    write_file($path, "a-personal-access-token\n");
    chmod 0600, $path;
    return $path;
}

# As a client writes it.
sub address { return "localhost:$_[0]{port}" }

# The status of a GET by real curl with the certificate NAME of CertGuard::Pki, or 'none'.
sub status {
    my ($self, $certificate, $path, @options) = @_;
    my @with = $certificate eq 'none' ? () : ('--cert', CertGuard::Pki::path("$certificate.pem"),
        '--key', CertGuard::Pki::path("$certificate.key"));
    return $self->fetch(@with, @options, "https://" . $self->address . $path);
}

# The same over plain HTTP, on the port that stands for 80.
sub plain_status {
    my ($self, $path, @options) = @_;
    return $self->fetch(@options, "http://localhost:$self->{plain_port}$path");
}

sub fetch {
    my ($self, @arguments) = @_;
    ($self->{path}) = $arguments[-1] =~ m{://[^/]+(/.*)};
    $self->{asked}{$self->{path}}++;
    my @command = ('curl', '-sk', '--max-time', 120, '-o', "$self->{prefix}/body", '-D',
        "$self->{prefix}/head", '-w', '%{http_code}', '--path-as-is', @arguments);
    open my $curl, '-|', @command or die "curl: $!\n";
    return join '', <$curl>;
}

sub body { return read_file("$_[0]{prefix}/body") }

# A header of that answer.
sub header {
    my ($self, $name) = @_;
    my ($value) = read_file("$self->{prefix}/head") =~ /^\Q$name\E: *(.*?)\r?$/mi;
    return $value;
}

# A log that the configuration writes, by its name.
sub log { return read_file("$_[0]{prefix}/log/$_[1]") }

# The line in access.log of the last request; '' when there is none. nginx writes it when the client has
# its answer, and lines of a lookup that comes through the same nginx may follow it.
sub logged {
    my ($self) = @_;
    for (1 .. 3000) {
        my @lines = $self->lines;
        return $lines[-1] if @lines == $self->{asked}{$self->{path}};
        sleep 0.02;
    }
    return '';
}

# The whole lines in access.log about the path of the last request.
sub lines {
    my ($self) = @_;
    return grep {/"[A-Z]+ \Q$self->{path}\E HTTP.*\n\z/} split /^/, $self->log('access.log');
}

sub error_log { return $_[0]->log('error.log') }

# The process that the configuration's pid file names; 0 when it is gone.
sub master { return (eval { read_file("$_[0]{prefix}/nginx.pid") } // '') =~ /(\d+)/ ? $1 : 0 }

sub stop {
    my ($self) = @_;
    my $pid = $self->master;
    kill QUIT => $pid;
    for (1 .. 600) {
        last if !kill 0 => $pid;
        sleep 0.1;
    }
    Test::More::ok(!kill(0 => $pid), 'nginx ends when it is told to');
    my @serious = grep {/\[(?:alert|crit|emerg)\]/} split /\n/, $self->error_log;
    Test::More::is_deeply(\@serious, [], 'nothing serious in error.log');
}

# A test that dies leaves no nginx behind.
sub DESTROY {
    my ($self) = @_;
    return if $$ != $self->{owner} || !$self->master;
    local ($?, $!);
    kill KILL => $self->master, map { $_->[0] } CertGuard::Nginx::processes($self->master);
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
