# Katello's container registry as a double gives it: /v2/, /v1/ and /index/static, with the answers
# of reference/katello.md 1.5 and 1.6 to the letter, the dangerous ones too.
package CertGuard::FakeKatello::Registry;

use strict;
use warnings;

use JSON::PP ();
use POSIX qw(strftime);

use CertGuard::FakeKatello::Api;
use CertGuard::FlatpakIndex;
use CertGuard::HttpServer;
use CertGuard::Images;

my $json = JSON::PP->new->canonical->utf8;

use constant VERSION_HEADER => ['Docker-Distribution-API-Version', 'registry/2.0'];

# The answer, or undef when the path is not the registry's. KATELLO has site, identity and the
# switches fail_open, nulls, shuffle and catalog_bytes.
sub answer {
    my ($katello, $request) = @_;
    my $path = $request->{path};
    return v1_search($katello, $request) if $path eq '/v1/search';
    return token($katello, $request) if $path =~ m{\A/v2/token/?\z};
    return undef unless $path =~ m{\A/(?:v2/?\z|v2/.|v1/_ping\z|index/static\z)};

    my $who = $katello->{identity}->registry_identity($request);
    return broken() if $who->{broken};
    return catalog($katello, $request, $who) if $path eq '/v2/_catalog';
    return static_index($katello, $request, $who) if $path eq '/index/static';
    if ($path =~ m{\A/v2/?\z} || $path eq '/v1/_ping') {
        return challenge($katello, $request) unless $who->{user} || $who->{host};
        return versioned(200, $path eq '/v1/_ping' ? '' : '{}');
    }
    return content($katello, $request, $who);
}

sub versioned {
    my ($status, $body, @headers) = @_;
    return {
        status => $status, body => $body,
        headers => [['Content-Type', 'application/json; charset=utf-8'], VERSION_HEADER, @headers],
    };
}

# U401 of the reference.
sub challenge {
    my ($katello, $request) = @_;
    my $scheme = CertGuard::HttpServer::header($request, 'X-Forwarded-Proto')
        // ($request->{listener}{tls} ? 'https' : 'http');
    my $message = $katello->{identity}->failure_message($request);
    return {%{challenge_as($request, $scheme)}, body => $json->encode({error => {message => $message}})};
}

sub challenge_as {
    my ($request, $scheme) = @_;
    my $host = CertGuard::HttpServer::header($request, 'Host') // 'localhost';
    (my $service = $host) =~ s/:\d+\z//;
    return versioned(401, '',
        ['Www-Authenticate', qq(Bearer realm="$scheme://$host/v2/token",service="$service",)
                . 'scope="repository:registry:pull,push"']);
}

# T401.
sub not_authenticated {
    my ($katello, $request) = @_;
    return CertGuard::FakeKatello::Api::failed(401,
        $katello->{identity}->failure_message($request));
}

# N404: stops the request before the header of the registry is added.
sub not_found {
    my ($name) = @_;
    return CertGuard::Images::refused(404, 'NAME_UNKNOWN', "$name was not found!");
}

sub broken {
    my $message = 'nested asn1 error';
    return CertGuard::FakeKatello::Api::document(500, {message => $message, errors => [$message]});
}

