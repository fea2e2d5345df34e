# Pulp's index of containers for flatpak, /index/static, with its rules for parameters:
# reference/katello.md 1.5.
package CertGuard::FlatpakIndex;

use strict;
use warnings;

use JSON::PP ();

use CertGuard::HttpServer;
use CertGuard::Images;

my $json = JSON::PP->new->canonical->utf8;

# REGISTRY goes into the document as it stands; NAMES: repositories, one image each.
sub answer {
    my ($request, $registry, $names) = @_;
    my @keys = map { CertGuard::HttpServer::decoded((split /=/)[0]) } split /&/, $request->{query};
    for my $key (@keys) {
        return refused("Unsupported $key.")
            unless $key =~ /\A(?:repository|tag|os|architecture|label:.+)\z/;
    }
    my $params = $request->{params};
    return refused('Missing label:org.flatpak.ref:exists=1')
        unless ($params->{'label:org.flatpak.ref:exists'} // '') eq '1';
    my @shown = grep { !defined $params->{repository} || $_ eq $params->{repository} } @$names;
    my $is_empty = ($params->{tag} // 'latest') ne 'latest' || ($params->{os} // 'linux') ne 'linux'
        || ($params->{architecture} // 'amd64') ne 'amd64';
    my $are_few = @shown <= 100;    # making an image for each of 100,000 would take a while
    my $results = join ',', map { result($_, $are_few) } $is_empty ? () : @shown;
    return {
        status => 200, body => qq({"Registry":"$registry","Results":[$results]}),
        headers => [['Content-Type', 'application/json'], ['ETag', '"index-1"'],
            ['Last-Modified', 'Mon, 04 May 2026 03:02:01 GMT']],
    };
}

sub result {
    my ($name, $is_real) = @_;
    my $digest = $is_real ? CertGuard::Images::manifest($name, 'latest')->{digest}
        : CertGuard::Images::digest($name);
    my $labels = $is_real ? CertGuard::Images::labels($name)
        : {'org.flatpak.ref' => CertGuard::Images::flatpak_ref($name)};
    return qq({"Name":"$name","Images":[{"Tags":["latest"],"Digest":"$digest",)
        . '"MediaType":"application/vnd.oci.image.manifest.v1+json","OS":"linux",'
        . '"Architecture":"amd64","Labels":' . $json->encode($labels) . '}]}';
}

sub refused {
    my ($message) = @_;
    return {status => 400, body => qq(["$message"]), headers => [['Content-Type', 'application/json']]};
}

1;
