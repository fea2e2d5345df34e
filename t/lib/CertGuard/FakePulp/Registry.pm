# Pulp's container registry and its flatpak index, as a double gives them (reference/katello.md 1.5,
# 4.1 and 5.6): every read is allowed to anyone, blobs and, before pulp_container 2.28, manifests are
# redirected to /pulp/container/ with a signed URL of an hour.
package CertGuard::FakePulp::Registry;

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use JSON::PP ();

use CertGuard::FlatpakIndex;
use CertGuard::HttpServer;
use CertGuard::Images;

my $json = JSON::PP->new->canonical->utf8;

use constant SECRET => 'a Django secret';

our %settings = (
    names => [qw(acme/prod/busybox acme/dev/web/prod/nginx acme/dev/web/prod/redis
            acme/open/web/prod/nginx other/prod/db/prod/postgres)],
    manifests => 'direct',                      # or "redirect", as before pulp_container 2.28
    redirect => 302,
    origin => 'https://katello.example.com',    # Pulp's CONTENT_ORIGIN, where redirects point to
    filler => 0,                                # so many names more in the index of flatpak
    layouts => {},                              # name => directory of an OCI layout with its image
);

# The answer to a request (of CertGuard::HttpServer), or undef when the path is not the registry's.
# /pulpcore_registry/ may be missing, for fronts that pass /v2/ on as it is.
sub answer {
    my ($request, $with) = @_;
    my %with = (%settings, %{$with // {}});
    CertGuard::Images::from_layouts($with{layouts});
    my $path = $request->{path} =~ s{\A/pulpcore_registry(?=/)}{}r;
    return content($request, \%with) if $path =~ m{\A/pulp/container/};
    return flatpak_index($request, \%with) if $path eq '/index/static';
    return undef unless $path =~ m{\A/v2/};
    return plain(401, '{"errors":[{"code":"UNAUTHORIZED","message":"Authentication required"}]}')
        if $path eq '/v2/';
    return plain(200, $json->encode({repositories => $with{names}})) if $path eq '/v2/_catalog';

    my ($name, $what, $reference) = $path =~ m{\A/v2/(.+)/(manifests|blobs|tags)/([^/]+)\z}
        or return plain(404, '{"errors":[{"code":"NAME_INVALID","message":"Not found"}]}');
    return unknown('NAME_UNKNOWN', $name) unless grep { $_ eq $name } @{$with{names}};
    return tags($request, $name) if $what eq 'tags';
    return manifest($request, \%with, $name, $reference) if $what eq 'manifests';
    return unknown('BLOB_UNKNOWN', $reference)
        unless defined CertGuard::Images::blob($name, $reference);
    return redirect(\%with, "/pulp/container/$name/blobs/$reference");
}

sub plain {
    my ($status, $body, @headers) = @_;
    return {status => $status, body => $body, headers => [['Content-Type', 'application/json'],
            ['Docker-Distribution-Api-Version', 'registry/2.0'], @headers]};
}

sub unknown {
    my ($code, $what) = @_;
    return plain(404, $json->encode({errors =>
                [{code => $code, message => 'Not found.', detail => {name => $what}}]}));
}

sub tags {
    my ($request, $name) = @_;
    my ($n, $last) = @{$request->{params}}{qw(n last)};
    my @tags = grep { !defined $last || $_ gt $last } CertGuard::Images::tags($name);
    my @link;
    if (defined $n && $n < @tags) {
        splice @tags, $n;
        @link = (['Link', "</v2/$name/tags/list?n=$n&last=$tags[-1]>; rel=\"next\""]) if @tags;
    }
    return plain(200, $json->encode({name => $name, tags => \@tags}), @link);
}

sub manifest {
    my ($request, $with, $name, $reference) = @_;
    my $manifest = CertGuard::Images::manifest($name, $reference)
        or return unknown('MANIFEST_UNKNOWN', $reference);
    return redirect($with, "/pulp/container/$name/manifests/$manifest->{digest}")
        if $with->{manifests} eq 'redirect';
    return manifest_itself($manifest);
}

sub manifest_itself {
    my ($manifest) = @_;
    return {status => 200, body => $manifest->{bytes}, headers => [
            ['Content-Type', $manifest->{type}], ['Docker-Content-Digest', $manifest->{digest}],
            ['Docker-Distribution-Api-Version', 'registry/2.0']]};
}

sub redirect {
    my ($with, $path) = @_;
    my $target = signed($path, 'expires=' . (time + 3600));
    return plain($with->{redirect}, '', ['Location', "$with->{origin}$target"]);
}

sub signed {
    my ($path, $query) = @_;
    my $salt = '5a170042';
    return "$path?$query&validate_token=$salt:" . signature($salt, $path, $query);
}

sub signature {
    my ($salt, $path, $query) = @_;
    return sha256_hex($salt . $path . '?' . $query . SECRET);
}

# What a redirect leads to. The token is for this path and this time, on any host.
sub content {
    my ($request) = @_;
    my ($path, $query) = @{$request}{qw(path query)};
    my ($signed, $salt, $token) = $query =~ /\A(.*)&validate_token=([0-9a-f]+)(?::|%3A)([0-9a-f]+)\z/i;
    my ($expires) = ($signed // '') =~ /\Aexpires=(\d+)\z/;
    return {status => 403, body => '403: Forbidden', headers => [['Content-Type', 'text/plain']]}
        unless defined $expires && $expires > time && $token eq signature($salt, $path, $signed);
    my ($name, $what, $digest) =
        $path =~ m{\A/pulp/container/(.+)/(manifests|blobs)/(sha256:[0-9a-f]+)\z};
    my $manifest = ($what // '') eq 'manifests' && CertGuard::Images::manifest($name, $digest);
    return manifest_itself($manifest) if $manifest;
    my $blob = ($what // '') eq 'blobs' ? CertGuard::Images::blob($name, $digest) : undef;
    return {status => 404, body => '404: Not Found', headers => [['Content-Type', 'text/plain']]}
        unless defined $blob;
    return {status => 200, body => $blob,
        headers => [['Content-Type', 'application/octet-stream'], ['Docker-Content-Digest', $digest]]};
}

sub flatpak_index {
    my ($request, $with) = @_;
    my @filler = map { sprintf 'acme/dev/web/filler/application-%06d', $_ } 1 .. $with->{filler};
    return CertGuard::FlatpakIndex::answer($request, $with->{origin}, [@{$with->{names}}, @filler]);
}

1;
