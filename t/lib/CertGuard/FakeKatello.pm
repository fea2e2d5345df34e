# A Katello for tests, as faithful as reference/katello.md 8.1 asks: Foreman's host search, Katello's
# repositories, environments and organizations, the registry with its catalog and tokens,
# /rhsm/consumers, and a smart proxy's container gateway. It runs in a process of its own, keeps any number of clients waiting, can fail in
# every way, and remembers each request that reached it.
#
#   my $katello = CertGuard::FakeKatello->start;                  # of default_site(), plain HTTP
#   my $katello = CertGuard::FakeKatello->start(site => {...}, certificate => ..., key => ..., client_ca => ...);
#
#   $katello->url                    "http://127.0.0.1:PORT"; tls_url("localhost"): the same over TLS
#   $katello->set(version => '4.8')  switches, see %switches
#   $katello->fail('hang', match => 'GET /api', times => 1)    see %faults; match is a regular expression
#   $katello->heal                   takes all faults back
#   $katello->release                answers what the fault "hold" keeps waiting; returns how many
#   $katello->requests               what reached it: {method, target, headers, certificate, ...}
#   $katello->count('GET /api/')     how many of these; without an argument: all
#   $katello->forget                 the requests, failures, faults and tokens, but not the switches
#   $katello->state                  {requests, open_connections, opened_connections}
#   $katello->stop, $katello->restart    on the same port, with the same switches
#
# What the site is: CertGuard::FakeKatello::Site. The script t/lib/fake-katello runs one by itself.
package CertGuard::FakeKatello;

use strict;
use warnings;

use HTTP::Tiny;
use JSON::PP ();
use POSIX ();
use Time::HiRes qw(time);

use CertGuard::FakeKatello::Api;
use CertGuard::FakeKatello::Gateway;
use CertGuard::FakeKatello::Identity;
use CertGuard::FakeKatello::Registry;
use CertGuard::FakeKatello::Site;
use CertGuard::HttpServer;
use CertGuard::Port;

my $json = JSON::PP->new->canonical->utf8;

use constant {
    KEY_CANARY => CertGuard::FakeKatello::Api::KEY_CANARY,
    SESSION_CANARY => CertGuard::FakeKatello::Api::SESSION_CANARY,
};
use constant MOST_RECORDS => 50_000;

my %switches = (
    version => '5.0',           # 4.7 to 5.0: the shape of the JSON
    numbers_as_strings => 0,
    per_page_limit => 0,        # as if full_result and per_page=all did not exist
    catalog_bytes => 0,         # the catalog is filled up to about this size
    nulls => 0,                 # the catalog has a null among its names
    shuffle => 0,               # the catalog is in another order
    fail_open => 1,             # a certificate of no host sees every repository, as in real life
    lock_after => 30,           # failures from one address
    lock_seconds => 300,
);

my $html = '<html><head><title>%s</title></head><body><h1>%s</h1></body></html>';

# Rails 6.1 names all files of a page in one header (preload_links_header), each plugin's, too.
sub page_of_many_files {
    my @files = map { sprintf '</assets/plugin_%02d/locale/en/%064d.js>; rel=preload; as=script; nopush', $_, $_ } 1 .. 80;
    return {status => 200, headers => [['Content-Type', 'text/html'], ['Link', join ',', @files]], body => 'a page'};
}

# A fault is an answer, or a change of the real one.
my %faults = (
    hang => {silent => 1},
    hold => {wait => 'release'},
    late => {wait => 0.5},
    slow => {rate => 200},
    truncated => {cut => 150},
    reset => {reset => 1},
    close => {cut => 0},
    '301' => {status => 301, headers => [['Location', 'https://katello.example.com/users/login']]},
    '401' => CertGuard::FakeKatello::Api::failed(401, 'Unable to authenticate user certguard'),
    '403' => CertGuard::FakeKatello::Api::denied('view_hosts'),
    '500_html' => html(500, 'Internal Server Error'),
    '500_json' => CertGuard::FakeKatello::Api::failed(500, 'Internal Server Error: PG::ConnectionBad'),
    '503_html' => html(503, 'Service Unavailable'),
    '503_json' => CertGuard::FakeKatello::Api::failed(503, 'Foreman is in maintenance mode'),
    not_json => {status => 200, headers => [['Content-Type', 'application/json']], body => '{"results":'},
    html => html(200, 'Foreman'),
    page => page_of_many_files(),
    empty => {status => 200, body => ''},
);

sub html {
    my ($status, $title) = @_;
    return {
        status => $status, body => sprintf($html, $title, $title),
        headers => [['Content-Type', 'text/html; charset=utf-8']],
    };
}

