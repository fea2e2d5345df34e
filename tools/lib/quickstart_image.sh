# The images of tools/quickstart, as files that a web server can serve as a registry.

# make_image DIRECTORY NAME ; an image with one file, under the tag latest.
make_image() {
    local image=$1/v2/$2 work layer diff_id config
    work=$(mktemp -d)
    mkdir -p "$image/blobs" "$image/manifests" "$work/root"
    echo "the image $2" >"$work/root/hello"
    tar -C "$work/root" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf "$work/layer.tar" hello
    diff_id=$(digest "$work/layer.tar")
    gzip -n "$work/layer.tar"
    layer=$(described "$work/layer.tar.gz" application/vnd.oci.image.layer.v1.tar+gzip)
    printf '{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["%s"]}}' \
        "$diff_id" >"$work/config"
    config=$(described "$work/config" application/vnd.oci.image.config.v1+json)
    printf '{"schemaVersion":2,"mediaType":"%s","config":%s,"layers":[%s]}' \
        application/vnd.oci.image.manifest.v1+json "$config" "$layer" >"$work/manifest"
    cp "$work/config" "$image/blobs/$(digest "$work/config")"
    cp "$work/layer.tar.gz" "$image/blobs/$(digest "$work/layer.tar.gz")"
    cp "$work/manifest" "$image/manifests/$(digest "$work/manifest")"
    cp "$work/manifest" "$image/manifests/latest"
    rm -rf "$work"
}

digest() { echo "sha256:$(sha256sum <"$1" | cut -d ' ' -f 1)"; }

# described FILE TYPE ; as a manifest describes a blob.
described() {
    printf '{"mediaType":"%s","digest":"%s","size":%d}' "$2" "$(digest "$1")" "$(stat -c %s "$1")"
}
