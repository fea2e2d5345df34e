# Another release of Debian in a directory, with its nginx, its OpenSSL and its compiler, which builds and
# tests this tree. debootstrap makes it from the mirror that apt uses here; the next run finds it as it was.
# Nothing of it outlives a command in it but its files: mounts and processes are in namespaces.

debian_directory() { echo "${XDG_CACHE_HOME:-/var/cache}/certguard/debian-$1"; }

# prepare_debian RELEASE: makes the directory where there is none, and brings the tree as it is now and
# the packages that are missing.
prepare_debian() {
    local release=$1 directory mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    directory=$(debian_directory "$release")
    as_root unshare --mount --pid --fork true || fail "this machine lets nobody make namespaces." \
        "--debian needs that, and mounts: run it as root of a machine, or in a container with --privileged."
    if [ ! -d "$directory" ]; then
        mirror=$(debian_mirror)
        [ -n "$mirror" ] && [ -f "$keyring" ] || fail \
            "apt knows no Debian mirror, or debian-archive-keyring is not installed." \
            "Debian $release can't be fetched; $directory has to be made by hand (debootstrap)."
        say "Fetching Debian $release from $mirror"
        as_root rm -rf "$directory.new"
        as_root mkdir -p "$directory.new"
        as_root unshare --mount debootstrap --variant=minbase --keyring="$keyring" "$release" "$directory.new" "$mirror" ||
            fail "debootstrap failed; its own words are above." "Is $release mirrored at $mirror?"
        # sid's lists expire within days; a mirror that lags behind will do for tests.
        as_root tee "$directory.new/etc/apt/apt.conf.d/99certguard" >/dev/null \
            <<<'Acquire::Check-Valid-Until "false";'
        as_root mv "$directory.new" "$directory"
    fi
    as_root cp -L /etc/resolv.conf /etc/hosts "$directory/etc/"
    # The build, too: a file that was changed while the last one ran looks older than its object.
    as_root rm -rf "$directory/srv/certguard"
    as_root mkdir -p "$directory/srv/certguard"
    tar -c --exclude='./build*' --exclude=./.git . | as_root tar -x --no-same-owner -C "$directory/srv/certguard"
    [ "$install" = no ] || in_debian "$release" install_here
}

# in_debian RELEASE FUNCTION ARGUMENT ... : a function of tools/lib, in the release's copy of the tree.
in_debian() {
    local release=$1
    shift
    as_root unshare --mount --pid --fork --kill-child -- tools/lib/debian_root "$(debian_directory "$release")" \
        bash -euo pipefail -c 'for part in tools/lib/*.sh; do . "$part"; done; "$@"' - "$@"
}

# What is built and tested there, with the release's g++.
install_here() {
    install_missing "${build_packages[@]}" "${test_packages[@]}"
    install_test_nginx
}
