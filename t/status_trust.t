# What certguard_status tells of certificates: the CA and CRL files of the guards, as they change while nginx
# runs, and the client certificate that expires first.

use strict;
use warnings;
use lib 't/lib';

use CertGuard::Client;
use CertGuard::Crowd;
use CertGuard::FakePulp;
use CertGuard::Nginx;
use CertGuard::Pki;
use CertGuard::Server;
use JSON::PP ();
use Test::More;

use constant {HOUR => 3600, DAY => 86400};

CertGuard::Pki::make();
CertGuard::FakePulp::start();
my %until = ('crl-10' => '+10d', 'crl-2' => '+2d', 'crl-over' => '-1h');
CertGuard::Pki::crl($_, '--from', '-5d', '--until', $until{$_}) for sort keys %until;
CertGuard::Pki::ca('ca-20', 'a CA for twenty days', '--until', '+20d');
CertGuard::Pki::certificate('hours', '--until', '+5h');
CertGuard::Pki::certificate('days', '--until', '+3d');
my ($ca, $crl) = map { CertGuard::Pki::path($_) } 'changing-ca.pem', 'changing-crl.pem';
my $good_ca = text('ca.pem');
CertGuard::Nginx::replace($ca, $good_ca);
CertGuard::Nginx::replace($crl, text('crl-10.pem'));

my $server = CertGuard::Server->start(
    policy => <<"EOP",
version: 1
guards:
  changing: { type: x509, ca: $ca, crl: $crl }
  plain: { type: x509, ca: @{[CertGuard::Pki::path('ca.pem')]} }
EOP
    locations => <<'EOL',
        location / { certguard plain; empty_gif; }
        location = /status { certguard_status; }
EOL
);
my $crowd = CertGuard::Crowd->new(address => $server->address);

sub text { return CertGuard::Nginx::content(CertGuard::Pki::path($_[0])) }

sub get { return $crowd->once(@_)->{body} }

sub status { return JSON::PP->new->decode(get('/status')) }

sub changing { return (grep { $_->{guard} eq 'changing' } @{status()->{trust}})[0] }

# The numbers of the guard "changing" for Prometheus, by metric.
sub metrics {
    my %value = get('/status?format=prometheus') =~ /^certguard_(\w+)\{guard="changing"\} (-?\d+)$/mg;
    return \%value;
}

# Waits until GUARD's status satisfies CONDITION.
sub comes {
    my ($name, $condition) = @_;
    my $trust;
    ok CertGuard::Server::wait_until(sub { $trust = changing(); $condition->($trust) }), $name
        or diag explain $trust;
    return $trust;
}

sub is_about {
    my ($seconds, $expected, $name) = @_;
    ok $seconds <= $expected && $seconds > $expected - 10 * 60, $name or diag "$seconds seconds, not $expected";
}

subtest 'at first' => sub {
    my $trust = changing();
    is $trust->{generation}, 1, 'the files are the first';
    ok !$trust->{failing}, 'and good';
    cmp_ok $trust->{age_seconds}, '<', 600, 'just read';
    is_about($trust->{crl_expires_in_seconds}, 10 * DAY, 'the CRL holds for ten days');
    is_about($trust->{ca_expires_in_seconds}, 30 * DAY, 'the CA for a month');
    my ($plain) = grep { $_->{guard} eq 'plain' } @{status()->{trust}};
    ok exists $plain->{crl_expires_in_seconds} && !defined $plain->{crl_expires_in_seconds}, 'no CRL, no time';
};

subtest 'another CRL' => sub {
    sleep 3;
    my $age = changing()->{age_seconds};
    cmp_ok $age, '>=', 2, 'the first one has an age';
    my $replaced = time;
    CertGuard::Nginx::replace($crl, text('crl-2.pem'));
    my $trust = comes('its generation is told', sub { $_[0]{generation} == 2 });
    is_about($trust->{crl_expires_in_seconds}, 2 * DAY, 'and its time');
    cmp_ok $trust->{age_seconds}, '<=', time - $replaced, 'its age begins';
    ok !$trust->{failing}, 'all is well';
};

subtest 'a CRL that can\'t be used' => sub {
    CertGuard::Nginx::replace($crl, "-----BEGIN X509 CRL-----\nbroken\n-----END X509 CRL-----\n");
    my $trust = comes('is told', sub { $_[0]{failing} });
    is $trust->{generation}, 2, 'the old one is in force';
    is_about($trust->{crl_expires_in_seconds}, 2 * DAY, 'for its time');
    is metrics()->{trust_failing}, 1, 'Prometheus is told, too';
    CertGuard::Nginx::replace($crl, text('crl-10.pem'));
    $trust = comes('until it is mended', sub { !$_[0]{failing} });
    is $trust->{generation}, 3, 'by the next generation';
    is metrics()->{trust_failing}, 0, 'Prometheus is told';
};

subtest 'a CRL past its next update' => sub {
    CertGuard::Nginx::replace($crl, text('crl-over.pem'));
    my $trust = comes('has a time below nothing', sub { $_[0]{crl_expires_in_seconds} < 0 });
    is_about(-$trust->{crl_expires_in_seconds}, HOUR + 10 * 60 - 1, 'since when');
    cmp_ok metrics()->{crl_expires_in_seconds}, '<', 0, 'for Prometheus, too';
    CertGuard::Nginx::replace($crl, text('crl-10.pem'));
    comes('and a new one mends it', sub { $_[0]{crl_expires_in_seconds} > 0 });
};

subtest 'another CA' => sub {
    CertGuard::Nginx::replace($ca, $good_ca . text('ca-20.pem'));
    my $generation = changing()->{generation};
    my $trust = comes('of several CAs the first to expire counts', sub { $_[0]{ca_expires_in_seconds} < 21 * DAY });
    is_about($trust->{ca_expires_in_seconds}, 20 * DAY, 'with its time');
    my $metrics = metrics();
    is_about($metrics->{ca_expires_in_seconds}, 20 * DAY, 'for Prometheus, too');
    is $metrics->{trust_generation}, $trust->{generation}, 'with the generation';
    cmp_ok $metrics->{trust_age_seconds}, '<', 600, 'and the age';
    unlink $ca;
    comes('a file that is gone is told', sub { $_[0]{failing} });
};

subtest 'client certificates' => sub {
    my $time = sub { status()->{client_certificate_expires_in_seconds} };
    get('/', 'days');
    is_about($time->(), 3 * DAY, 'the one that expires first');
    get('/', 'hours');
    is_about($time->(), 5 * HOUR, 'of those that were seen');
    get('/', 'expired');
    is_about($time->(), 5 * HOUR, 'and have not expired yet');
    my ($seconds) = get('/status?format=prometheus') =~ /^certguard_client_certificate_expires_in_seconds (\d+)$/m;
    is_about($seconds, 5 * HOUR, 'for Prometheus, too');
};

$server->stop;
done_testing;
