# Container images for the doubles: each repository has one tiny image, made from its name, that real
# clients can pull; and what clients push is kept. Digests are real.
package CertGuard::Images;

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use File::Path qw(make_path);
use IO::Compress::Gzip qw(gzip);
use JSON::PP ();

use constant INDEX => 'application/vnd.oci.image.index.v1+json';
use constant MANIFEST => 'application/vnd.oci.image.manifest.v1+json';

my $json = JSON::PP->new->canonical->utf8;
my %layouts;          # name => directory of an OCI layout that it has instead of the tiny image
my %of_repository;    # name => {manifests => {tag or digest => {bytes, type, digest}}, blobs => {...}}
my %uploads;          # id => {name, bytes}
my $last_upload = 0;

sub digest { return 'sha256:' . sha256_hex($_[0]) }

# The image store of a repository; with a tag "latest" unless it has been pushed to.
sub repository {
    my ($name) = @_;
    return $of_repository{$name} //= $layouts{$name} ? read_layout($layouts{$name}) : seeded($name);
}

# What REPOSITORIES (name => directory) have from now on: the one image of an OCI layout, as "latest".
sub from_layouts {
    my ($repositories) = @_;
    for my $name (grep { !$layouts{$_} } keys %$repositories) {
        $layouts{$name} = $repositories->{$name};
        delete $of_repository{$name};
    }
}

sub read_layout {
    my ($directory) = @_;
    my $index = $json->decode(read_file("$directory/index.json"));
    my $digest = $index->{manifests}[0]{digest};
    my %blobs = map { digest($_) => $_ } map { read_file($_) } glob "$directory/blobs/sha256/*";
    my $repository = {manifests => {}, blobs => \%blobs};
    store_manifest($repository, 'latest', $blobs{$digest}, $index->{manifests}[0]{mediaType});
    return $repository;
}

# What flatpak's index tells of the repository's image beside its name.
sub labels {
    my ($name) = @_;
    my $manifest = $json->decode(manifest($name, 'latest')->{bytes});
    return $json->decode(blob($name, $manifest->{config}{digest}))->{config}{Labels};
}

sub seeded {
    my ($name) = @_;
    my $layer_tar = tar("etc/image-name", "$name\n");
    gzip(\$layer_tar, \my $layer, -Minimal => 1) or die "gzip failed\n";
    my $config = $json->encode({
        architecture => 'amd64', os => 'linux',
        config => {Cmd => ['/bin/true'], Labels => {'org.flatpak.ref' => flatpak_ref($name)}},
        rootfs => {type => 'layers', diff_ids => [digest($layer_tar)]},
    });
    my $manifest = $json->encode({
        schemaVersion => 2, mediaType => MANIFEST,
        config => {mediaType => 'application/vnd.oci.image.config.v1+json',
            digest => digest($config), size => length $config},
        layers => [{mediaType => 'application/vnd.oci.image.layer.v1.tar+gzip',
                digest => digest($layer), size => length $layer}],
    });
    my $repository = {manifests => {}, blobs => {}};
    $repository->{blobs}{digest($_)} = $_ for $config, $layer;
    store_manifest($repository, 'latest', $manifest, MANIFEST);
    return $repository;
}

# Writes an OCI image layout into DIRECTORY, with an image for each of two architectures under the tag
# "latest", for skopeo to copy from.
sub write_layout {
    my ($directory, $name) = @_;
    make_path("$directory/blobs/sha256");
    my $repository = seeded($name);
    my %amd64 = %{$repository->{manifests}{latest}};
    my $manifest = $json->decode($amd64{bytes});
    my $config = $json->decode($repository->{blobs}{$manifest->{config}{digest}});
    my $other = $json->encode({%$config, architecture => 'arm64'});
    $manifest->{config} = {%{$manifest->{config}}, digest => digest($other), size => length $other};
    my $arm64 = $json->encode($manifest);
    my $list = $json->encode({schemaVersion => 2, mediaType => INDEX, manifests => [
            described($amd64{bytes}, MANIFEST, platform => {os => 'linux', architecture => 'amd64'}),
            described($arm64, MANIFEST, platform => {os => 'linux', architecture => 'arm64'})]});
    my $index = $json->encode({schemaVersion => 2, manifests => [
            described($list, INDEX, annotations => {'org.opencontainers.image.ref.name' => 'latest'})]});
    write_file("$directory/blobs/sha256/" . sha256_hex($_), $_)
        for values %{$repository->{blobs}}, $amd64{bytes}, $other, $arm64, $list;
    write_file("$directory/index.json", $index);
    write_file("$directory/oci-layout", '{"imageLayoutVersion":"1.0.0"}');
}

