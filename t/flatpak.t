# What flatpak asks, byte for byte (1.16.6, recorded), of conf.examples/katello-server.conf with a Pulp
# that redirects; and that it gets what it goes on with. t/real/flatpak.t does it with flatpak itself. (C5)

use lib 't/lib';
use CertGuard;
use CertGuard::Example;
use CertGuard::FakeKatello;
use CertGuard::Images;
use JSON::PP qw(decode_json);
use Test::More;

my $own = 'acme/dev/web/prod/nginx';
my $other = 'acme/prod/busybox';
my $public = 'acme/open/web/prod/nginx';
my $index = '/index/static?label%3Aorg.flatpak.ref%3Aexists=1&architecture=amd64&os=linux&tag=latest';
my @as_flatpak = ('--http1.1', '-A', 'Flatpak 1.16.6');
my @for_index = (@as_flatpak, '-H', 'Accept-Encoding: gzip');
my @for_images = (@as_flatpak, '--compressed', '-H', 'Accept: application/vnd.oci.image.manifest.v1+json, '
        . 'application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.index.v1+json');

my @tls = CertGuard::Example::backend_tls();

subtest 'curl asks as flatpak does' => sub {
    my $port = CertGuard::FakePulp::start_tls(@tls);
    my $ask = sub {
        my ($path, @options) = @_;
        CertGuard::FakePulp::forget();
        my @certificate = map { CertGuard::Pki::path("identity.$_") } 'pem', 'key';
        system('curl', '-sko', '/dev/null', '--cert', $certificate[0], '--key', $certificate[1],
            "https://localhost:$port$path", @options);
        return (CertGuard::FakePulp::requests())[0];
    };
    my $host = "Host: localhost:$port\r\nUser-Agent: Flatpak 1.16.6\r\n";
    my $client = "TLS client: @{[CertGuard::Pki::HOST]}\n";
    is($ask->($index, @for_index),
        "GET $index HTTP/1.1\r\n${host}Accept: */*\r\nAccept-Encoding: gzip\r\n\r\n$client", 'for the index');
    is($ask->("/v2/$own/manifests/sha256:0", '--head', @for_images),
        "HEAD /v2/$own/manifests/sha256:0 HTTP/1.1\r\n${host}Accept-Encoding: deflate, gzip, br, zstd\r\n"
            . 'Accept: application/vnd.oci.image.manifest.v1+json, '
            . 'application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.index.v1+json'
            . "\r\n\r\n$client", 'for images');
};

CertGuard::FakePulp::forget();
CertGuard::FakePulp::registry(manifests => 'redirect', origin => 'https://pulp.invalid');
my $katello = CertGuard::FakeKatello->start;
my $example = CertGuard::Example->katello_server($katello, CertGuard::FakePulp::address());

# Asks, and as flatpak follows one redirect, with the certificate and to this server only.
sub ask {
    my ($certificate, $path, @options) = @_;
    my $status = $example->status($certificate, $path, @for_images, @options);
    return $status unless $status =~ /^30/;
    my $at = $example->address;
    my ($target) = $example->header('Location') =~ m{^https://\Q$at\E(/.*)} or return 'led astray';
    return $example->status($certificate, $target, @for_images, @options);
}

sub digest_of { return CertGuard::Images::manifest($_[0], 'latest')->{digest} }

sub listed { return [map { $_->{Name} } @{decode_json($example->body)->{Results}}] }

subtest 'the index has the host\'s applications' => sub {
    is($example->status('identity', $index, @for_index), 200, 'it is there');
    is_deeply(listed(), [$own, 'acme/dev/web/prod/redis', $public], 'with what the host may have');
    is(decode_json($example->body)->{Registry}, '/', 'on this server, by whatever name');
    is($example->header('Cache-Control'), 'no-cache', 'to be asked for again each time');
    is($example->header($_), undef, "there is no $_ of another host's index")
        for qw(ETag Last-Modified Content-Encoding);
    for my $conditional ('If-None-Match: "index-1"', 'If-Modified-Since: Mon, 04 May 2026 03:02:01 GMT') {
        is($example->status('identity', $index, @for_index, '-H', $conditional), 200,
            "who asks again gets it again: $conditional");
    }
    my @asked = CertGuard::FakePulp::requests();
    is(scalar @asked, 3, 'Pulp is asked each time');
    unlike(join('', @asked), qr/^(?:Accept-Encoding|If-)/mi, 'for the whole of it, as text');
};

subtest 'an application is installed' => sub {
    my $digest = digest_of($own);
    is(ask('identity', "/v2/$own/manifests/$digest", '--head'), 200, 'no token is needed');
    is(ask('identity', "/v2/$own/manifests/$digest"), 200, 'the manifest');
    is(CertGuard::Images::digest($example->body), $digest, 'is the one in the index');
    my $manifest = decode_json($example->body);
    for my $blob ($manifest->{config}, @{$manifest->{layers}}) {
        is(ask('identity', "/v2/$own/blobs/$blob->{digest}"), 200, "a blob: $blob->{mediaType}");
        is(CertGuard::Images::digest($example->body), $blob->{digest}, 'arrives whole');
    }
    is(ask('identity', "/v2/$public/manifests/" . digest_of($public), '--head'), 200, 'a public one, too');
};

subtest 'another is refused, with HEAD as with GET' => sub {
    for my $path ("/v2/$other/manifests/" . digest_of($other), "/v2/no/such/manifests/" . digest_of($own)) {
        is(ask('identity', $path, '--head'), 403, "HEAD $path");
        is($example->header('WWW-Authenticate'), undef, 'and flatpak looks for no token');
        is(ask('identity', $path), 403, 'GET');
    }
};

subtest 'the token endpoint says what is wrong with a certificate' => sub {
    my $at = $example->address;
    is($example->status('expired', $index, @for_index), 401, 'there is no index');
    is(ask('expired', "/v2/$own/manifests/" . digest_of($own), '--head'), 401, 'and no manifest');
    my $challenge = $example->header('WWW-Authenticate') // '';
    is($challenge, qq(Bearer realm="https://$at/v2/token",service="localhost",scope="repository:$own:pull"),
        'but the way to a token');
    is(ask('expired', "/v2/token?service=localhost&scope=repository:$own:pull"), 401, 'where it is refused');
    like(decode_json($example->body)->{errors}[0]{message},
        qr/^client certificate rejected: it expired on /, 'in words that flatpak shows');
};

subtest 'without a certificate there is what is public' => sub {
    is($example->status('none', $index, @for_index), 200, 'Katello has an index');
    is_deeply(listed(), [$public], 'of it');
    my $path = "/v2/$public/manifests/" . digest_of($public);
    is(ask('none', $path, '--head'), 200, 'which can be installed');
    is(ask('none', "/v2/$own/manifests/" . digest_of($own), '--head'), 401, 'unlike other applications');
    is(ask('none', "/v2/token?service=localhost&scope=repository:$own:pull"), 401, 'to which no token leads');
};

$example->stop;
done_testing();