sub default_site {
    return {
        organizations => {ACME => 'ACME Corp', OTHER => 'Other Corp'},
        environments => {
            'Library' => ['acme/prod/busybox'],
            'Dev/web' => ['acme/dev/web/prod/nginx', 'acme/dev/web/prod/redis',
                {path => 'ACME/Dev/web/custom/prod/tools', type => 'yum'}],
            'Dev/empty' => [],
            'Open/web' => ['acme/open/web/prod/nginx'],
            'OTHER:Prod/db' => ['other/prod/db/prod/postgres'],
        },
        public => ['Open'],
        hosts => {
            '5f1a0c7e-3b52-4d0e-9a66-2f7f6f1d7c11' => ['Dev/web'],
            '6a2b1d8f-4c63-4e1f-8b77-3a8a7a2e8d22' => ['Library', 'Dev/web'],
            '7b3c2e90-5d74-4f20-9c88-4b9b8b3f9e33' => ['Dev/empty'],
            '8c4d3fa1-6e85-4031-ad99-5cac9c40af44' => {environments => [], state => 'no_content'},
            '9d5e40b2-7f96-4142-beaa-6dbdad51b055' => {environments => [], state => 'deleted'},
            'ae6f51c3-80a7-4253-8fbb-7ecebe62c166' => {environments => ['Dev/web'], state => 'twice'},
            'bf7062d4-91b8-4364-90cc-8fdfcf73d277' => ['OTHER:Prod/db'],
        },
        users => {
            certguard => 'a-personal-access-token',
            pusher => {password => 'push', permissions =>
                    [@{CertGuard::FakeKatello::Site::READER()}, 'sync_products']},
            nobody => {password => 'nothing', permissions => []},
        },
    };
}

sub start {
    my ($class, %with) = @_;
    my $self = bless {
        site => $with{site} // default_site(),
        tls => {map { $_ => $with{$_} } grep { defined $with{$_} } qw(certificate key client_ca)},
        ports => {plain => $with{port} // 0, tls => $with{tls_port} // 0, control => $with{control_port} // 0},
        switches => {}, owner => $$,
    }, $class;
    $self->restart;
    return $self;
}

sub restart {
    my ($self) = @_;
    $self->stop;
    my $katello = $self->server;
    $self->{pid} = fork() // die "fork: $!\n";
    if ($self->{pid} == 0) {
        serve($katello, $self->{owner});
        POSIX::_exit(0);
    }
    $katello->{server}->forget_sockets;
    $self->set(%{$self->{switches}});
}

# What runs in the other process.
sub server {
    my ($self) = @_;
    my $katello = {%switches, site => CertGuard::FakeKatello::Site->new($self->{site}),
        faults => [], records => [], count => 0};
    $katello->{identity} = CertGuard::FakeKatello::Identity->new($katello);
    my $server = CertGuard::HttpServer->new(answer => sub { respond($katello, $_[0]) });
    my $ports = $self->{ports};
    $_ ||= CertGuard::Port::reserve() for values %$ports;
    $ports->{plain} = $server->listen(port => $ports->{plain}, name => 'plain');
    $ports->{control} = $server->listen(port => $ports->{control}, name => 'control');
    $ports->{tls} = $server->listen(port => $ports->{tls}, name => 'tls', %{$self->{tls}})
        if %{$self->{tls}};
    $katello->{server} = $server;
    return $katello;
}

# Never outlives the process that wanted it.
sub serve {
    my ($katello, $owner) = @_;
    $SIG{PIPE} = 'IGNORE';
    $SIG{INT} = $SIG{TERM} = sub { POSIX::_exit(0) };
    $katello->{server}->turn while getppid() == $owner;
}

sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    return if $$ != $self->{owner};
    local ($?, $!);
    kill 'KILL', $pid;
    waitpid $pid, 0;
}

sub DESTROY { $_[0]->stop }

sub url { return "http://127.0.0.1:$_[0]{ports}{plain}" }

