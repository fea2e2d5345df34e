# A smart proxy's container gateway as a double gives it, below /container_gateway/, with what
# reference/katello.md 2.4 says of it: any certificate that it is shown passes for a host's, in the
# header or, where that is missing, that of the connection. In one thing it is better than the real
# one: its challenge names the port that the client used.
package CertGuard::FakeKatello::Gateway;

use strict;
use warnings;

use JSON::PP ();

use CertGuard::FakeKatello::Identity;
use CertGuard::FakeKatello::Registry;
use CertGuard::FakePulp::Registry;
use CertGuard::FlatpakIndex;
use CertGuard::HttpServer;
use CertGuard::Images;

my $json = JSON::PP->new->canonical->utf8;

use constant ORIGIN => 'https://proxy.example.com';    # its client_endpoint

# The answer, or undef when the path is not the gateway's. KATELLO as for the registry.
sub answer {
    my ($katello, $request) = @_;
    my ($path) = $request->{path} =~ m{\A/container_gateway(/.*)\z} or return undef;
    return CertGuard::FakeKatello::Registry::token($katello, $request) if $path eq '/v2/token';
    my $who = identity($katello, $request);
    return $who->{certificate} || $who->{user}
        ? CertGuard::FakeKatello::Registry::versioned(200, '{}') : unauthorized($request)
        if $path eq '/v2/';
    return CertGuard::Images::refused(404, 'UNSUPPORTED', 'Pushing content is unsupported')
        unless $request->{method} =~ /\A(?:GET|HEAD)\z/;
    return catalog($katello, $request, $who) if $path eq '/v2/_catalog';
    return flatpak_index($katello, $request, $who) if $path eq '/index/static';
    return CertGuard::FakeKatello::Registry::v1_search($katello, $request) if $path eq '/v1/search';
    return content($katello, $request, $who, $path);
}

# {certificate, host} of whatever certificate there is, or else {user} of a token.
sub identity {
    my ($katello, $request) = @_;
    my $text = CertGuard::FakeKatello::Identity::certificate_text($request);
    if (defined $text && $text !~ /null/) {
        my $name = CertGuard::FakeKatello::Identity::common_name($text) // '';
        my ($host) = $katello->{site}->hosts_with($name);
        return {certificate => $name, host => $host};
    }
    return {} unless defined CertGuard::HttpServer::header($request, 'Authorization');
    return $katello->{identity}->registry_identity($request);
}

sub unauthorized {
    my ($request, $status, $body) = @_;
    my $answer = CertGuard::FakeKatello::Registry::challenge_as($request, 'https');
    return {%$answer, status => $status // 401, body => $body // 'unauthorized'};
}

sub readable {
    my ($katello, $who) = @_;
    my $site = $katello->{site};
    my @own = $who->{certificate} ? $who->{host} ? $site->host_names($who->{host}) : ()
        : $who->{user} ? CertGuard::FakeKatello::Registry::readable($katello, $who) : ();
    my %seen;
    return grep { !$seen{$_}++ } @own, $site->public_names;
}

sub catalog {
    my ($katello, $request, $who) = @_;
    return unauthorized($request) unless $who->{certificate} || $who->{user};
    return CertGuard::FakeKatello::Registry::versioned(200,
        $json->encode({repositories => [sort(readable($katello, $who))]}));
}

# Without a certificate it is Pulp's, with everything in it.
sub flatpak_index {
    my ($katello, $request, $who) = @_;
    my @names = $who->{certificate} ? readable($katello, $who) : $katello->{site}->names;
    return CertGuard::FlatpakIndex::answer($request, ORIGIN, [sort @names]);
}

# Manifests and blobs by a redirect.
sub content {
    my ($katello, $request, $who, $path) = @_;
    my ($name, $what, $reference) = $path =~ m{\A/v2/(.+)/(manifests|blobs|tags)/([^/]+)\z}
        or return unknown($request);
    unless (grep { $_ eq $name } readable($katello, $who)) {
        return $who->{certificate} ? {status => 401, body => 'unauthorized'} : unknown($request);
    }
    return CertGuard::FakeKatello::Registry::versioned(200,
        $json->encode({name => $name, tags => [CertGuard::Images::tags($name)]})) if $what eq 'tags';
    my $digest = $what eq 'manifests' ? (CertGuard::Images::manifest($name, $reference)
            // return unknown($request))->{digest} : $reference;
    return CertGuard::FakePulp::Registry::redirect({redirect => 302, origin => ORIGIN},
        "/pulp/container/$name/$what/$digest");
}

sub unknown {
    my ($request) = @_;
    return unauthorized($request, 404, $json->encode(
            {errors => [{code => 'NAME_UNKNOWN', message => 'Repository name unknown'}]}));
}

1;
