# A real Prometheus that scrapes a tested nginx, and the text that it scrapes. Debian's package is installed by
# tools/test.
#
#   CertGuard::Prometheus::is_installed()
#   CertGuard::Prometheus::promtool(ARGUMENTS)       {status, text}; a reference before them is to the input's text
#   CertGuard::Prometheus::exposition(TEXT)          {metric => {type, labels => {label => {value => 1}}, samples}}
#   my $prometheus = CertGuard::Prometheus->start(configuration => TEXT);
#   $prometheus->query('up == 1')                    the samples: [{metric => {...}, value => [...]}, ...]
#   $prometheus->get('/api/v1/rules')                what its API answers
#   $prometheus->stop
package CertGuard::Prometheus;

use strict;
use warnings;

use HTTP::Tiny;
use JSON::PP ();
use Time::HiRes qw(sleep);

use CertGuard::Port;
use CertGuard::Scratch;
use CertGuard::Server;

sub is_installed {
    my @paths = split /:/, $ENV{PATH};
    return grep({-x "$_/prometheus"} @paths) && grep({-x "$_/promtool"} @paths);
}

sub promtool {
    my $input = ref $_[0] ? ${shift()} : '';
    my $file = CertGuard::Scratch::file('promtool-input');
    CertGuard::Nginx::replace($file, $input);
    my $arguments = join ' ', map {"'$_'"} @_;
    my $text = qx(promtool $arguments <$file 2>&1);
    return {status => $? >> 8, text => $text};
}

# Dies of what no metric's text looks like. Names of a histogram's samples are the histogram's.
sub exposition {
    my ($text) = @_;
    my %metric;
    for (split /\n/, $text) {
        if (/^# TYPE (\w+) (\w+)$/) {
            $metric{$1} = {type => $2, labels => {}};
            next;
        }
        next if /^# HELP \w+ \S/;
        my ($name, $labels) = /^(\w+)(?:\{(.*)\})? -?[\d.]+$/ or die "no sample: $_\n";
        my $metric = $metric{$name} // $metric{$name =~ s/_(?:bucket|sum|count)$//r} // die "no type: $_\n";
        $metric->{samples}{$name}++;
        while (($labels // '') =~ /(\w+)="((?:[^"\\]|\\.)*)"/g) {
            $metric->{labels}{$1}{$2} = 1;
        }
    }
    return \%metric;
}

sub start {
    my ($class, %with) = @_;
    my $self = bless {port => CertGuard::Port::reserve(), owner => $$}, $class;
    my $file = CertGuard::Scratch::file('prometheus.yml');
    CertGuard::Nginx::replace($file, $with{configuration});
    my ($data, $log) = map { CertGuard::Scratch::file("prometheus-$_") } qw(data log);
    $self->{pid} = fork // die "fork: $!\n";
    if ($self->{pid} == 0) {
        open STDOUT, '>', $log;
        open STDERR, '>&', \*STDOUT;
        exec 'prometheus', "--config.file=$file", "--storage.tsdb.path=$data", "--web.listen-address=127.0.0.1:$self->{port}"
            or POSIX::_exit(1);
    }
    CertGuard::Server::wait_until(sub { eval { $self->get('/api/v1/status/runtimeinfo') } }, 60)
        or die "prometheus does not start, see $log\n";
    return $self;
}

sub get {
    my ($self, $path, $form) = @_;
    my $http = HTTP::Tiny->new(timeout => 30);
    my $url = "http://127.0.0.1:$self->{port}$path";
    my $answer = $form ? $http->post_form($url, $form) : $http->get($url);
    my $json = eval { JSON::PP->new->utf8->decode($answer->{content}) } // die "$path: $answer->{content}\n";
    die "$path: $json->{error}\n" if $json->{status} ne 'success';
    return $json->{data};
}

sub query {
    my ($self, $expression) = @_;
    return $self->get('/api/v1/query', {query => $expression})->{result};
}

sub stop {
    my ($self) = @_;
    return if $$ != $self->{owner} || !defined $self->{pid};
    local ($?, $!);
    kill TERM => $self->{pid};
    waitpid delete $self->{pid}, 0;
}

sub DESTROY { $_[0]->stop }

1;
