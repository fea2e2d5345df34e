# conf.examples/monitoring/ and the metrics of docs/status.md: all that they name is in what a real nginx tells a
# real Prometheus, and each alert fires when it should.

use strict;
use warnings;
use lib 't/lib';

use CertGuard::Crowd;
use CertGuard::Example;
use CertGuard::Katello;
use CertGuard::Prometheus;
use CertGuard::Server;
use JSON::PP ();
use Test::More;

plan skip_all => 'prometheus is not installed; tools/test installs it'
    if !CertGuard::Prometheus::is_installed() && !$ENV{CI};

my $directory = 'conf.examples/monitoring';
my $dashboard = JSON::PP->new->utf8->decode(CertGuard::Example::read_file("$directory/grafana-dashboard.json"));
my $rules = CertGuard::Example::read_file("$directory/certguard-alerts.yml");

CertGuard::FakePulp::start();
my $crl = CertGuard::Pki::path('crl.pem');
my $server = CertGuard::Server->start(
    policy => CertGuard::Katello::policy('stale: 0s') =~ s/(type: x509)/$1, crl: $crl/r,
    locations => <<'EOL',
        location /v2/ { certguard registry; certguard_pass @users; proxy_pass http://pulp; }
        location /content/ { certguard content; proxy_pass http://pulp; }
        location /watched/ { certguard content; certguard_mode audit; proxy_pass http://pulp; }
        location @users { proxy_pass http://pulp; }
        location = /certguard/status { certguard_status; }
        location /certguard/hosts { certguard_purge; }
EOL
);
my $crowd = CertGuard::Crowd->new(address => $server->address);

sub get { return $crowd->once(@_) }

# Every decision there is, and every answer of a lookup that has a metric of its own.
sub be_busy {
    get($_) for '/v2/acme/dev/web/prod/nginx/tags/list', '/v2/acme/prod/busybox/tags/list', '/v2/_catalog',
        '/content/x', '/content/%2Fx', '/watched/x', '/watched/%2Fx';
    get('GET /v2/x/tags/list', 'revoked');
    get('POST /v2/x/blobs/uploads/');
    get("GET /v2/ HTTP/1.1\r\nAuthorization: Basic am9lOmpvZQ==\r\nX-Rest:");
    get('DELETE /certguard/hosts');
    $katello->fail('503_json');
    get('/v2/acme/dev/web/prod/nginx/tags/list');
    $katello->heal;
}

be_busy();
my $text = get('/certguard/status?format=prometheus')->{body};
my $metrics = CertGuard::Prometheus::exposition($text);
my %decisions = map { $_ => 1 } keys %{$metrics->{certguard_decisions_total}{labels}{decision}};
is_deeply [sort keys %decisions], [qw(audit_denied denied granted passed unavailable)], 'there is something of everything';

subtest 'what Prometheus reads' => sub {
    my $said = CertGuard::Prometheus::promtool(\$text, 'check', 'metrics');
    is $said->{status}, 0, 'promtool has nothing against it' or diag $said->{text};
    my %documented;
    my $manual = CertGuard::Example::read_file('docs/status.md');
    while ($manual =~ /^\| `(certguard_\w+)` \| (\w+) \| (?:([^|]*) )?\|/mg) {
        $documented{$1} = "$2 " . ($3 // '');
    }
    my %told;
    while (my ($name, $metric) = each %$metrics) {
        my @labels = map {"`$_`"} grep { $_ ne 'le' } labels_in_order($name);
        $told{$name} = "$metric->{type} " . join ', ', @labels;
        ok $metric->{samples}, "$name has a value";
    }
    is_deeply \%told, \%documented, 'docs/status.md lists all metrics with their types and labels, and no others';
};

sub labels_in_order {
    my ($name) = @_;
    my ($labels) = $text =~ /^$name(?:_bucket)?\{(.*)\}/m;
    return ($labels // '') =~ /(\w+)="/g;
}

# What EXPRESSION takes for granted about metrics, and is not so.
sub wrong_names {
    my ($expression) = @_;
    my @wrong;
    my %label = map { $_ => 1 } qw(job instance);
    for my $name ($expression =~ /\b(certguard_\w+)/g) {
        my $metric = $metrics->{$name =~ s/_(?:bucket|sum|count)$//r};
        push @wrong, "no metric $name" if !$metric;
        $label{$_} = 1 for keys %{($metric // {})->{labels}};
    }
    for my $list ($expression =~ /\b(?:by|on) \(([^)]*)\)/g) {
        push @wrong, map {"no label $_"} grep { !$label{$_} } split /, */, $list;
    }
    while ($expression =~ /\b(\w+)\{([^}]*)\}/g) {
        my ($name, $matchers) = ($1, $2);
        my $of = ($metrics->{$name =~ s/_(?:bucket|sum|count)$//r} // {labels => {}})->{labels};
        while ($matchers =~ /(\w+)=~?"([^"]*)"/g) {
            my ($matched, $values) = ($1, $2);
            next if $matched eq 'instance' || $matched eq 'job';
            push @wrong, "$name has no label $matched" if !$of->{$matched};
            push @wrong, map {"$name has never $matched=$_"}
                grep { !/^\$/ && !$of->{$matched}{$_} && !is_a_reason($_) } split /\|/, $values;
        }
    }
    return @wrong;
}

sub is_a_reason { return CertGuard::Example::read_file('README.md') =~ /^\| `\Q$_[0]\E` \| [^|]* \| [^|]+ \|$/m }

subtest 'names that are not there are found out' => sub {
    is_deeply [wrong_names('sum by (guard) (certguard_decisions_total{decision="denied",guard=~"$guard"})')], [];
    is_deeply [wrong_names('certguard_decision_total')], ['no metric certguard_decision_total'];
    is_deeply [wrong_names('sum by (lookup) (certguard_decisions_total)')], ['no label lookup'];
    is_deeply [wrong_names('certguard_decisions_total{why="x"}')],
        ['certguard_decisions_total has no label why', 'certguard_decisions_total has never why=x'];
    is_deeply [wrong_names('certguard_decisions_total{reason=~"ok|lookup_fails"}')],
        ['certguard_decisions_total has never reason=lookup_fails'];
};

my @panels = grep { $_->{type} ne 'row' } @{$dashboard->{panels}};

subtest 'the dashboard' => sub {
    my %variable = map { $_->{name} => $_ } @{$dashboard->{templating}{list}};
    is $variable{datasource}{type}, 'datasource', 'asks for a data source';
    my %id;
    $id{$_->{id}}++ for @{$dashboard->{panels}};
    is keys %id, @{$dashboard->{panels}}, 'its panels have numbers of their own';
    for my $panel (@panels) {
        ok $panel->{description}, "$panel->{title}: says what it shows";
        is $_->{datasource}{uid}, '${datasource}', 'from that data source' for $panel, @{$panel->{targets}};
        is_deeply [wrong_names($_->{expr})], [], $_->{expr} for @{$panel->{targets}};
    }
    for my $name (grep { $_ ne 'datasource' } sort keys %variable) {
        my $query = $variable{$name}{query}{query};
        like $query, qr/^label_values\(certguard_\w+.*, $name\)$/, "the choice of $name";
        my ($metric, $label) = $query =~ /\((certguard_\w+).*, (\w+)\)$/;
        ok $label eq 'instance' || $metrics->{$metric}{labels}{$label}, 'has something to choose from';
    }
    my $all = join ' ', map { $_->{expr} } map { @{$_->{targets}} } @panels;
    is_deeply [grep { $all !~ /\b$_(?:_bucket)?\b/ } sort keys %$metrics], [], 'and no metric is left out';
};

my @alerts = $rules =~ /^ +- alert: (\w+)$/mg;

subtest 'the alerts' => sub {
    my $said = CertGuard::Prometheus::promtool('check', 'rules', "$directory/certguard-alerts.yml");
    is $said->{status}, 0, 'promtool has nothing against the rules' or diag $said->{text};
    $said = CertGuard::Prometheus::promtool('test', 'rules', 't/data/monitoring/alerts_test.yml');
    is $said->{status}, 0, 'they fire when they should, and only then' or diag $said->{text};
    my $tests = CertGuard::Example::read_file('t/data/monitoring/alerts_test.yml');
    is_deeply [sort keys %{{map { $_ => 1 } $tests =~ /alertname="(\w+)"/g}}], [sort @alerts], 'each of them';
    my $manual = CertGuard::Example::read_file('docs/monitoring.md');
    is_deeply [$manual =~ /^### (Certguard\w+)$/mg], \@alerts, 'docs/monitoring.md has a paragraph for each';
    is_deeply [$rules =~ m{runbook: docs/monitoring\.md#(\w+)$}mg], [map {lc} @alerts], 'to which they point';
};

sub scrape {
    my ($everything) = @_;
    CertGuard::Nginx::replace(CertGuard::Scratch::file('certguard-alerts.yml'), $rules);
    my $configuration = CertGuard::Example::read_file("$directory/scrape.yml");
    my $ca = CertGuard::Pki::path('ca.pem');
    $configuration =~ s{/etc/prometheus/katello-server-ca\.crt}{$ca} or die;
    $configuration =~ s{targets: \[.*\]}{"targets: ['" . $server->address . "']"}e or die;
    return $everything . $configuration;
}

subtest 'a real Prometheus' => sub {
    my $prometheus = CertGuard::Prometheus->start(
        configuration => scrape("global: { scrape_interval: 1s, evaluation_interval: 1s }\n"));
    ok CertGuard::Server::wait_until(sub { @{$prometheus->query('up{job="certguard"} == 1')} }, 60),
        'reads certguard_status as scrape.yml says';
    # Rates need two readings.
    CertGuard::Server::wait_until(sub { be_busy(); @{$prometheus->query('rate(certguard_decisions_total[1m]) > 0')} });
    for my $panel (@panels) {
        for my $target (@{$panel->{targets}}) {
            my $expression = $target->{expr} =~ s/\$__(?:rate_interval|range)\b/1m/gr =~ s/"\$\w+"/".*"/gr;
            my $samples;
            CertGuard::Server::wait_until(sub {
                $samples = $prometheus->query($expression);
                return @$samples > 0 || do { be_busy(); 0 };
            });
            ok scalar @$samples, "$panel->{title} has something to show" or diag $expression;
            my %legend = map { $_ => 1 } ($target->{legendFormat} // '') =~ /\{\{(\w+)\}\}/g;
            is_deeply [grep { !defined $samples->[0]{metric}{$_} } sort keys %legend], [], 'with its legend';
        }
    }
    my @evaluated;
    CertGuard::Server::wait_until(sub {
        @evaluated = map { @{$_->{rules}} } @{$prometheus->get('/api/v1/rules')->{groups}};
        return !grep { $_->{health} eq 'unknown' } @evaluated;
    });
    is_deeply [map {"$_->{name} $_->{health}"} @evaluated], [map {"$_ ok"} @alerts], 'and can evaluate all rules';
    my @undecided;
    CertGuard::Server::wait_until(sub {
        be_busy();
        @undecided = grep { $_->{labels}{alertname} eq 'CertguardUndecided' } @{$prometheus->get('/api/v1/alerts')->{alerts}};
    });
    like $undecided[0]{annotations}{summary}, qr/^Guard registry of \S+ can't decide$/, 'an alert has its words';
    $prometheus->stop;
};

$server->stop;
done_testing;