sub tls_url {
    my ($self, $host) = @_;
    return 'https://' . ($host // 'localhost') . ":$self->{ports}{tls}";
}

sub control_url { return "http://127.0.0.1:$_[0]{ports}{control}/_control" }

sub set {
    my ($self, %switches) = @_;
    %{$self->{switches}} = (%{$self->{switches}}, %switches);
    $self->control(set => switches => \%switches);
}

sub fail {
    my ($self, $fault, %when) = @_;
    $self->control(fail => fault => $fault, %when);
}

sub heal { $_[0]->control('heal') }

sub release { return $_[0]->control('release')->{released} }

sub requests { return @{$_[0]->control('requests')->{requests}} }

sub count { return $_[0]->control(count => match => $_[1] // '')->{count} }

sub forget { $_[0]->control('forget') }

sub state { return $_[0]->control('state') }

sub control {
    my ($self, $operation, %arguments) = @_;
    my $response = HTTP::Tiny->new(timeout => 60)->post($self->control_url,
        {content => $json->encode({%arguments, op => $operation})});
    die "fake Katello: $operation: $response->{content}\n" unless $response->{success};
    return $json->decode($response->{content});
}

# From here on in the other process.

sub respond {
    my ($katello, $request) = @_;
    return controlled($katello, $request) if $request->{listener}{name} eq 'control';
    record($katello, $request);
    my $fault = fault_for($katello, $request);
    return {%$fault} if $fault && ($fault->{status} || $fault->{silent} || $fault->{reset});
    return {%{route($katello, $request)}, %{$fault // {}}};
}

sub route {
    my ($katello, $request) = @_;
    my $answer = CertGuard::FakeKatello::Registry::answer($katello, $request)
        // CertGuard::FakeKatello::Gateway::answer($katello, $request);
    return $answer if $answer;
    return consumer($katello, $request, $1) if $request->{path} =~ m{\A/rhsm/consumers/([^/]+)\z};
    return html(404, 'Page not found') unless CertGuard::FakeKatello::Api::is_api($request->{path});

    my $user = $katello->{identity}->login($request)
        or return CertGuard::FakeKatello::Registry::not_authenticated($katello, $request);
    return CertGuard::FakeKatello::Api::answer($katello, $request, $user)
        // CertGuard::FakeKatello::Api::failed(404, 'Route not found');
}

# The host is looked up first, so Candlepin's word on a dead one needs no authentication.
sub consumer {
    my ($katello, $request, $uuid) = @_;
    my ($host) = $katello->{site}->hosts_with($uuid);
    return no_consumer($katello, $uuid) unless $host;
    my $identity = $katello->{identity};
    my $text = CertGuard::FakeKatello::Identity::certificate_text($request);
    my $name = defined $text ? CertGuard::FakeKatello::Identity::common_name($text) : undef;
    if (!defined CertGuard::HttpServer::header($request, 'Authorization')) {
        return CertGuard::FakeKatello::Api::consumer($host) if ($name // '') eq $uuid;
        $identity->count_failure($request);
    }
    elsif ($identity->login($request)) {
        return CertGuard::FakeKatello::Api::consumer($host);
    }
    return CertGuard::FakeKatello::Registry::not_authenticated($katello, $request);
}

sub no_consumer {
    my ($katello, $uuid) = @_;
    my $deleted = $katello->{site}->was_deleted($uuid);
    my %error = (requestUuid => '1f0c7c1e-0000-4000-8000-000000000000',
        displayMessage => $deleted ? "Unit $uuid has been deleted"
        : "Unit with ID \"$uuid\" could not be found.");
    $error{deletedId} = $uuid if $deleted;
    return {status => $deleted ? 410 : 404, body => $json->encode(\%error),
        headers => [['Content-Type', 'text/plain; charset=utf-8']]};
}

sub record {
    my ($katello, $request) = @_;
    $katello->{count}++;
    push @{$katello->{records}}, {
        (map { $_ => $request->{$_} } qw(method target headers certificate peer time)),
        listener => $request->{listener}{name}, body_bytes => length $request->{body},
    };
    shift @{$katello->{records}} if @{$katello->{records}} > MOST_RECORDS;
}

sub matches {
    my ($pattern, $request) = @_;
    return !defined $pattern || "$request->{method} $request->{target}" =~ /$pattern/;
}

sub fault_for {
    my ($katello, $request) = @_;
    for my $fault (@{$katello->{faults}}) {
        next if defined $fault->{times} && $fault->{times} <= 0;
        next unless matches($fault->{match}, $request);
        $fault->{times}-- if defined $fault->{times};
        return $fault->{answer};
    }
    return undef;
}

sub controlled {
    my ($katello, $request) = @_;
    my $command = eval { $json->decode($request->{body}) } // {};
    my $result = eval { operate($katello, $command) } // {error => $@ || 'unknown operation'};
    return CertGuard::FakeKatello::Api::document($result->{error} ? 400 : 200, $result);
}

sub operate {
    my ($katello, $command) = @_;
    my $operation = $command->{op} // '';
    if ($operation eq 'set') {
        while (my ($name, $value) = each %{$command->{switches}}) {
            die "no switch $name" unless exists $switches{$name};
            $katello->{$name} = $value;
        }
        return {};
    }
    if ($operation eq 'fail') {
        my $fault = $command->{fault};
        my $answer = ref $fault ? $fault : $faults{$fault} // die "no fault $fault";
        push @{$katello->{faults}},
            {answer => $answer, match => $command->{match}, times => $command->{times}};
        return {};
    }
    if ($operation eq 'requests') {
        return {requests => $katello->{records}};
    }
    if ($operation eq 'count') {
        return {count => scalar grep { matches($command->{match}, $_) } @{$katello->{records}}};
    }
    if ($operation eq 'state') {
        my $server = $katello->{server};
        return {requests => $katello->{count}, open_connections => $server->open_connections - 1,
            opened_connections => $server->opened_connections};
    }
    return {released => $katello->{server}->release} if $operation eq 'release';
    if ($operation eq 'heal' || $operation eq 'forget') {
        $katello->{faults} = [];
        return {} if $operation eq 'heal';
        @{$katello}{qw(records count)} = ([], 0);
        $katello->{identity}->forget_failures;
        $katello->{identity}->revoke_tokens;
        return {};
    }
    return undef;
}

1;
