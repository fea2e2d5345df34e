# The fake Katello of a test file, and what belongs to it: certificates of its hosts and the password of
# its user. Loading it starts it; $katello is the double (CertGuard::FakeKatello).
#
# Its hosts have certificates: "identity" and "host" are of one in Dev/web; "both" is in Library and
# Dev/web, "empty" in an environment without repositories, "bare" has no content at all, "deleted" was
# once there, Foreman has two hosts "twice", "other" is in OTHER:Prod/db, "unregistered" was never there.
# "crowd-1" to "crowd-20" are in Dev/web, too.
package CertGuard::Katello;

use strict;
use warnings;

use Exporter 'import';

use CertGuard::Environment;
use CertGuard::FakeKatello;
use CertGuard::Nginx;
use CertGuard::Pki;
use CertGuard::Scratch;

our @EXPORT = qw($katello);

use constant CROWD => 20;

my $site = CertGuard::FakeKatello::default_site();
my $token = $site->{users}{certguard};
my %uuid;
(@uuid{qw(identity both empty bare deleted twice other)}) = sort keys %{$site->{hosts}};
for my $number (1 .. CROWD) {
    $uuid{"crowd-$number"} = sprintf '11111111-0000-4000-8000-%012d', $number;
    $site->{hosts}{$uuid{"crowd-$number"}} = ['Dev/web'];
}
$uuid{unregistered} = '00000000-0000-4000-8000-000000000000';

CertGuard::Pki::make();
for my $name (grep { $_ ne 'identity' && !/^crowd/ } sort keys %uuid) {
    certificate($name, $name eq 'other' ? ('--org', 'OTHER') : ());
}

sub certificate {
    my ($name, @options) = @_;
    CertGuard::Pki::certificate($name, '--cn', $uuid{$name}, @options);
    return $name;
}

# The consumer UUID of one of the certificates above.
sub uuid { return $uuid{$_[0]} }

# The names of the first COUNT certificates of the crowd, which takes a moment.
sub crowd {
    my ($count) = @_;
    return map { certificate("crowd-$_") } 1 .. $count;
}

our $katello = CertGuard::FakeKatello->start(
    site => $site,
    certificate => CertGuard::Pki::path('server.pem'),
    key => CertGuard::Pki::path('server.key'),
    client_ca => CertGuard::Pki::path('ca.pem'),
);
my $token_file = secret_file('katello.token', $token);
$ENV{TEST_NGINX_KATELLO} = $katello->url;
$ENV{TEST_NGINX_KATELLO_TLS} = $katello->tls_url;
$ENV{TEST_NGINX_TOKEN_FILE} = $token_file;

# A file that nobody else can read, with one line of TEXT; its path.
sub secret_file {
    my ($name, $text) = @_;
    my $path = CertGuard::Scratch::file($name);
    my $mask = umask 0077;
    CertGuard::Nginx::replace($path, "$text\n");
    umask $mask;
    return $path;
}

# A policy with the guard "registry" and its lookup "katello", to which KEYS are added. It is patient unless KEYS
# say otherwise: the double may have to wait for its turn on this machine.
sub policy {
    my ($keys, $url) = @_;
    $keys = defined $keys ? ", $keys" : '';
    $keys .= ', connect_timeout: 30s, timeout: 30s' if $keys !~ /timeout/;
    $url //= $katello->url;
    my $ca = CertGuard::Pki::path('ca.pem');
    return <<"EOP";
version: 1
lookups:
  katello: { source: foreman, url: $url, user: certguard, password_file: $token_file$keys }
guards:
  registry: { type: host, ca: $ca, serves: registry, lookup: katello }
  content: { type: x509, ca: $ca }
EOP
}

1;