sub described {
    my ($bytes, $type, %more) = @_;
    return {mediaType => $type, digest => digest($bytes), size => length $bytes, %more};
}

sub read_file {
    my ($path) = @_;
    open my $in, '<:raw', $path or die "$path: $!\n";
    return do { local $/; <$in> };
}

sub write_file {
    my ($path, $bytes) = @_;
    open my $out, '>:raw', $path or die "$path: $!\n";
    print $out $bytes;
    close $out or die "$path: $!\n";
}

# As if it were an application.
sub flatpak_ref {
    my ($name) = @_;
    $name =~ s{.*/}{};
    return "app/org.example.$name/x86_64/stable";
}

# One file in a tar archive; no time and no user, so that digests stay what they are.
sub tar {
    my ($path, $content) = @_;
    my $header = pack 'a100 a8 a8 a8 a12 a12 a8 a1 a100 a6 a2 a32 a32 a8 a8 a155 x12', $path,
        map({ sprintf '%07o', $_ } 0644, 0, 0), sprintf('%011o', length $content),
        sprintf('%011o', 0), ' ' x 8, '0', '', "ustar\0", '00', '', '', '', '', '';
    substr $header, 148, 8, sprintf "%06o\0 ", unpack '%32C*', $header;
    return $header . $content . "\0" x (-length($content) % 512) . "\0" x 1024;
}

sub store_manifest {
    my ($repository, $reference, $bytes, $type) = @_;
    my $manifest = {bytes => $bytes, type => $type, digest => digest($bytes)};
    $repository->{manifests}{$_} = $manifest for $reference, $manifest->{digest};
    return $manifest->{digest};
}

sub manifest { return repository($_[0])->{manifests}{$_[1]} }

sub blob { return repository($_[0])->{blobs}{$_[1]} }

sub tags { return sort grep { !/:/ } keys %{repository($_[0])->{manifests}} }

# Pushing, by the distribution specification. Returns an answer.
sub push_request {
    my ($name, $request) = @_;
    my $repository = $of_repository{$name} //= {manifests => {}, blobs => {}};
    my ($method, $path) = @{$request}{qw(method path)};
    my $digest = $request->{params}{digest};
    if ($method eq 'POST' && $path =~ m{/blobs/uploads/?\z}) {
        my $from = $request->{params}{from};
        my $mount = $request->{params}{mount} // '';
        if (defined $from && defined(my $bytes = blob($from, $mount))) {
            $repository->{blobs}{$mount} = $bytes;
            return accepted(201, "/v2/$name/blobs/$mount", ['Docker-Content-Digest', $mount]);
        }
        my $id = sprintf '%08d-0000-4000-8000-000000000000', ++$last_upload;
        $uploads{$id} = '';
        return upload_state($name, $id);
    }
    if ($path =~ m{/blobs/uploads/([^/]+)\z} && exists $uploads{$1}) {
        my $id = $1;
        $uploads{$id} .= $request->{body};
        return upload_state($name, $id) if $method eq 'PATCH';
        my $bytes = delete $uploads{$id};
        return refused(400, 'DIGEST_INVALID', 'the digest is not the content\'s')
            if digest($bytes) ne ($digest // '');
        $repository->{blobs}{$digest} = $bytes;
        return accepted(201, "/v2/$name/blobs/$digest", ['Docker-Content-Digest', $digest]);
    }
    if ($method eq 'PUT' && $path =~ m{/manifests/([^/]+)\z}) {
        my ($type) = map { $_->[1] } grep { lc $_->[0] eq 'content-type' } @{$request->{headers}};
        my $stored = store_manifest($repository, $1, $request->{body}, $type // MANIFEST);
        return accepted(201, "/v2/$name/manifests/$stored", ['Docker-Content-Digest', $stored]);
    }
    return refused(404, 'BLOB_UPLOAD_UNKNOWN', 'no such upload');
}

sub upload_state {
    my ($name, $id) = @_;
    my $size = length $uploads{$id};
    return accepted(202, "/v2/$name/blobs/uploads/$id", ['Docker-Upload-UUID', $id],
        ['Range', '0-' . ($size ? $size - 1 : 0)]);
}

sub accepted {
    my ($status, $location, @headers) = @_;
    return {status => $status, headers => [['Location', $location], @headers], body => ''};
}

sub refused {
    my ($status, $code, $message) = @_;
    return {
        status => $status,
        headers => [['Content-Type', 'application/json; charset=utf-8']],
        body => $json->encode({errors => [{code => $code, message => $message}]}),
    };
}

1;