sub token {
    my ($katello, $request) = @_;
    my ($scope, $account) = @{$request->{params}}{qw(scope account)};
    my ($type, $name, $action) = split /:/, $scope // '', 3;
    my $is_public = ($action // '') eq 'pull'
        && grep { $_ eq $name } $katello->{site}->public_names;
    if ($is_public || (($scope // '') eq '' && ($account // '') eq '')) {
        return token_answer('unauthenticated', 180, time);
    }
    my $user = $katello->{identity}->login($request)
        or return not_authenticated($katello, $request);
    my ($token, $created) = $katello->{identity}->issue_token($user);
    return token_answer($token, 3600 + time - int $created, $created);
}

sub token_answer {
    my ($token, $seconds, $issued) = @_;
    return versioned(200, $json->encode({
        token => $token, expires_in => $seconds,
        issued_at => strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $issued),
    }));
}

# Names that WHO may read, in no order.
sub readable {
    my ($katello, $who) = @_;
    my $site = $katello->{site};
    return $site->host_names($who->{host}) if $who->{host};
    return $site->names if $who->{is_admin} && $katello->{fail_open};
    my $user = $who->{user};
    if ($user && grep { $_ eq 'view_products' } @{$user->{permissions}}) {
        return $site->names(sub {
            $_[0]{lifecycle}{public} || CertGuard::FakeKatello::Api::sees($user, $_[0]{organization});
        });
    }
    return $site->public_names;
}

sub catalog {
    my ($katello, $request, $who) = @_;
    return not_authenticated($katello, $request) if $who->{failed};
    my @names = readable($katello, $who);
    if (my $most = $katello->{catalog_bytes}) {
        my $number = 0;
        push @names, sprintf 'acme/dev/web/filler/repository-%06d', $number++
            for 1 .. $most / length '"acme/dev/web/filler/repository-000000",';
    }
    @names = map { $_->[1] } sort { $a->[0] cmp $b->[0] } map { [reverse($_) . '', $_] } @names
        if $katello->{shuffle};
    my @entries = map {qq("$_")} @names;
    splice @entries, int(@entries / 2), 0, 'null' if $katello->{nulls};
    return versioned(200, '{"repositories":[' . join(',', @entries) . ']}');
}

sub v1_search {
    my ($katello, $request) = @_;
    my $version = CertGuard::HttpServer::header($request, 'Docker-Distribution-Api-Version') // '';
    return versioned(404, '{}') if $version eq 'registry/2.0';
    my $params = $request->{params};
    my $user = defined CertGuard::HttpServer::header($request, 'Authorization')
        && $katello->{identity}->login($request);
    my @names = sort grep { index($_, $params->{q} // '') >= 0 }
        readable($katello, {user => $user || undef});
    my $count = @names;
    splice @names, $params->{n} || 25 if @names > ($params->{n} || 25);
    return versioned(200, $json->encode({
        num_results => $count, query => $params->{q},
        results => [map { {name => $_, description => undef} } @names],
    }));
}

sub static_index {
    my ($katello, $request, $who) = @_;
    return not_authenticated($katello, $request) if $who->{failed};
    my $host = CertGuard::HttpServer::header($request, 'Host') // 'localhost';
    my %readable = map { $_ => 1 } readable($katello, $who);
    return versioned(200, $json->encode({Registry => "http://$host", Results => []}))
        unless %readable;
    return CertGuard::FlatpakIndex::answer($request, "http://$host",
        [grep { $readable{$_} } sort $katello->{site}->names]);
}

# Manifests, blobs, tags and uploads.
sub content {
    my ($katello, $request, $who) = @_;
    my $site = $katello->{site};
    my ($name, $what, $reference) =
        $request->{path} =~ m{\A/v2/(.+)/(manifests|blobs|tags)/(.+)\z}
        or return CertGuard::FakeKatello::Api::failed(404, 'Route not found');
    ($name, $what, $reference) = ($1, 'uploads', $2)
        if $request->{path} =~ m{\A/v2/(.+)/blobs/uploads/?([^/]*)\z};
    my $reads = $request->{method} =~ /\A(?:GET|HEAD)\z/;
    my $is_public = grep { $_ eq $name } $site->public_names;
    if (!$who->{user} && !$who->{host} && !($reads && $is_public)) {
        return challenge($katello, $request);
    }
    return upload($katello, $request, $who, $name) unless $reads;
    my $may_read = $is_public || $katello->{pushed}{$name} && $who->{user}
        || grep { $_ eq $name } readable($katello, $who);
    return not_found($name) unless $may_read;
    return versioned(200, $json->encode({name => $name, tags => [CertGuard::Images::tags($name)]}))
        if $what eq 'tags';
    return $what eq 'manifests' ? manifest($name, $reference) : blob($request, $name, $reference);
}

sub manifest {
    my ($name, $reference) = @_;
    my $manifest = CertGuard::Images::manifest($name, $reference) or return not_found($reference);
    return {
        status => 200, body => $manifest->{bytes},
        headers => [['Content-Type', $manifest->{type}], VERSION_HEADER,
            ['Docker-Content-Digest', $manifest->{digest}]],
    };
}

sub blob {
    my ($request, $name, $digest) = @_;
    my $bytes = CertGuard::Images::blob($name, $digest);
    return CertGuard::Images::refused(404, 'BLOB_UNKNOWN', 'blob unknown to registry')
        unless defined $bytes;
    return {status => 200, body => $bytes,
        headers => [['Content-Type', 'application/octet-stream'], VERSION_HEADER]};
}

# Katello lets a certificate push as an administrator; a HostUUID alone has no user.
sub upload {
    my ($katello, $request, $who, $name) = @_;
    my $may = $who->{is_admin}
        || $who->{user} && grep { $_ eq 'sync_products' } @{$who->{user}{permissions}};
    return CertGuard::Images::refused(404, 'DENIED', "You don't have permission to push to $name")
        unless $may;
    return CertGuard::Images::refused(400, 'NAME_INVALID',
        "Invalid format. Container pushes should follow 'organization_label/product_label/name' "
            . "OR 'id/organization_id/product_id/name' schema.")
        unless $name =~ m{\A(?:[^/]+/[^/]+/[^/]+|id/\d+/\d+/[^/]+)\z};
    $katello->{pushed}{$name} = 1;
    my $answer = CertGuard::Images::push_request($name, $request);
    push @{$answer->{headers}}, VERSION_HEADER;
    return $answer;
}

1;
